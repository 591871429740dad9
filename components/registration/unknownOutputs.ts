import * as pulumi from "@pulumi/pulumi";
import { applyWithUnknowns, isKnownOutput } from "../base/internals/outputInternals";

/** What a preview knows of a value. */
export interface KnownPart {
  /** Without what is not known yet; in a run the whole value. */
  readonly value: unknown;
  /** Paths of what is not known yet, such as `relay.port`; an empty path is the whole value. */
  readonly unknown: readonly string[];
}

/**
 * Takes a value apart that may be known in part alone, such as a map with the output of a resource that is yet to be made. Secret as the
 * value is.
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

/** Stands in for a value that a preview does not know yet; in a run the value itself. */
export function knownInPreview<T>(value: pulumi.Output<T>, standIn: T): pulumi.Output<T> {
  if (!pulumi.runtime.isDryRun()) return value;
  return pulumi.output(
    isKnownOutput(value).then((known) => (known ? value : pulumi.output(standIn))),
  ) as pulumi.Output<T>;
}
