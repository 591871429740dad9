// Runs the helm binary for one provider: same cluster, own caches, nothing secret among its arguments.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Writable } from "node:stream";
import type { PlainMap } from "../engine/values";
import { kubeconfigPath } from "./kubeconfig";
import { type ChartLogin, loginName } from "./releaseInputs";
import type { Settings } from "./settings";

/** helm said no; the message is helm's own, without the prefixes of its command line. */
export class HelmError extends Error {}

interface ChartMetadata {
  readonly version: string;
  readonly appVersion?: string;
}

/** What helm tells about a release. */
export interface HelmRelease {
  readonly name: string;
  readonly namespace: string;
  /** The revision. */
  readonly version: number;
  readonly info: { readonly status: string; readonly last_deployed?: string; readonly description?: string };
  readonly chart: { readonly metadata: ChartMetadata & { readonly name: string } };
  readonly config?: PlainMap | null;
  readonly manifest?: string;
}

// The official plugin has helm inside its process, so a killed plugin stops in the middle of an operation. This shell
// stands between plugin and helm to do the same: its watcher reads from a pipe that only the plugin holds open, asks helm
// to stop at a line, and kills helm when the pipe closes. The shell itself gets no signal, so none meets it or helm half
// begun. Its own output goes nowhere, since a word into the dead plugin's pipe would end it before it has cleaned up.
// It lives in a session of its own so that killing the plugin's whole process group does not spare helm.
const supervisor = `
folder=$1; shift
exec 4<&0
"$@" <&4 3<&- 4<&- &
helm=$!
exec >/dev/null 2>&1
{ while read -r _ <&3; do kill -TERM "$helm"; done; kill -KILL "$helm"; } &
watcher=$!
wait "$helm"
code=$?
[ -z "$folder" ] || rm -rf "$folder"
kill -KILL "$watcher"
exit "$code"
`;

export class Helm {
  /**
   * @param binary path of helm
   * @param home folder for helm's caches; may be shared by several plugin processes
   * @param signal asks a running helm to stop, which makes it record a failure; afterwards only releases are looked for
   */
  constructor(
    private readonly binary: string,
    private readonly home: string,
    private readonly settings: Settings,
    private readonly signal: AbortSignal,
  ) {}

  /** Runs a command that needs no cluster and returns what it printed. @throws HelmError */
  async local(args: readonly string[], login?: ChartLogin): Promise<string> {
    return await this.inFolder(login !== undefined, async (folder) => {
      const flags = login ? await this.logIn(login, folder) : [];
      return await this.execute([...args, ...flags], folder, undefined, this.signal);
    });
  }

  /**
   * Runs a command against the provider's cluster and returns what it printed.
   * @param input goes to helm's standard input, where values belong
   * @param login goes into files of helm's, in a private folder that is gone afterwards
   * @throws HelmError
   */
  async run(args: readonly string[], input?: string, login?: ChartLogin): Promise<string> {
    return await this.onCluster(args, input, this.signal, login);
  }

  /** The newest revision of a release, or undefined when there is no such release. */
  async find(namespace: string, name: string): Promise<HelmRelease | undefined> {
    const where = [name, "--namespace", namespace, "--output", "json"];
    try {
      // The status leaves the chart out, the metadata everything else.
      const [status, metadata] = await Promise.all([
        this.onCluster(["status", ...where]),
        this.onCluster(["get", "metadata", ...where]),
      ]);
      const { chart, version, appVersion } = JSON.parse(metadata) as ChartMetadata & { chart: string };
      const release = JSON.parse(status) as Omit<HelmRelease, "chart">;
      return { ...release, chart: { metadata: { name: chart, version, ...(appVersion && { appVersion }) } } };
    } catch (error) {
      if (error instanceof HelmError && error.message.includes("release: not found")) return undefined;
      throw error;
    }
  }

