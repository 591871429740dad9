import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

const intervalMs = 250;
const busy = 5; // SQLITE_BUSY

/** How to wait for a lock. */
export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once when somebody else holds the lock. */
  readonly onWait?: () => void;
}

/**
 * Runs while holding an exclusive lock on this machine. It is an SQLite file because its locks are the kernel's: they go
 * with the process that held them, however it ended, and nobody has to guess whether a lock is a leftover.
 * @throws when the signal aborts while waiting.
 */
export async function withLock<T>(path: string, options: LockOptions, run: () => Promise<T>): Promise<T> {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    for (let waited = false; !tryLock(database); waited = true) {
      if (!waited) options.onWait?.();
      await delay(intervalMs, undefined, { signal: options.signal });
    }
    return await run();
  } finally {
    database.close();
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === busy) return false;
    throw error;
  }
}
