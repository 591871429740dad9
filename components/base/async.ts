/**
 * Registrations whose checks run at the same time in one program. Each has some twenty requests open at most; more of them would make one
 * another wait, and with hundreds of clusters run into the limits of requests.
 */
export const checksAtOnce = 10;

let running = 0;
const waiting: (() => void)[] = [];

/** Runs the checks of a registration when it is their turn; the first that comes is the first to run. */
export async function limitChecks<T>(checks: () => Promise<T>): Promise<T> {
  if (running >= checksAtOnce) await new Promise<void>((proceed) => waiting.push(proceed));
  else running += 1;
  try {
    return await checks();
  } finally {
    // The turn is handed on, so that nobody who comes in between takes it.
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
