// @pulumi/pulumi, output.ts: what every Output has, and its types keep to themselves.

/** Whether a preview knows the value of an Output already. */
export function isKnownOutput(output: object): Promise<boolean> {
  return (output as { readonly isKnown: Promise<boolean> }).isKnown;
}

/** `apply` that runs for a value that is not known yet, or in part alone, as well. Returns an Output. */
export function applyWithUnknowns(output: object, func: (value: unknown) => unknown): unknown {
  return (output as { apply(func: (value: unknown) => unknown, runWithUnknowns: boolean): unknown }).apply(func, true);
}
