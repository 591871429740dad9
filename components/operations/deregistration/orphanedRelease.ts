import { RegistrationError } from "../../base/problems";
import { someOf } from "../../base/text";
import { generationOf, nameOfClusterWide } from "../../glooMesh/generation";
import { type HelmRelease, readRelease, readRevisions, writeUninstalled } from "../../glooMesh/helmRelease";
import { isOurs, ownershipOf } from "../../glooMesh/ownership";
import {
  findInstalled,
  isInstalledBy,
  type ManifestObject,
  objectsIn,
  ofUnknownKind,
} from "../../glooMesh/releaseManifest";
import type { KubernetesClient } from "../../kubernetes/client";
import { removeIf } from "../../kubernetes/guardedWrites";
import { type KubernetesObject, metadataOnly, paths, type Secret } from "../../kubernetes/objects";
import { type RecoverableRelease, untilQuiet } from "../preparation/releaseRecovery";
import type { OwnRelease } from "../shared/clientSecret";
import { interruptionSignal } from "../shared/interruption";
import { report } from "../shared/report";

/**
 * Removes a Helm release that Pulumi's state does not have, since a run was killed during its installation. Only one whose values carry the
 * registration's mark, or what remains of it outside a namespace that somebody deleted. CRDs stay, as with `helm uninstall`.
 */
export async function removeOrphanedRelease(client: KubernetesClient, own: RecoverableRelease): Promise<void> {
  const { namespace, releaseName } = own;
  const signal = interruptionSignal();
  const release = await untilQuiet(client, own);
  if (release && !isOurs(release, ownershipOf(own))) return;
  // With its namespace Helm's records are gone, but the release's cluster-wide objects remain, and nothing else removes them.
  if (!release && (await client.find(paths.namespace(namespace), { signal }))) return;
  // The manifest names the objects, so this needs no other rights than Helm has for the chart's kinds.
  const listed = release ? await objectsOf(release, namespace) : clusterWideOf(own);
  const isMeant = (object: KubernetesObject) => isInstalledBy(object, { namespace, name: releaseName });
  const installed = (await findInstalled(client, listed, signal)).filter(isMeant);
  for (const object of installed) {
    await removeIf(client, object.path, isMeant, { seen: object, accept: metadataOnly, signal });
  }
  const left = ofUnknownKind(listed).map(({ kind, name }) => `${kind} ${name}`);
  if (left.length > 0) {
    // The record goes, so nothing else names them.
    const of = `objects of the Helm release ${namespace}/${releaseName} of kinds that are not known here stay`;
    report(`warning: ${of}: ${someOf(left, 10)}; remove them with kubectl if they exist`);
  }
  // The newest record last: as long as it exists, the next run finds the release.
  for (const { secret } of (await readRevisions(client, namespace, releaseName, signal)).reverse()) {
    const path = paths.secret(namespace, secret.metadata.name);
    await removeIf<Secret>(client, path, ({ type }) => type === secret.type, { seen: secret, signal });
  }
  if (installed.length === 0) return;
  const origin = release ? `which an earlier run left ${release.status}` : "whose namespace somebody had deleted";
  report(`removed the Helm release ${namespace}/${releaseName}, ${origin}`);
}

/** The objects of a release; none of one that is uninstalled, whose objects Helm has removed, so that present ones are someone else's. */
function objectsOf({ status, content }: HelmRelease, namespace: string): readonly ManifestObject[] {
  return status === "uninstalled" ? [] : objectsIn(content.manifest, namespace);
}

/** The chart's objects outside of its namespace. */
function clusterWideOf({ generation, namespace }: OwnRelease): readonly ManifestObject[] {
  return generationOf(generation).clusterWide.map((object) => ({
    kind: object.kind,
    name: nameOfClusterWide(object, namespace),
    group: "rbac.authorization.k8s.io",
    namespace: "",
  }));
}

/**
 * Writes the record of a release that somebody has uninstalled: without one the Kubernetes plugin's delete would always fail, as `helm uninstall`
 * does. Throws GMR312 if the namespace is gone too, since a record has no place then.
 */
export async function replaceMissingRelease(client: KubernetesClient, own: OwnRelease): Promise<void> {
  const { namespace, releaseName } = own;
  const signal = interruptionSignal();
  if (await readRelease(client, namespace, releaseName, signal)) return;
  if (!(await client.find(paths.namespace(namespace), { signal }))) {
    throw new RegistrationError({
      code: "GMR312",
      what: `The namespace ${namespace} is gone, and with it the Helm release ${releaseName}`,
      where: client.where,
      cause:
        "somebody deleted it; the Kubernetes provider can delete a release that does not exist only after a refresh",
      next: "run: pulumi destroy --refresh, or pulumi up --refresh to recreate it",
    });
  }
  report(`the Helm release ${namespace}/${releaseName} is gone already`);
  await writeUninstalled(client, own);
}
