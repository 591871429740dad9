import * as pulumi from "@pulumi/pulumi";
import { applyWithUnknowns, isKnownOutput } from "../base/internals/outputInternals";

/** The part of a value that a preview knows. */
export interface KnownPart {
  /** The value without its unknown parts; in an `up` the whole value. */
  readonly value: unknown;
  /** Paths of the unknown parts, such as `relay.port`; an empty path is the whole value. */
  readonly unknown: readonly string[];
}

/**
 * The known part of a value, such as of a map with the output of a resource that does not exist yet. It is a secret if the value
 * is one.
 */
export function knownPart(value: pulumi.Output<unknown>): pulumi.Output<KnownPart> {
  return applyWithUnknowns(value, (found): KnownPart => {
    const unknown: string[] = [];
    return { value: withoutUnknown(found, "", unknown), unknown };
  }) as pulumi.Output<KnownPart>;
}

/** A list counts as one value. */
function withoutUnknown(value: unknown, path: string, unknown: string[]): unknown {
  if (!pulumi.containsUnknowns(value)) return value;
  if (pulumi.isUnknown(value) || Array.isArray(value)) {
    unknown.push(path);
    return undefined;
  }
  const parts = Object.entries(value as object).map(([key, part]) => [
    key,
    withoutUnknown(part, path === "" ? key : `${path}.${key}`, unknown),
  ]);
  return Object.fromEntries(parts);
}

/** The value, or `standIn` while a preview does not know it. */
export function knownInPreview<T>(value: pulumi.Output<T>, standIn: pulumi.Input<T>): pulumi.Output<T> {
  if (!pulumi.runtime.isDryRun()) return value;
  return pulumi.output(
    isKnownOutput(value).then((known) => (known ? value : pulumi.output(standIn))),
  ) as pulumi.Output<T>;
}
