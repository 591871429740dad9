// @pulumi/pulumi, output.ts: members of every Output that its types do not declare.

/** Whether the value of an Output is known; in a preview it may not be. */
export function isKnownOutput(output: object): Promise<boolean> {
  return (output as { readonly isKnown: Promise<boolean> }).isKnown;
}

/** `apply` that runs for unknown and partly unknown values, too. Returns an Output. */
export function applyWithUnknowns(output: object, func: (value: unknown) => unknown): unknown {
  return (output as { apply(func: (value: unknown) => unknown, runWithUnknowns: boolean): unknown }).apply(func, true);
}

/** The value of an Output; undefined if it cannot have one, since it failed, or a preview does not know it. */
export async function settled<T>(output: { apply(func: (value: T) => void): unknown }): Promise<T | undefined> {
  const { promise } = output as unknown as { promise(): Promise<T | undefined> };
  return promise.call(output).catch(() => undefined);
}
