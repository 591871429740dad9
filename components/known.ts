import * as pulumi from "@pulumi/pulumi";

/** Whether a preview knows the value already. Every Output has `isKnown` (@pulumi/pulumi, output.ts), but its types keep it to themselves. */
export function isKnown(value: pulumi.Output<unknown>): Promise<boolean> {
  return (value as unknown as { readonly isKnown: Promise<boolean> }).isKnown;
}

/** Stands in for a value that a preview does not know yet; in a run the value itself. */
export function knownInPreview<T>(value: pulumi.Output<T>, standIn: T): pulumi.Output<T> {
  if (!pulumi.runtime.isDryRun()) return value;
  return pulumi.output(isKnown(value).then((known) => (known ? value : pulumi.output(standIn)))) as pulumi.Output<T>;
}
