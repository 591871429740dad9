import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type * as k8s from "@kubernetes/client-node";
import { buildGoProgram } from "../../toolchain/goProgram";
import type { PodContext, PodProgram } from "../pods/program";
import { repositoryRoot } from "../repositoryRoot";

/** What the Go program reports beside its log: that it is up, or that a port of its pod leads to one of this machine. */
type Report = { readonly ready: true } | { readonly port: number; readonly local: number };

let built: Promise<string> | undefined;

/**
 * Path of the Go program in `test/sandbox/relay/go`, which is built unless the cache has it.
 *
 * @throws when it cannot be built
 */
export function relayExecutable(): Promise<string> {
  built ??= buildGoProgram("relay", join(repositoryRoot(), "test", "sandbox", "relay", "go"));
  return built;
}

/**
 * Runs the Go program as a container: its output is the log, SIGTERM ends it.
 *
 * @param part the settings of the agent or the server, as the program reads them
 */
export function relayProcess(mode: "agent" | "server", part: Readonly<Record<string, object>>): PodProgram {
  return { run: async (context) => run(await relayExecutable(), mode, part, context) };
}

function run(
  executable: string,
  mode: string,
  part: Readonly<Record<string, object>>,
  context: PodContext,
): Promise<number> {
  const { signal } = context;
  if (signal.aborted) return Promise.resolve(0);
  const child = spawn(executable, [mode, ...context.args], {
    env: { ...context.env },
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    detached: true, // a Ctrl-C in the terminal is for this process alone, which ends its programs in order
  });
  const { stdin, stdout, stderr } = child;
  const [, , , reports] = child.stdio;
  // It ends at the end of its input, so that nothing of it is left however this process ends.
  stdin.on("error", () => undefined);
  stdin.write(`${JSON.stringify({ ...part, ...podFacts(context) })}\n`);
  for (const output of [stdout, stderr]) createInterface(output).on("line", (line) => context.log(line));
  createInterface(reports as NodeJS.ReadableStream).on("line", (line) => {
    const report = JSON.parse(line) as Report;
    if ("ready" in report) context.ready();
    else context.listen(report.port, { host: "127.0.0.1", port: report.local });
  });
  const end = () => child.kill("SIGTERM");
  signal.addEventListener("abort", end, { once: true });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, by) => {
      signal.removeEventListener("abort", end);
      resolve(code ?? 128 + (by === null ? 0 : constants.signals[by]));
    });
  });
}

/** The credentials go through the input: they are neither in a file nor in arguments. */
function podFacts({ namespace, image, kubeConfig }: PodContext): object {
  return { namespace, image, api: apiAccess(kubeConfig) };
}

function apiAccess(kubeConfig: k8s.KubeConfig): object {
  const cluster = kubeConfig.getCurrentCluster();
  const user = kubeConfig.getCurrentUser();
  const text = (base64: string | undefined) => Buffer.from(base64 ?? "", "base64").toString();
  return {
    server: cluster?.server,
    ca: text(cluster?.caData),
    certificate: text(user?.certData),
    key: text(user?.keyData),
    token: user?.token,
  };
}
