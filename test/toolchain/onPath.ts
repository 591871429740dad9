import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import { installed } from "./catalogue";
import { type Tool, type ToolName, toolNames } from "./tools";
import { compareVersions, findVersion } from "./versions";

/** A tool that serves, or why none on PATH does. */
export type Finding = Tool | { readonly reason: string };

const versionLimitMs = 20_000;

/** Looks for every tool on the PATH of this environment. */
export async function findOnPath(env: NodeJS.ProcessEnv): Promise<Record<ToolName, Finding>> {
  const look = async (name: ToolName): Promise<[ToolName, Finding]> => [name, await findTool(name, env)];
  const found = Object.fromEntries(await Promise.all(toolNames.map(look))) as Record<ToolName, Finding>;
  return alignedPair({ ...found, "pulumi-language-nodejs": await languageHost(found.pulumi) });
}

async function findTool(name: ToolName, env: NodeJS.ProcessEnv): Promise<Finding> {
  if (name === "pulumi-language-nodejs") return { reason: "not beside pulumi on PATH" };
  const reasons: string[] = [];
  for (const path of await candidates(name, env)) {
    const version = await versionOf(path, installed[name].versionArguments, env);
    const reason = objection(version, installed[name]);
    if (version !== undefined && reason === undefined) return { name, path, version, source: "path" };
    reasons.push(`${path} ${reason}`);
  }
  return { reason: reasons.join(", ") || "not on PATH" };
}

function objection(version: string | undefined, needs: { minimum: string; below?: string }): string | undefined {
  if (version === undefined) return "does not tell its version";
  if (compareVersions(version, needs.minimum) < 0) return `is ${version}, older than ${needs.minimum}`;
  if (needs.below !== undefined && compareVersions(version, needs.below) >= 0) {
    return `is ${version}, not below ${needs.below}`;
  }
  return undefined;
}

/** The official distribution puts the language host into the folder of `pulumi`; one from elsewhere may be of any age. */
async function languageHost(pulumi: Finding): Promise<Finding> {
  if ("reason" in pulumi) return { reason: "not beside a pulumi on PATH that serves" };
  const path = join(dirname(pulumi.path), "pulumi-language-nodejs");
  if (!(await executable(path))) return { reason: `not beside ${pulumi.path}` };
  return { name: "pulumi-language-nodejs", path, version: pulumi.version, source: "path" };
}

/** The controller manager must not be newer than its API server: take both from PATH in one release, or none. */
function alignedPair(found: Record<ToolName, Finding>): Record<ToolName, Finding> {
  const server = found["kube-apiserver"];
  const manager = found["kube-controller-manager"];
  if ("reason" in server && "reason" in manager) return found;
  if (!("reason" in server) && !("reason" in manager) && release(server) === release(manager)) return found;
  const reason = "kube-apiserver and kube-controller-manager of one release are not both on PATH";
  return {
    ...found,
    "kube-apiserver": "reason" in server ? server : { reason },
    "kube-controller-manager": "reason" in manager ? manager : { reason },
  };
}

function release(tool: Tool): string {
  return tool.version.split(".").slice(0, 2).join(".");
}

/** Every executable of this name, in the order of PATH. Relative folders are left out: they mean another file elsewhere. */
export async function candidates(name: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const folders = (env["PATH"] ?? "").split(delimiter).filter(isAbsolute);
  const paths = [...new Set(folders)].map((folder) => join(folder, name));
  const usable = await Promise.all(paths.map(executable));
  return paths.filter((_, index) => usable[index]);
}

/** What a program calls its version; undefined when it fails, hangs or does not tell. */
async function versionOf(path: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const options = { env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" }, timeout: versionLimitMs };
  try {
    const { stdout } = await promisify(execFile)(path, [...args], options);
    return findVersion(stdout);
  } catch {
    return undefined;
  }
}

/** Whether a file is there and may be executed. */
export async function executable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
