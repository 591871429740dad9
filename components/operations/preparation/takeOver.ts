import { type HelmRelease, markRelease, readRelease } from "../../glooMesh/helmRelease";
import { fieldManagerOf } from "../../glooMesh/mark";
import { isToTakeOver, type Ownership, ownershipOf, registrationAnnotation } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import { patchIf } from "../../kubernetes/guardedWrites";
import { type KubernetesObject, metadataOnly, samePlace } from "../../kubernetes/objects";
import type { PreparationInputs } from "../shared/inputs";
import { interruptionSignal } from "../shared/interruption";
import { hubOf, openCluster } from "../shared/openCluster";
import { report } from "../shared/report";
import { declaredObjects, takenOverFields } from "./fieldManagers";

/**
 * Takes over what the checks found (docs/decisions/0033): writes the mark on the objects, and on the records of the releases. From there on they are this
 * registration's, and the run continues as one whose state was lost. A killed run is resumed by the next one, since each write can be repeated.
 */
export async function takeOver(
  remote: KubernetesClient,
  inputs: PreparationInputs,
  /** The release of the agent, if it has been read. */
  seen?: HelmRelease,
): Promise<void> {
  const { mark, namespace, releaseName, crdsReleaseName, takenFrom } = inputs;
  const taking: Ownership = { ...ownershipOf(inputs), takesOver: true, takesFrom: takenFrom };
  const patchFor = (found: KubernetesObject) => {
    if (!isToTakeOver(found, taking)) return undefined;
    const managedFields = takenOverFields(found.metadata.managedFields ?? [], fieldManagerOf(mark));
    return { annotations: { [registrationAnnotation]: mark }, managedFields };
  };
  const hub = await openCluster(hubOf(inputs));
  for (const { client, path, isKubernetesCluster } of declaredObjects(remote, hub, withoutClientSecret(inputs))) {
    if (isKubernetesCluster && inputs.kubernetesClusterProvided) continue;
    const isTaken = await patchIf(client, path, patchFor, { accept: metadataOnly, signal: interruptionSignal() });
    if (isTaken) report(`took ${path.split("/").slice(-2).join(" ")} over`);
  }
  for (const name of [releaseName, ...(crdsReleaseName === undefined ? [] : [crdsReleaseName])]) {
    const isSeen = seen !== undefined && name === releaseName;
    const release = isSeen ? seen : await readRelease(remote, namespace, name, interruptionSignal());
    if (!release || release.status === "uninstalled" || !isToTakeOver(release, taking)) continue;
    await markRelease(remote, release, mark);
    report(`took the Helm release ${namespace}/${name} over (revision ${release.revision}, ${release.status})`);
  }
}

/** Without the client certificate's Secret, which the agent writes, and which carries no mark. */
function withoutClientSecret({ clientSecret, ...inputs }: PreparationInputs): PreparationInputs {
  return { ...inputs, clientSecret, secrets: inputs.secrets.filter((place) => !samePlace(place, clientSecret)) };
}
