import { someOf } from "../../base/text";
import type { Generation } from "../../glooMesh/generation";
import { type HelmRelease, readRelease } from "../../glooMesh/helmRelease";
import { describeOwner, isOurs } from "../../glooMesh/ownership";
import type { ClusterAccess } from "../../kubernetes/access";
import type { KubernetesClient } from "../../kubernetes/client";
import { kubectl } from "../../kubernetes/commands";
import { unlessRefused } from "../../kubernetes/errors";
import { metadataLists } from "../../kubernetes/namespaceContents";
import { type HelmReleaseName, helmReleaseOf, isOfRelease } from "../../kubernetes/objectManager";
import { type KubernetesObject, paths } from "../../kubernetes/objects";
import type { Finding } from "../findings/finding";
import type { PreflightRequest } from "../request";

/** The CRDs on the remote cluster, for a generation whose CRDs have a Helm release of their own. */
export interface CustomDefinitions {
  readonly release: HelmRelease | undefined;
  /** All CRDs of the cluster, metadata only; undefined where they cannot be listed. */
  readonly definitions: readonly KubernetesObject[] | undefined;
}

export async function readCustomDefinitions(
  client: KubernetesClient,
  { settings, generation, modes }: PreflightRequest,
): Promise<CustomDefinitions | undefined> {
  // Whoever installs a provided agent also installs its CRDs.
  if (!generation.crds || !modes.installAgent) return undefined;
  const [release, found] = await Promise.all([
    readRelease(client, settings.namespace.name, generation.crds.releaseName),
    unlessRefused(client.list(paths.customResourceDefinitions, { accept: metadataLists })),
  ]);
  return { release, definitions: found?.items };
}

/** Finds what Helm would refuse at the first CRD, before anything is written: GMR322, GMR323; CRDs that nobody has installed: GMR324; and what Helm would delete: GMR327. */
export function judgeCustomDefinitions(
  found: CustomDefinitions | undefined,
  where: string,
  { settings, generation, modes, ownership }: PreflightRequest,
  access: ClusterAccess,
): Finding[] {
  const { crds } = generation;
  if (!crds || !found) return [];
  const { release, definitions = [] } = found;
  const product = definitions.filter(({ metadata }) => isOfGroups(metadata.name, crds.groups));
  if (!modes.installCrds) {
    if (found.definitions === undefined || product.length > 0 || modes.selfRegistration) return [];
    return [missing(where, crds.releaseName)];
  }
  if (release && release.status !== "uninstalled" && !isOurs(release, ownership)) {
    const place = `Helm release ${settings.namespace.name}/${crds.releaseName}`;
    return [foreign(`${where}, ${place}`, describeOwner(release))];
  }
  const own = { name: crds.releaseName, namespace: settings.namespace.name };
  const isForeign = (object: KubernetesObject) => !isOfRelease(object, own);
  const isShared = ({ metadata }: KubernetesObject) => isOfGroups(metadata.name, crds.sharedGroups);
  const [others, shared] = [product.filter(isForeign), definitions.filter((one) => isShared(one) && isForeign(one))];
  return [
    ...(others.length > 0 ? [foreign(`${where}, ${namesOf(others)}`, describeHelm(others[0]))] : []),
    ...(shared.length > 0 && settings.crds.installEnterpriseCrds
      ? [sharedWithOthers(`${where}, ${namesOf(shared)}`, describeHelm(shared[0]))]
      : []),
    ...(settings.crds.installEnterpriseCrds ? [] : droppedFrom(definitions.filter(isShared), isForeign, where, access)),
  ];
}

/** The CRDs of Gloo Mesh, shared ones included, that belong to one Helm release, or to none. */
export interface OwnedDefinitions {
  readonly names: string;
  readonly release: HelmReleaseName | undefined;
  /** A clause. */
  readonly owner: string;
}

/** The CRDs of Gloo Mesh on the cluster by their owner: there are dozens. */
export function definitionsByOwner(
  { definitions = [] }: CustomDefinitions,
  { crds }: Pick<Generation, "crds">,
): readonly OwnedDefinitions[] {
  const groups = [...(crds?.groups ?? []), ...(crds?.sharedGroups ?? [])];
  const product = definitions.filter(({ metadata }) => isOfGroups(metadata.name, groups));
  return [...new Set(product.map(describeHelm))].map((owner) => {
    const owned = product.filter((one) => describeHelm(one) === owner);
    return { names: namesOf(owned), release: owned[0] && helmReleaseOf(owned[0]), owner };
  });
}

function foreign(where: string, cause: string): Finding {
  return {
    code: "GMR322",
    severity: "error",
    what: "The CRDs of Gloo Mesh on the cluster are not this registration's",
    where,
    cause: `${cause}; Helm changes only what belongs to its own release`,
    next: "set [crds.install] to false: the registration then uses these CRDs, and whoever installed them upgrades them",
  };
}

function sharedWithOthers(where: string, cause: string): Finding {
  return {
    code: "GMR323",
    severity: "error",
    what: "CRDs that Gloo Mesh shares with other products are on the cluster already",
    where,
    cause: `${cause}; Helm changes only what belongs to its own release`,
    next: "set [crds.installEnterpriseCrds] to false: the registration then leaves these CRDs to the other product",
  };
}

/** Helm's annotation of what it never deletes, read from the live object. */
const keepPolicy = { name: "helm.sh/resource-policy", value: "keep" } as const;

/** The CRDs that Helm would delete with the value, which the release had until now: GMR327. */
function droppedFrom(
  shared: readonly KubernetesObject[],
  isForeign: (object: KubernetesObject) => boolean,
  where: string,
  access: ClusterAccess,
): Finding[] {
  const dropped = shared.filter(
    (one) => !isForeign(one) && one.metadata.annotations?.[keepPolicy.name] !== keepPolicy.value,
  );
  if (dropped.length === 0) return [];
  const names = dropped.map(({ metadata }) => metadata.name);
  const keep = kubectl(access, undefined, "annotate", "crd", ...names, `${keepPolicy.name}=${keepPolicy.value}`);
  return [
    {
      code: "GMR327",
      severity: "error",
      what: "Helm would delete CRDs, and Kubernetes every custom resource of them",
      where: `${where}, ${namesOf(dropped)}`,
      cause: "[crds.installEnterpriseCrds] is false, and the registration's release of the CRDs has them",
      next: `to leave them on the cluster without a release, first: ${keep}`,
    },
  ];
}

function missing(where: string, releaseName: string): Finding {
  return {
    code: "GMR324",
    severity: "error",
    what: "The CRDs of Gloo Mesh are missing on the cluster",
    where,
    cause: "[crds.install] is false, and nobody else has installed them",
    next: `leave [crds.install] out, or install the chart ${releaseName} first`,
  };
}

/** CRDs are named `<plural>.<group>`. */
function isOfGroups(name: string, groups: readonly string[]): boolean {
  return groups.includes(name.slice(name.indexOf(".") + 1));
}

function namesOf(objects: readonly KubernetesObject[]): string {
  return someOf(
    objects.map(({ metadata }) => `CRD ${metadata.name}`),
    3,
  );
}

function describeHelm(object: KubernetesObject | undefined): string {
  const release = object && helmReleaseOf(object);
  return release ? `they belong to the Helm release ${release.namespace}/${release.name}` : "no Helm release has them";
}
