import { execFileSync } from "node:child_process";

/** A process that somebody else has started. The start time tells it from a later one with the same number. */
export interface Stray {
  readonly pid: number;
  readonly startTime: string;
}

interface Entry extends Stray {
  readonly parent: number;
  readonly ended: boolean;
}

/** Everything that this process has started, and what that has started, as it is now. */
export function descendants(pid: number): Stray[] {
  const table = processTable();
  const found = new Set([pid]);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const entry of table) if (found.has(entry.parent)) found.add(entry.pid);
  }
  return table.filter((entry) => entry.pid !== pid && found.has(entry.pid) && !entry.ended);
}

/** Kills those that still run. */
export function endStrays(strays: readonly Stray[]): void {
  if (strays.length === 0) return;
  for (const { pid, startTime, ended } of processTable()) {
    const ours = strays.some((stray) => stray.pid === pid && stray.startTime === startTime);
    if (ours && !ended) kill(pid);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function processTable(): Entry[] {
  // LC_ALL: the start time is compared as text and must not depend on who asks.
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
  const text = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,lstart="], { encoding: "utf8", env });
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [pid, parent, state = "", ...startTime] = line.trim().split(/\s+/);
      return { pid: Number(pid), parent: Number(parent), ended: state.startsWith("Z"), startTime: startTime.join(" ") };
    });
}
