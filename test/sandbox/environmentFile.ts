import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { quote } from "./nodeScript";
import type { Sandbox } from "./sandbox";

/** Writes a file that gives a shell the environment of a sandbox's commands, without what the shell has of its own; returns its path. Only its owner may read it: it holds a passphrase. */
export async function writeEnvironment({ folder }: Sandbox, env: NodeJS.ProcessEnv): Promise<string> {
  const file = join(folder, "environment.sh");
  const names = /^(?:PATH$|PULUMI_|KUBE|HELM_|NODE_COMPILE_CACHE$|PACKAGE$|CHART_REPOSITORY$)/;
  const lines = Object.entries(env).flatMap(([name, value]) =>
    names.test(name) && value !== undefined ? [`export ${name}=${quote(value)}\n`] : [],
  );
  await writeFile(file, lines.join(""), { mode: 0o600 });
  return file;
}

/** Resolves at the first SIGINT or SIGTERM, and keeps the process alive until then. */
export async function keepUntilInterrupted(): Promise<void> {
  // Keeps the process alive while nothing else does.
  const timer = setInterval(() => undefined, 60_000);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  clearInterval(timer);
}
