import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, dirname } from "node:path";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import type { Sandbox } from "../../sandbox/sandbox";
import type { PulumiWorkspace } from "../../sandbox/workspace";

/** How an npm script ended. */
export interface NpmResult {
  readonly exitCode: number | null;
  readonly output: string;
}

/** A script of package.json that runs, as a pipeline runs it. */
export interface NpmRun {
  readonly result: Promise<NpmResult>;
  /** Resolves when the output so far matches; rejects when the script has ended without that. */
  untilOutput(pattern: RegExp): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

/** Runs `npm run <script> -- <args>` in this repository, with the Pulumi of a stack on a sandbox. */
export function npmRun(sandbox: Sandbox, stack: PulumiWorkspace, script: string, args: readonly string[]): NpmRun {
  const path = [dirname(process.execPath), stack.env["PATH"] ?? ""].join(delimiter);
  const child = spawn("npm", ["run", "--silent", script, "--", ...args], {
    cwd: repositoryRoot(),
    env: { ...stack.env, PATH: path, PULUMI_DEBUG_COMMANDS: undefined },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  sandbox.processes.guard(child);
  let output = "";
  const listeners = new Set<() => void>();
  const notify = () => {
    for (const listener of listeners) listener();
    listeners.clear();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      notify();
    });
  }
  const result = once(child, "close").then(([exitCode]) => ({ exitCode: exitCode as number | null, output }));
  return {
    result,
    signal: (signal) => void child.kill(signal),
    untilOutput: async (pattern) => {
      let ended = false;
      void result.finally(() => {
        ended = true;
        notify();
      });
      while (!pattern.test(output)) {
        if (ended) throw new Error(`npm run ${script} has ended without printing ${pattern}:\n${output}`);
        await new Promise<void>((resolve) => listeners.add(resolve));
      }
    },
  };
}
