import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isMap } from "../../components/base/json";

/** The address of a code's entry in docs/troubleshooting.md; undefined if the package's manifest names no repository. */
export function codeUrl(code: string): string | undefined {
  page ??= { url: troubleshootingUrl(readManifest()) };
  return page.url === undefined ? undefined : `${page.url}#${code.toLowerCase()}`;
}

let page: { readonly url: string | undefined } | undefined;

/** The address of docs/troubleshooting.md in the repository that a package.json names; undefined for none, and for one without an https address. */
export function troubleshootingUrl(manifest: unknown): string | undefined {
  if (!isMap(manifest)) return undefined;
  const { repository } = manifest;
  const url = isMap(repository) ? repository["url"] : repository;
  const base = typeof url === "string" ? url.replace(/^git\+/, "").replace(/(?:\.git)?\/?$/, "") : "";
  return /^https:\/\/[\w.-]+(?:\/[\w.-]+)+$/.test(base) ? `${base}/blob/HEAD/docs/troubleshooting.md` : undefined;
}

/** The manifest of the package, beside its folder `bin`. */
function readManifest(): unknown {
  return JSON.parse(readFileSync(join(__dirname, "..", "..", "..", "package.json"), "utf8"));
}
