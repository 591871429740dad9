import { constants, copyFile, link, mkdir, realpath, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { compiledModules, type Tools } from "../toolchain";
import { nodeScript, quote } from "./nodeScript";
import { officialPlugins } from "./officialPlugins";
import { installPlugins, type PluginName, type PluginSource } from "./plugins";
import type { Sandbox } from "./sandbox";

/** A Pulumi set-up of a sandbox's own: nothing of the user's is read or written. */
export interface PulumiHome {
  /** Holds the backend's files, plugins, executables and the stacks' configurations. */
  readonly folder: string;
  /** The command to run. */
  readonly pulumi: string;
  /** Environment of every pulumi command, without a passphrase. */
  readonly env: NodeJS.ProcessEnv;
  readonly plugins: Readonly<Record<PluginName, PluginSource>>;
}

/** How to make it. */
export interface PulumiHomeOptions {
  /** Folder laid out like PULUMI_HOME/plugins, to take official plugins from. Default: the user's shared downloads. */
  readonly officialPlugins?: string;
  /**
   * Whether Pulumi's processes load all that they load on a user's machine, so that times are like those there. Default false: what no run uses is left out, and
   * tests are done sooner.
   */
  readonly loadAll?: boolean;
  readonly report?: (line: string) => void;
}

const homes = new WeakMap<Sandbox, Promise<PulumiHome>>();

/** The one of this sandbox; made at the first call, whose options count. */
export function pulumiHome(sandbox: Sandbox, options: PulumiHomeOptions = {}): Promise<PulumiHome> {
  const home = homes.get(sandbox) ?? makeHome(sandbox, options);
  homes.set(sandbox, home);
  return home;
}

async function makeHome(sandbox: Sandbox, options: PulumiHomeOptions): Promise<PulumiHome> {
  const { tools } = sandbox;
  const folder = join(sandbox.folder, "pulumi");
  const [home, state, bin] = [join(folder, "home"), join(folder, "state"), join(folder, "bin")];
  for (const path of [home, state, bin]) await mkdir(path, { recursive: true, mode: 0o700 });
  const placed = await placeExecutables(bin, tools);
  const official = options.officialPlugins ?? (await officialPlugins(tools, options.report));
  const plugins = await installPlugins({
    pulumiHome: home,
    pulumi: placed.pulumi,
    helm: tools.helm.path,
    node: process.execPath,
    officialPlugins: official,
    download: false,
    ...(options.report === undefined ? {} : { report: options.report }),
  });
  // Of the sandbox, since plugins leave copies of kubeconfigs there.
  const temporary = join(folder, "temporary");
  await mkdir(temporary, { recursive: true });
  const env: NodeJS.ProcessEnv = {
    ...withoutForeign(process.env),
    PATH: [...placed.folders, process.env["PATH"] ?? ""].join(delimiter),
    PULUMI_HOME: home,
    // Without the backend's sidecar files: they are not written at once, and an empty one of a killed run keeps out every further run.
    PULUMI_BACKEND_URL: `file://${state}?metadata=skip`,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true", // what is missing must show, not be looked for in the network
    PULUMI_DEBUG_COMMANDS: "true", // offers --event-log
    GOGC: "400", // pulumi and helm live for seconds: collecting their garbage costs more than their memory
    TMPDIR: temporary,
    KUBECONFIG: sandbox.kubeconfig,
    KUBECACHEDIR: join(folder, "kube-cache"),
    HELM_CACHE_HOME: join(folder, "helm", "cache"),
    HELM_CONFIG_HOME: join(folder, "helm", "config"),
    HELM_DATA_HOME: join(folder, "helm", "data"),
    // Compiled JavaScript is worth keeping over sandboxes: it spares each run most of a second.
    NODE_COMPILE_CACHE: compiledModules(process.env),
    ...(options.loadAll ? {} : { NODE_OPTIONS: `--require ${JSON.stringify(join(__dirname, "lazyModules.js"))}` }),
  };
  return { folder, pulumi: placed.pulumi, env, plugins };
}

/**
 * Puts the tools into a folder under their own names. Pulumi warns at each run when its language host and dynamic provider
 * do not lie beside itself, links resolved; so all three lie there, unless an installation of Pulumi brings them.
 */
async function placeExecutables(bin: string, tools: Tools): Promise<{ pulumi: string; folders: string[] }> {
  await symlink(process.execPath, join(bin, "node"));
  await symlink(tools.helm.path, join(bin, "helm"));
  await symlink(tools.kubectl.path, join(bin, "kubectl"));
  if (tools["pulumi-language-nodejs"].source === "path") {
    return { pulumi: tools.pulumi.path, folders: [bin, dirname(await realpath(tools.pulumi.path))] };
  }
  const pulumi = join(bin, "pulumi");
  await place(await realpath(tools.pulumi.path), pulumi);
  await writeFile(join(bin, "pulumi-language-nodejs"), languageHost(tools["pulumi-language-nodejs"].path), {
    mode: 0o700,
  });
  const provider = createRequire(__filename).resolve("@pulumi/pulumi/cmd/dynamic-provider");
  // As the one that Pulumi's SDK brings, whose shell stays, but it keeps what Node has compiled.
  const script = nodeScript(process.execPath, provider, "dynamic-provider", { shellStays: true });
  await writeFile(join(bin, "pulumi-resource-pulumi-nodejs"), script, { mode: 0o700 });
  return { pulumi, folders: [bin] };
}

/**
 * The language host that can be built is older than the engine, which no longer hands a project's options over as arguments. So the one
 * option that this project uses is read where the host is started: in the folder of Pulumi.yaml.
 */
function languageHost(path: string): string {
  return [
    "#!/bin/sh",
    "if grep -q '^ *typescript: false' Pulumi.yaml 2>/dev/null; then set -- -typescript=false \"$@\"; fi",
    `exec ${quote(path)} "$@"`,
    "",
  ].join("\n");
}

/** The same file under another name; a copy when it lies on another file system. */
async function place(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE));
}

/** The environment without what would direct these tools elsewhere, or a Node program into its parent's test run. */
function withoutForeign(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = /^(PULUMI_|HELM_|KUBE|NODE_TEST_CONTEXT$|NODE_V8_COVERAGE$|NODE_OPTIONS$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name)));
}
