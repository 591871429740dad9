import { execFileSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

/** Which of these processes still run; one that has ended but is not yet reaped by its parent does not. */
export function running(pids: readonly number[]): number[] {
  const wanted = new Set(pids);
  const table = execFileSync("ps", ["-A", "-o", "pid=,stat="], { encoding: "utf8" });
  return table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, state = ""]) => !state.startsWith("Z"))
    .map(([pid]) => Number(pid))
    .filter((pid) => wanted.has(pid));
}

/** Lines of the process table whose arguments hold this text, such as the folder of a sandbox. */
export function processesNaming(text: string): string[] {
  const table = execFileSync("ps", ["-A", "-ww", "-o", "pid=,args="], { encoding: "utf8" });
  return table.split("\n").filter((line) => line.includes(text));
}

/** Resolves when the condition holds. @throws after the limit, with what was waited for. */
export async function eventually(what: string, condition: () => boolean, limitSeconds = 20): Promise<void> {
  const deadline = performance.now() + limitSeconds * 1000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${limitSeconds} s: ${what}`);
    await delay(20);
  }
}
