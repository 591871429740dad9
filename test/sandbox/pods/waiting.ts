import { setTimeout as delay } from "node:timers/promises";

/** Waits this long. Rejects with an AbortError as soon as the signal aborts. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal });
}

/** Waits for a promise, but not longer than this; tells whether it was settled in time. Never rejects. */
export async function settledWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  const settled = promise.then(
    () => true,
    () => true,
  );
  const late = delay(milliseconds, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([settled, late]);
  } finally {
    timer.abort();
  }
}

/**
 * The result of a promise, or an AbortError as soon as the signal aborts. For calls that cannot be cancelled themselves:
 * an API server that hangs must not keep a pod from ending.
 */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { aborted, forget } = abortion(signal);
  try {
    await Promise.race([promise, aborted]);
    signal.throwIfAborted();
    return await promise;
  } finally {
    forget();
  }
}

/** Resolves when the signal aborts; `forget` takes the listener away again. */
export function abortion(signal: AbortSignal): { aborted: Promise<void>; forget: () => void } {
  let forget: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const listener = () => resolve();
    signal.addEventListener("abort", listener, { once: true });
    forget = () => signal.removeEventListener("abort", listener);
  });
  return { aborted, forget };
}
