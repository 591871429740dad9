import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { repositoryRoot } from "../sandbox/repositoryRoot";
import type { BuildStep } from "./catalogue";
import { executable } from "./onPath";
import type { Tool, ToolName } from "./tools";

/** A build step with all that decides what comes out of it. */
export interface Recipe {
  readonly step: BuildStep;
  /** Folder of go.mod and go.sum. */
  readonly moduleFolder: string;
  readonly version: string;
  /** The whole `-ldflags`. */
  readonly linkerFlags: string;
  readonly goos: string;
  readonly goarch: string;
  /** Changes with everything above. */
  readonly hash: string;
}

/** The folder that all checkouts of this user share. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const xdg = env["XDG_CACHE_HOME"] ?? "";
  const base = isAbsolute(xdg) ? xdg : join(homedir(), ".cache");
  return join(base, "gloo-mesh-relay-registration", "tools");
}

/** The folder in which Node keeps compiled JavaScript, for all that a test run starts. */
export function compiledModules(env: NodeJS.ProcessEnv): string {
  return join(dirname(cacheFolder(env)), "compiled");
}

export async function recipeOf(step: BuildStep): Promise<Recipe> {
  const moduleFolder = join(repositoryRoot(), "test", "toolchain", step.folder);
  const [mod, sum] = await Promise.all(["go.mod", "go.sum"].map((file) => readFile(join(moduleFolder, file), "utf8")));
  const version = requiredVersion(mod ?? "", step.module);
  const linkerFlags = ["-s", "-w", ...step.linkerFlags(version)].join(" ");
  const goos = process.platform;
  const goarch = { x64: "amd64", ia32: "386" }[process.arch as string] ?? process.arch;
  const parts = [mod, sum, linkerFlags, JSON.stringify(step.packages), goos, goarch];
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
  return { step, moduleFolder, version, linkerFlags, goos, goarch, hash };
}

export function cachedPath(cache: string, recipe: Recipe, name: ToolName): string {
  return join(cache, `${name}-${recipe.hash}`, name);
}

/** A tool that an earlier run has built. Folders get their name when all is in them: what is there is whole. */
export async function findInCache(cache: string, recipe: Recipe, name: ToolName): Promise<Tool | undefined> {
  const path = cachedPath(cache, recipe, name);
  return (await executable(path)) ? { name, path, version: recipe.version, source: "cache" } : undefined;
}

function requiredVersion(mod: string, module: string): string {
  const fields = mod.split("\n").map((line) =>
    line
      .replace(/^require\b/, "")
      .trim()
      .split(/\s+/),
  );
  const version = fields.find(([path]) => path === module)?.[1];
  if (version === undefined) throw new Error(`go.mod does not require ${module}`);
  return version.replace(/^v/, "");
}
