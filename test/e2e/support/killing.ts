import { descendants } from "../../sandbox/processes";
import type { PulumiRun } from "../../sandbox/workspace";
import { textOf } from "./runs";

/** Kills the command and everything it has started, as a lost machine would. */
export async function killWithPlugins(run: PulumiRun): Promise<void> {
  const plugins = run.pid === undefined ? [] : descendants(run.pid);
  const killed = run.kill();
  for (const { pid } of plugins) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
  await killed;
}

/** Resolves when the event is there. @throws when the run ends before it, with what it said. */
export async function duringRun<T>(run: PulumiRun, event: Promise<T>): Promise<T> {
  const over = run.result.then((result): never => {
    throw new Error(`the run ended too early: ${textOf(result)}`);
  });
  over.catch(() => undefined);
  return Promise.race([event, over]);
}
