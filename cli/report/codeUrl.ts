import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isMap } from "../../components/base/json";

/** The address of a code's entry in the documents; undefined if the package's manifest names no repository. */
export function codeUrl(code: string): string | undefined {
  repository ??= { url: repositoryUrl(readManifest()) };
  return repository.url === undefined ? undefined : `${repository.url}/blob/HEAD/${codePage(code)}`;
}

let repository: { readonly url: string | undefined } | undefined;

/** A code's entry as path and anchor: one page for each hundred. */
export function codePage(code: string): string {
  return `docs/reference/errors/${code.slice(0, 4).toLowerCase()}xx.md#${code.toLowerCase()}`;
}

/** The repository that a package.json names; undefined for none, and for one without an https address. */
export function repositoryUrl(manifest: unknown): string | undefined {
  if (!isMap(manifest)) return undefined;
  const { repository } = manifest;
  const url = isMap(repository) ? repository["url"] : repository;
  const base = typeof url === "string" ? url.replace(/^git\+/, "").replace(/(?:\.git)?\/?$/, "") : "";
  return /^https:\/\/[\w.-]+(?:\/[\w.-]+)+$/.test(base) ? base : undefined;
}

/** The manifest of the package, beside its folder `bin`. */
function readManifest(): unknown {
  return JSON.parse(readFileSync(join(__dirname, "..", "..", "..", "package.json"), "utf8"));
}
