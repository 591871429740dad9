// Puts the kubernetes and command plugins into a PULUMI_HOME: the official ones where there is a way, else the stand-ins.
import { execFile } from "node:child_process";
import { constants, cp, mkdir, open, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import { nodeScript, quote } from "../nodeScript";

export type PluginName = "kubernetes" | "command";

/** Which plugin a PULUMI_HOME has now. */
export interface PluginSource {
  readonly name: PluginName;
  readonly version: string;
  readonly source: "official" | "stand-in";
  /** The plugin's executable. */
  readonly path: string;
}

export interface InstallOptions {
  readonly pulumiHome: string;
  /** Path of the pulumi CLI, which downloads official plugins. */
  readonly pulumi: string;
  /** Path of helm, for the stand-in's releases. */
  readonly helm: string;
  /** Path of the Node that runs the stand-ins. */
  readonly node: string;
  /** Folder laid out like PULUMI_HOME/plugins to take official plugins from. */
  readonly officialPlugins?: string;
  /** Whether to try a download; default true. It is tried once per process and plugin. */
  readonly download?: boolean;
  readonly report?: (line: string) => void;
}

const names: readonly PluginName[] = ["kubernetes", "command"];
const downloadMilliseconds = 20_000;
const marker = "# stand-in plugin of the sandbox";
const failedDownloads = new Set<string>();

/**
 * Installs both plugins in the versions of the npm packages of this project. An official plugin that is there already is
 * never touched; a stand-in that is there is written anew.
 * @throws when the home cannot be written
 */
export async function installPlugins(options: InstallOptions): Promise<Record<PluginName, PluginSource>> {
  const [kubernetes, command] = await Promise.all(names.map((name) => install(name, options)));
  if (!kubernetes || !command) throw new Error("a plugin was not installed");
  return { kubernetes, command };
}

/** The version of a plugin that belongs to the npm package of the same name. */
export function pluginVersion(name: PluginName): string {
  const manifest = createRequire(__filename)(`@pulumi/${name}/package.json`) as { version: string };
  return manifest.version;
}

async function install(name: PluginName, options: InstallOptions): Promise<PluginSource> {
  const version = pluginVersion(name);
  const folder = path.join(options.pulumiHome, "plugins", folderName(name, version));
  const executable = path.join(folder, `pulumi-resource-${name}`);
  const done = (source: PluginSource["source"], how: string): PluginSource => {
    options.report?.(`plugin ${name} ${version}: ${how}`);
    return { name, version, source, path: executable };
  };

  const present = await kindOf(executable);
  if (present === "official") return done("official", "official, already installed");
  const offered = options.officialPlugins && path.join(options.officialPlugins, folderName(name, version));
  if (offered && (await kindOf(path.join(offered, `pulumi-resource-${name}`))) === "official") {
    await placeOfficial(offered, folder);
    return done("official", `official, from ${options.officialPlugins}`);
  }
  if ((options.download ?? true) && (await download(name, version, executable, options))) {
    return done("official", "official, downloaded");
  }
  await placeStandIn(name, version, executable, options);
  return done("stand-in", "stand-in (the official plugin is not available here)");
}

function folderName(name: PluginName, version: string): string {
  return `resource-${name}-v${version}`;
}

async function kindOf(executable: string): Promise<PluginSource["source"] | "none"> {
  if (!(await stat(executable).catch(() => undefined))?.isFile()) return "none";
  const file = await open(executable);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.toString("latin1", 0, bytesRead).includes(marker) ? "stand-in" : "official";
  } finally {
    await file.close();
  }
}

// A real folder: pulumi overlooks one that is a symbolic link. Complete before it appears under its name, because pulumi
// may look at any time.
async function placeOfficial(from: string, folder: string): Promise<void> {
  const beside = `${folder}.${process.pid}.tmp`;
  await rm(beside, { recursive: true, force: true });
  await mkdir(path.dirname(beside), { recursive: true });
  await cp(from, beside, { recursive: true, dereference: true, mode: constants.COPYFILE_FICLONE });
  await rm(folder, { recursive: true, force: true });
  await rename(beside, folder);
}

async function download(
  name: PluginName,
  version: string,
  executable: string,
  options: InstallOptions,
): Promise<boolean> {
  const key = `${name} ${version}`;
  if (failedDownloads.has(key)) return false;
  // A stand-in in that place counts as installed for pulumi.
  await rm(path.dirname(executable), { recursive: true, force: true });
  try {
    await promisify(execFile)(options.pulumi, ["plugin", "install", "resource", name, version], {
      env: { ...process.env, PULUMI_HOME: options.pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeout: downloadMilliseconds,
      killSignal: "SIGKILL",
    });
  } catch {
    // Offline, refused or too slow: the stand-in takes its place, and the report line says so.
  }
  if ((await kindOf(executable)) === "official") return true;
  failedDownloads.add(key);
  // What an aborted download leaves would keep pulumi from looking at the folder.
  for (const rest of [".partial", ".lock"]) {
    await rm(path.dirname(executable) + rest, { recursive: true, force: true });
  }
  return false;
}

async function placeStandIn(
  name: PluginName,
  version: string,
  executable: string,
  options: InstallOptions,
): Promise<void> {
  const environment = {
    STAND_IN_VERSION: version,
    STAND_IN_HELM: options.helm,
    STAND_IN_HELM_HOME: path.join(options.pulumiHome, "stand-in", "helm"),
  };
  // Every provider of a program is a process: what one has compiled the next need not compile again.
  const script = nodeScript(options.node, path.join(__dirname, name, "main.js"), "plugins", {
    head: [marker, ...Object.entries(environment).map(([key, value]) => `export ${key}=${quote(value)}`)],
  });
  await mkdir(path.dirname(executable), { recursive: true });
  const beside = `${executable}.${process.pid}.tmp`;
  await writeFile(beside, script, { mode: 0o755 });
  await rename(beside, executable);
}
