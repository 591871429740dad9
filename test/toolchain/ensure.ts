import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "./build";
import { cachedPath, cacheFolder, findInCache, type Recipe, recipeOf } from "./cache";
import { type BuildStep, buildSteps, go, installed } from "./catalogue";
import { withLock } from "./lock";
import { candidates, type Finding, findOnPath } from "./onPath";
import { sandboxToolNames, type Tool, type ToolName, type Tools } from "./tools";
import { compareVersions, findVersion } from "./versions";

/** How to look for the tools. */
export interface EnsureOptions<Name extends ToolName = ToolName> {
  /** The tools. Default: those of the sandbox. */
  readonly names?: readonly Name[];
  /** Told what is built, why, and how far it is; nothing when all tools are there. */
  readonly report?: (line: string) => void;
  /** Ends a build that is under way. */
  readonly signal?: AbortSignal;
  /** PATH, XDG_CACHE_HOME and what the go command reads; default: the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A tool that PATH does not offer, and why. */
interface Missing {
  readonly name: ToolName;
  readonly reason: string;
}

/**
 * Every tool that is asked for: the one on PATH when it is new enough, else the one in the cache, else one built from
 * the Go modules beside this file. Two runs at once do not build the same tool twice.
 * @throws when tools are missing and there is no Go to build them (the error says how to install each of them), when a
 * build fails, or when the signal aborts.
 */
export async function ensureTools<Name extends ToolName = keyof Tools>(
  options: EnsureOptions<Name> = {},
): Promise<Readonly<Record<Name, Tool>>> {
  const names: readonly ToolName[] = options.names ?? sandboxToolNames;
  const env = options.env ?? process.env;
  const cache = cacheFolder(env);
  const onPath = await findOnPath(env);
  const found = new Map<ToolName, Tool>();
  const toBuild: { recipe: Recipe; missing: Missing[] }[] = [];
  for (const step of buildSteps) {
    const recipe = await recipeOf(step);
    const missing: Missing[] = [];
    for (const name of toolsOf(step).filter((one) => names.includes(one))) {
      const finding: Finding = onPath[name];
      const tool = "reason" in finding ? await findInCache(cache, recipe, name) : finding;
      if (tool !== undefined) found.set(name, tool);
      else missing.push({ name, reason: "reason" in finding ? finding.reason : "" });
    }
    if (missing.length > 0) toBuild.push({ recipe, missing });
  }
  if (toBuild.length > 0) {
    const goPath = await findGo(
      env,
      toBuild[0]?.recipe.moduleFolder ?? "",
      toBuild.flatMap(({ missing }) => missing),
    );
    await mkdir(cache, { recursive: true });
    for (const [index, { recipe, missing }] of toBuild.entries()) {
      const title = `[${index + 1}/${toBuild.length}] ${missing.map(({ name }) => name).join(", ")} ${recipe.version}`;
      for (const tool of await buildOnce({ recipe, missing, title, cache, goPath, env, options })) {
        found.set(tool.name, tool);
      }
    }
  }
  return Object.fromEntries(names.map((name) => [name, found.get(name)])) as Record<Name, Tool>;
}

async function buildOnce(job: {
  recipe: Recipe;
  missing: readonly Missing[];
  title: string;
  cache: string;
  goPath: string;
  env: NodeJS.ProcessEnv;
  options: EnsureOptions;
}): Promise<Tool[]> {
  const { recipe, missing, title, cache, goPath, env, options } = job;
  const report = (line: string) => options.report?.(`${title}: ${line}`);
  const lock = {
    signal: options.signal,
    onWait: () => report("another run is building it, waiting for that"),
  };
  return withLock(join(cache, `${recipe.step.folder}-${recipe.hash}.lock`), lock, async () => {
    const meanwhile = await Promise.all(missing.map(({ name }) => findInCache(cache, recipe, name)));
    const cached = meanwhile.filter((tool) => tool !== undefined);
    const left = missing.filter(({ name }) => cached.every((tool) => tool.name !== name));
    if (left.length === 0) return cached;
    const why = [...new Set(left.map(({ reason }) => reason))].join("; ");
    report(`building (${why}; not in the cache); took ${recipe.step.busySeconds} s on 2 busy cores`);
    const begin = performance.now();
    const names = left.map(({ name }) => name);
    await build(recipe, names, { cache, go: goPath, env, signal: options.signal, report });
    report(`built in ${Math.round((performance.now() - begin) / 1000)} s`);
    return [...cached, ...names.map((name) => builtTool(cache, recipe, name))];
  });
}

function builtTool(cache: string, recipe: Recipe, name: ToolName): Tool {
  return { name, path: cachedPath(cache, recipe, name), version: recipe.version, source: "built" };
}

/** Asked inside a module: there the go command of a user who allows it fetches the Go that the module wants. */
async function findGo(env: NodeJS.ProcessEnv, moduleFolder: string, missing: readonly Missing[]): Promise<string> {
  const [path] = await candidates("go", env);
  if (path === undefined) throw missingTools("is not on PATH", missing);
  try {
    const { stdout } = await promisify(execFile)(path, ["env", "GOVERSION"], { cwd: moduleFolder, env });
    const version = findVersion(stdout);
    if (version !== undefined && compareVersions(version, go.minimum) >= 0) return path;
    throw missingTools(`is needed, not ${stdout.trim() || "one that does not tell its version"}`, missing);
  } catch (error) {
    if (error instanceof MissingToolsError) throw error;
    const { stderr } = error as { stderr?: string };
    throw missingTools(`is needed; the go on PATH says: ${stderr?.trim() || String(error)}`, missing);
  }
}

/** Tools are missing and cannot be built. The message names each of them and its installation page. */
export class MissingToolsError extends Error {
  override readonly name = "MissingToolsError";
}

function missingTools(goProblem: string, missing: readonly Missing[]): MissingToolsError {
  const minimum = go.minimum.split(".").slice(0, 2).join(".");
  const lines = missing.map(({ name, reason }) => {
    const known = installed[name === "pulumi-language-nodejs" ? "pulumi" : name];
    const below = known.below === undefined ? "" : `, below ${known.below}`;
    return `  ${name} (${known.minimum} or newer${below}): ${reason}; see ${known.installation}`;
  });
  return new MissingToolsError(
    [
      `Go ${minimum} or newer, which could build them, ${goProblem}; see ${go.installation}. Install it, or these tools:`,
      ...lines,
    ].join("\n"),
  );
}

function toolsOf(step: BuildStep): ToolName[] {
  return Object.keys(step.packages) as ToolName[];
}
