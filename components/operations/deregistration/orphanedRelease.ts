import { RegistrationError } from "../../base/problems";
import { readRelease, revisionByName, writeUninstalled } from "../../glooMesh/helmRelease";
import { isOurs, ownershipOf } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import { type FoundObject, listClusterRights, listContents } from "../../kubernetes/namespaceContents";
import { type KubernetesObject, metadataOnly, paths } from "../../kubernetes/objects";
import { removeIf } from "../../kubernetes/removal";
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
  const [contents, rights] = await Promise.all([
    listContents(client, namespace, signal),
    listClusterRights(client, signal),
  ]);
  const installed = [...contents, ...rights].filter((object) => isOfRelease(object, own));
  const records = contents.filter((object) => isRecord(object, own));
  for (const object of [...installed, ...records]) {
    const isMeant = ({ metadata }: KubernetesObject) =>
      isOfRelease({ ...object, metadata }, own) || isRecord({ ...object, metadata }, own);
    await removeIf(client, object.path, isMeant, { seen: object, accept: metadataOnly, signal });
  }
  if (installed.length === 0) return;
  const origin = release ? `which an earlier run left ${release.status}` : "whose namespace somebody had deleted";
  report(`removed the Helm release ${namespace}/${releaseName}, ${origin}`);
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

/** Helm annotates each object with its release (helm 3, pkg/action/validate.go). */
function isOfRelease({ metadata }: FoundObject, { namespace, releaseName }: OwnRelease): boolean {
  const { annotations = {} } = metadata;
  return (
    annotations["meta.helm.sh/release-name"] === releaseName &&
    annotations["meta.helm.sh/release-namespace"] === namespace
  );
}

function isRecord({ kind, metadata }: FoundObject, { releaseName }: OwnRelease): boolean {
  return kind === "Secret" && metadata.labels?.["owner"] === "helm" && revisionByName(metadata.name, releaseName) > 0;
}
