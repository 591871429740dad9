import type { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import type { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import type { Secret } from "@pulumi/kubernetes/core/v1/secret";
import type { Release } from "@pulumi/kubernetes/helm/v3/release";
import * as pulumi from "@pulumi/pulumi";
import { factsOfResource } from "../base/internals/resourceInternals";
import { valueAt } from "../base/json";
import type { Problem } from "../base/problems";
import { registrationAnnotation, releaseMarkValue } from "../glooMesh/ownership";
import type { RegistrationContext } from "./context";
import { RegistrationResourceError } from "./resourceError";
import { knownPart } from "./unknownOutputs";

/** Objects that carry the registration's mark in their annotations. */
export type Annotated = Namespace | Secret | CustomResource;

/**
 * Fails with GMR321 if a child has lost the registration's mark, in the preview already. The engine applies the transforms of the program after all that
 * this package says about a child; one that replaces the annotations takes the mark off, and then `destroy` would leave the object.
 */
export function requireMarks(
  registration: RegistrationContext,
  objects: readonly Annotated[],
  releases: readonly Release[],
): void {
  for (const object of objects) requireMark(registration, object, object.metadata, markPaths.object);
  for (const release of releases) requireMark(registration, release, release.values, markPaths.release);
}

/** Where the mark is: in the metadata of an object, in the values of a release. */
export const markPaths = {
  object: ["annotations", registrationAnnotation],
  release: ["global", releaseMarkValue],
} as const;

function requireMark(
  { parent, ownership }: RegistrationContext,
  child: Annotated | Release,
  given: pulumi.Output<unknown>,
  path: readonly string[],
): void {
  pulumi.all([knownPart(given), ownership]).apply(([{ value, unknown }, { accepted }]) => {
    // A run with `--target` does not change the mark of what it leaves out.
    if (unknown.some((one) => path.join(".").startsWith(one))) return;
    const problem = lostMarkProblem(factsOfResource(child).name, value, path, accepted);
    if (problem) throw new RegistrationResourceError([problem], parent);
  });
}

/** The problem of a child whose metadata or values have none of the accepted marks at this path. */
export function lostMarkProblem(
  name: string,
  given: unknown,
  path: readonly string[],
  accepted: readonly string[],
): Problem | undefined {
  if (accepted.includes(String(valueAt(given, ...path)))) return undefined;
  const [map = ""] = path;
  return {
    code: "GMR321",
    what: `The resource ${name} has lost the mark of its registration`,
    where: path.join("."),
    cause: `a transform of the program replaces ${map}; pulumi destroy would leave what carries no mark`,
    next: `let the transform keep what it gets, as in ${map}: { ...given.${map}, own: "value" }`,
  };
}
