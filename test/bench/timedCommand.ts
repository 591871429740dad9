import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TimedLine } from "../sandbox/demoRun";
import type { Processes } from "../sandbox/processes";
import { ProcessWatch, type Usage } from "./processWatch";

/** What to run. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly processes: Processes;
  /** Whether memory and processor time are followed; that costs a little time itself. */
  readonly watch?: boolean;
}

export interface TimedRun {
  /** Milliseconds since 1970, when it was started. */
  readonly began: number;
  readonly milliseconds: number;
  readonly lines: readonly TimedLine[];
  readonly output: string;
  readonly exitCode: number | null;
  readonly usage: readonly Usage[];
}

/** Runs a command to its end. @throws unless it succeeds: a failed run is no measurement. */
export async function timed({ command, args, env, cwd, processes, watch = false }: Command): Promise<TimedRun> {
  const began = Date.now();
  const clock = performance.now();
  const child = spawn(command, args, { env, cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  processes.guard(child);
  const watching = watch && child.pid !== undefined ? new ProcessWatch(child.pid) : undefined;
  const ended = once(child, "exit") as Promise<[number | null]>;
  const lines: TimedLine[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (text) => lines.push({ text, at: performance.now() - clock }));
  }
  const read = [child.stdout, child.stderr].map((stream) => once(stream, "close"));
  const [exitCode] = await ended;
  const milliseconds = performance.now() - clock;
  const usage = watching?.stop() ?? [];
  await Promise.all(read);
  const output = lines.map(({ text }) => text).join("\n");
  if (exitCode !== 0) throw new Error(`${command} ${args.slice(0, 2).join(" ")} ended with ${exitCode}:\n${output}`);
  return { began, milliseconds, lines, output, exitCode, usage };
}
