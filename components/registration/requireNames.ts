import type { Release } from "@pulumi/kubernetes/helm/v3/release";
import * as pulumi from "@pulumi/pulumi";
import { factsOfResource } from "../base/internals/resourceInternals";
import { valueAt } from "../base/json";
import type { Problem } from "../base/problems";
import type { Settings } from "../glooMesh/settings";
import type { RegistrationContext } from "./context";
import type { Preparation } from "./dynamicResources";
import type { Annotated } from "./requireMarks";
import { RegistrationResourceError } from "./resourceError";
import { knownPart } from "./unknownOutputs";

/** The names by which a registration finds its objects, as this run declares them or as the state has them. */
interface DeclaredNames extends Pick<Settings, "clusterName" | "managementNamespace"> {
  readonly namespace: string;
  readonly releaseName: string;
  readonly crdsReleaseName?: string | undefined;
  readonly secrets: readonly { readonly namespace: string; readonly name: string }[];
}

/**
 * Fails with GMR326 if a child has another name or namespace than the registration declares, in the preview already. Only a transform of the program does
 * that. The other children name the object as it was declared, so the agent would not find it, and `destroy` would leave it.
 */
export function requireNames(
  registration: RegistrationContext,
  preparation: Preparation,
  objects: readonly Annotated[],
  releases: readonly Release[],
): void {
  for (const object of objects) requireName(registration, preparation, object, object.metadata);
  for (const release of releases)
    requireName(registration, preparation, release, pulumi.all([release.name, release.namespace]).apply(named));
}

function requireName(
  registration: RegistrationContext,
  preparation: Preparation,
  child: Annotated | Release,
  given: pulumi.Output<unknown>,
): void {
  pulumi.all([knownPart(given), declaredPlaces(registration, preparation)]).apply(([{ value }, places]) => {
    const problem = renamedProblem(factsOfResource(child).name, value, places);
    if (problem) throw new RegistrationResourceError([problem], registration.parent);
  });
}

/** Where the objects of a registration may be. */
export function declaredPlaces(
  { generation, settings }: RegistrationContext,
  preparation: Preparation,
): pulumi.Output<readonly string[]> {
  const { namespace, clusterName, managementNamespace, releaseName, secrets } = preparation;
  // With `--target` the engine leaves children, and the preparation with them, as the state has them.
  const recorded = pulumi.output({ namespace, clusterName, managementNamespace, releaseName, secrets });
  return pulumi.all([settings, knownPart(recorded)]).apply(([declared, { value: state }]) => {
    const { rootCertificate, token } = declared;
    const now: DeclaredNames = {
      ...declared,
      namespace: declared.namespace.name,
      releaseName: declared.agent.releaseName,
      crdsReleaseName: generation.crds?.releaseName,
      secrets: [rootCertificate.secret, token.secret],
    };
    return [...placesOf(now), ...placesOf(state as Partial<DeclaredNames>)];
  });
}

/** The problem of a child whose metadata, or the inputs of whose release, name another place than these. */
export function renamedProblem(name: string, given: unknown, places: readonly string[]): Problem | undefined {
  const place = placeOf(given);
  if (place === undefined || places.includes(place)) return undefined;
  return {
    code: "GMR326",
    what: `The resource ${name} has a name that the registration does not declare`,
    where: place,
    cause:
      "a transform of the program changes its name or namespace; nothing else of the registration would find it there",
    next: "let the transform leave name and namespace as they are; the arguments of the registration name its objects",
  };
}

/** `namespace/name`, or the name alone; undefined while a preview does not know it. */
function placeOf(metadata: unknown): string | undefined {
  const name = valueAt(metadata, "name");
  const namespace = valueAt(metadata, "namespace");
  if (typeof name !== "string") return undefined;
  return typeof namespace === "string" ? `${namespace}/${name}` : name;
}

function placesOf({
  namespace,
  clusterName,
  managementNamespace,
  releaseName,
  crdsReleaseName,
  secrets = [],
}: Partial<DeclaredNames>): string[] {
  return [
    `${namespace}`,
    `${managementNamespace}/${clusterName}`,
    `${namespace}/${releaseName}`,
    `${namespace}/${crdsReleaseName}`,
    ...secrets.map((secret) => `${secret.namespace}/${secret.name}`),
  ];
}

function named([name, namespace]: readonly [string, string]): object {
  return { name, namespace };
}
