import { spawn } from "node:child_process";
import { text as readText } from "node:stream/consumers";
import { isMap, valueAt } from "../base/json";
import { readYaml } from "../base/yaml";
import type { Exec } from "./kubeconfigFile";

/** What a credential plugin returns; empty strings for what it leaves out. */
export interface PluginCredential {
  readonly token: string;
  readonly certificate: string;
  readonly key: string;
  readonly expires: number;
}

/** A plugin that gives no credential. Its message is the cause, and quotes nothing of what the plugin says, which may be a credential. */
export class PluginFailure extends Error {}

/** One plugin for each configuration, shared by all connections of this process, as in client-go: a plugin may ask a server, or a person. */
const plugins = new Map<string, CredentialPlugin>();

/** The plugin of a kubeconfig's user; `cluster` is what it learns of the cluster (`provideClusterInfo`). */
export function credentialPlugin(exec: Exec, cluster: object | undefined, seconds: number): CredentialPlugin {
  const key = JSON.stringify([exec, cluster, seconds]);
  const plugin = plugins.get(key) ?? new CredentialPlugin(exec, cluster, seconds);
  plugins.set(key, plugin);
  return plugin;
}

export class CredentialPlugin {
  private current: Promise<PluginCredential> | undefined;

  constructor(
    private readonly exec: Exec,
    private readonly cluster: object | undefined,
    private readonly seconds: number,
  ) {}

  /** The credential; runs the plugin if there is none yet, or if it has expired. Throws {@link PluginFailure}, or the system's error. */
  async credential(): Promise<PluginCredential> {
    const known = this.current;
    // Many requests wait here: only the first to see the expired credential forgets it.
    if (known && (await known).expires <= Date.now() && this.current === known) this.current = undefined;
    this.current ??= this.run().catch((error) => {
      this.current = undefined;
      throw error;
    });
    return this.current;
  }

  /** Forgets a credential that the API server has rejected, unless another one has replaced it. */
  async forget(rejected: PluginCredential): Promise<void> {
    const known = this.current;
    if ((await known) === rejected && this.current === known) this.current = undefined;
  }

  private async run(): Promise<PluginCredential> {
    const { exec } = this;
    if (exec.interactiveMode === "Always") throw new PluginFailure("it needs a terminal (interactiveMode: Always)");
    const spec = { interactive: false, ...(this.cluster && { cluster: this.cluster }) };
    const info = JSON.stringify({ kind: "ExecCredential", apiVersion: exec.apiVersion, spec });
    const added = Object.fromEntries(exec.env.map(({ name, value }) => [name, value]));
    const env = { ...process.env, ...added, KUBERNETES_EXEC_INFO: info };
    return credentialIn(await this.outputOf(env), exec.apiVersion);
  }

  /**
   * Its standard input is closed, because nobody would see a question. It has a time limit: a process does not end before its children, and a plugin
   * that asks for a login would block it for ever.
   */
  private async outputOf(env: NodeJS.ProcessEnv): Promise<string> {
    const { command, args } = this.exec;
    const plugin = spawn(command, args, { env, stdio: ["ignore", "pipe", "ignore"] });
    const ended = new Promise<number | null>((resolve, reject) => {
      plugin.once("error", reject).once("close", resolve);
    });
    const overdue = new DOMException("the plugin did not end", "TimeoutError");
    const limit = setTimeout(() => {
      plugin.kill("SIGKILL");
      // A child of the plugin may hold it open.
      plugin.stdout.destroy(overdue);
    }, this.seconds * 1000);
    try {
      const [output, code] = await Promise.all([readText(plugin.stdout), ended]);
      if (code !== 0) throw new PluginFailure(`it ended with ${code === null ? "a signal" : `exit code ${code}`}`);
      return output;
    } finally {
      clearTimeout(limit);
    }
  }
}

function credentialIn(output: string, wanted: string): PluginCredential {
  const read = parsed(output);
  const { apiVersion, kind, status } = isMap(read) ? read : {};
  if (kind !== "ExecCredential") throw new PluginFailure("its output is not an ExecCredential");
  if (apiVersion !== wanted) throw new PluginFailure(`its output has another apiVersion than ${wanted}`);
  const string = (key: string) => {
    const value = valueAt(status, key) ?? "";
    if (typeof value !== "string") throw new PluginFailure(`status.${key} of its output is not a string`);
    return value;
  };
  const [token, certificate, key] = [string("token"), string("clientCertificateData"), string("clientKeyData")];
  const expires = string("expirationTimestamp");
  if (token === "" && certificate === "" && key === "")
    throw new PluginFailure("its output has neither token nor certificate");
  if ((certificate === "") !== (key === ""))
    throw new PluginFailure("its output has a certificate without a key, or a key alone");
  const until = expires === "" ? Number.POSITIVE_INFINITY : Date.parse(expires);
  if (Number.isNaN(until)) throw new PluginFailure("status.expirationTimestamp of its output is no time");
  return { token, certificate, key, expires: until };
}

function parsed(output: string): unknown {
  try {
    return readYaml(output);
  } catch {
    throw new PluginFailure("its output is neither JSON nor YAML");
  }
}
