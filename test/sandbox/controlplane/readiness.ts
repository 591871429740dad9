import { setTimeout as delay } from "node:timers/promises";
import type { ManagedProcess } from "../processes";

const intervalMs = 50;

/** What is waited for: a look that resolves with undefined once all is well, else with what is still missing. */
export type Look = () => Promise<string | undefined>;

/**
 * Looks until all is well.
 * @throws when a process that it depends on has ended, or after the limit; the error carries what was missing and the end of its log.
 */
export async function untilReady(what: string, on: ManagedProcess, limitSeconds: number, look: Look): Promise<void> {
  const deadline = performance.now() + limitSeconds * 1000;
  for (;;) {
    const missing = await look();
    if (missing === undefined) return;
    if (!on.running) {
      const { code, signal } = await on.exited;
      throw new Error(`${what} has ended with ${signal ?? `exit code ${code}`}\n${await on.tail()}`);
    }
    if (performance.now() > deadline) {
      throw new Error(`${what} is not ready after ${limitSeconds} s: ${missing}\n${await on.tail()}`);
    }
    await delay(intervalMs);
  }
}
