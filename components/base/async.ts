/** Makes a function that runs pieces of work in the order in which they arrive, at most `most` of them at the same time. */
export function limiter(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((proceed) => waiting.push(proceed));
    else running += 1;
    try {
      return await work();
    } finally {
      // The free slot passes directly to the next in line, so that no later caller can take it.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

/** Waits until all work has ended, so that nothing runs on after an error; then throws the first one. */
export async function allEnded(work: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) {
    if (result.status === "rejected") throw result.reason;
  }
}

/** Keeps Node from reporting an unhandled rejection before the callers await the promise. */
export function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
