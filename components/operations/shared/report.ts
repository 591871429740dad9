/** Reports a line to the user: Pulumi shows the output of the provider process as a message of the run. */
export function report(line: string): void {
  console.log(line);
}

/** Waits some seconds; throws the signal's reason as soon as it aborts. */
export function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, Math.max(0, seconds) * 1000);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
