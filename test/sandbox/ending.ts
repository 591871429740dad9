/** What has to be undone when something ends. */
export class Ending {
  private readonly steps: (() => Promise<void>)[] = [];
  private running: Promise<void> | undefined;

  add(step: () => Promise<void>): void {
    this.steps.push(step);
  }

  /**
   * Takes all steps, the youngest first; further calls wait for the first one.
   * @throws when steps fail, after all the others have been taken.
   */
  run(): Promise<void> {
    this.running ??= this.runAll();
    return this.running;
  }

  private async runAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const step of this.steps.splice(0).reverse()) {
      await step().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw new AggregateError(errors, "not everything ended cleanly");
  }
}

/**
 * As `Promise.all`, but it does not settle before all of them have: whoever cleans up after a failure then knows of
 * everything that was started.
 */
export async function all<T extends readonly unknown[]>(
  promises: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  await Promise.allSettled(promises);
  return (await Promise.all(promises)) as unknown as T;
}
