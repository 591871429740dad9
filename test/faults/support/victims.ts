import { execFileSync } from "node:child_process";
import { killWithPlugins } from "../../e2e/support/killing";
import { descendants } from "../../sandbox/processes";
import type { PulumiRun } from "../../sandbox/workspace";

/** Who is killed: the CLI, which holds the engine; the Kubernetes plugin, in all its processes; the dynamic provider; or everything. */
export type Victim = "engine" | "plugin" | "provider" | "all";

const commands = {
  plugin: /pulumi-resource-kubernetes|\/plugins\/kubernetes\/main\.js/,
  provider: /\/cmd\/dynamic-provider/,
};

/**
 * Sends SIGKILL. Resolves when the engine is gone, where it is among them, else at once: the engine then has its own way to end.
 * @throws when no such process runs
 */
export async function kill(run: PulumiRun, victim: Victim): Promise<void> {
  if (victim === "all") return killWithPlugins(run);
  if (victim === "engine") {
    await run.kill();
    return;
  }
  const pids = processesOf(run, commands[victim]);
  if (pids.length === 0) throw new Error(`no process of the ${victim} runs`);
  for (const pid of pids) process.kill(pid, "SIGKILL");
}

/** The dynamic provider itself, without the shell that has started it. */
export function providerOf(run: PulumiRun): number[] {
  return processesOf(run, commands.provider);
}

function processesOf(run: PulumiRun, command: RegExp): number[] {
  if (run.pid === undefined) return [];
  const ours = new Set(descendants(run.pid).map(({ pid }) => pid));
  const table = execFileSync("ps", ["-A", "-ww", "-o", "pid=,args="], { encoding: "utf8" });
  return table.split("\n").flatMap((line) => {
    const [, pid = "", args = ""] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
    return ours.has(Number(pid)) && command.test(args) ? [Number(pid)] : [];
  });
}