  private async onCluster(
    args: readonly string[],
    input?: string,
    signal?: AbortSignal,
    login?: ChartLogin,
  ): Promise<string> {
    const { kubeconfig, context, cluster } = this.settings;
    if (cluster)
      throw new Error("the provider's `cluster` argument is not supported for releases by the stand-in plugin");
    const file = kubeconfig && kubeconfigPath(kubeconfig);
    const content = kubeconfig && !file ? kubeconfig : undefined;
    return await this.inFolder(content !== undefined || login !== undefined, async (folder) => {
      if (content !== undefined) writeFileSync(path.join(folder, "kubeconfig"), content, { mode: 0o600 });
      const where = file || (content && path.join(folder, "kubeconfig"));
      const flags = [
        ...(where ? ["--kubeconfig", where] : []),
        ...(context ? ["--kube-context", context] : []),
        ...(login ? await this.logIn(login, folder) : []),
      ];
      return await this.execute([...args, ...flags], folder, input, signal);
    });
  }

  /** Runs work that needs a private folder, or without one (`""`). */
  private async inFolder<T>(needed: boolean, work: (folder: string) => Promise<T>): Promise<T> {
    const folder = needed ? mkdtempSync(path.join(tmpdir(), "helm-")) : "";
    try {
      return await work(folder);
    } finally {
      if (folder) rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Writes the login into helm's files in the folder, and returns the flags that name them. */
  private async logIn({ repo, registry, username, password, caFile }: ChartLogin, folder: string): Promise<string[]> {
    const config = path.join(folder, "config");
    if (repo === undefined) {
      const auth = Buffer.from(`${username}:${password}`).toString("base64");
      writeFileSync(config, JSON.stringify({ auths: { [registry]: { auth } } }), { mode: 0o600 });
      return ["--registry-config", config];
    }
    const files = ["--repository-config", config, "--repository-cache", path.join(folder, "cache")];
    const access = ["--username", username, "--password-stdin", ...(caFile ? ["--ca-file", caFile] : [])];
    await this.execute(["repo", "add", loginName, repo, ...access, ...files], "", password, this.signal);
    return files;
  }

  private async execute(
    args: readonly string[],
    folder: string,
    input: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    if (signal?.aborted) throw new HelmError("context canceled");
    const child = spawn("/bin/sh", ["-c", supervisor, "helm", folder, this.binary, ...args], {
      env: this.environment(),
      stdio: ["pipe", "pipe", "pipe", "pipe"],
      detached: true,
    });
    const [stdin, stdout, stderr, lifeline] = child.stdio;
    const stop = () => (lifeline as Writable).write("stop\n");
    signal?.addEventListener("abort", stop);
    // helm may end before it has read everything; its exit code tells what matters.
    stdin?.on("error", () => undefined);
    lifeline?.on("error", () => undefined);
    stdin?.end(input ?? "");
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    stdout?.on("data", (chunk: Buffer) => output.push(chunk));
    stderr?.on("data", (chunk: Buffer) => errors.push(chunk));
    try {
      const code = await new Promise<number | null>((resolve, reject) => {
        child.on("error", reject);
        child.on("close", resolve);
      });
      if (code === 0) return Buffer.concat(output).toString("utf8");
      throw new HelmError(reason(Buffer.concat(errors).toString("utf8"), code));
    } finally {
      lifeline?.destroy();
      signal?.removeEventListener("abort", stop);
    }
  }

  // The user's own helm (repositories, caches, plugins, settings) is neither read nor touched.
  private environment(): NodeJS.ProcessEnv {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("HELM_"));
    return {
      ...Object.fromEntries(inherited),
      HELM_CACHE_HOME: path.join(this.home, "cache"),
      HELM_CONFIG_HOME: path.join(this.home, "config"),
      HELM_DATA_HOME: path.join(this.home, "data"),
    };
  }
}

function reason(stderr: string, code: number | null): string {
  const start = stderr.lastIndexOf("Error: ");
  const text = start < 0 ? stderr.trim() : stderr.slice(start + "Error: ".length).trim();
  return text.replace(/^(INSTALLATION|UPGRADE) FAILED: /, "") || `helm ended with code ${code}`;
}
