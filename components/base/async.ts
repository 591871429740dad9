/** Runs work when it is its turn: the first that comes is the first to run. */
export type Limiter = <T>(work: () => Promise<T>) => Promise<T>;

/** At most `most` pieces of work run at the same time. */
export function limiter(most: number): Limiter {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((proceed) => waiting.push(proceed));
    else running += 1;
    try {
      return await work();
    } finally {
      // The turn is handed on, so that nobody who comes in between takes it.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

/** Keeps Node from calling a rejection unhandled that those who ask meet a moment later. */
export function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
