import { randomUUID } from "node:crypto";
import { RegistrationError } from "../../base/problems";
import { type HelmRelease, markIncarnation, readRelease } from "../../glooMesh/helmRelease";
import { otherMarkProblem } from "../../glooMesh/otherMark";
import { isOurs, ownershipOf } from "../../glooMesh/ownership";
import { isTakeOver, reasonIdOf } from "../../glooMesh/reasons";
import type { KubernetesClient } from "../../kubernetes/client";
import { removeIf } from "../../kubernetes/guardedWrites";
import { paths } from "../../kubernetes/objects";
import { deregister } from "../deregistration/deregister";
import { orForgotten } from "../deregistration/unreachable";
import { isAgentOfAnother, readSurroundings, refuseForeignAgent } from "../shared/agentOwner";
import { isChanged } from "../shared/changes";
import type { PreparationInputs, PreparationState } from "../shared/inputs";
import { interruptionSignal } from "../shared/interruption";
import { previousObjects } from "../shared/markedObjects";
import {
  hubOf,
  openCluster,
  openClusterAndRead,
  openClusterForRefresh,
  openClusterIfSame,
  placedElsewhere,
} from "../shared/openCluster";
import type { Operations } from "../shared/operations";
import { report } from "../shared/report";
import { scaleUp } from "./agentScale";
import { unifyFieldManagers } from "./fieldManagers";
import { addLabel, removeLabel } from "./namespaceLabel";
import { refuseAnotherHub, refuseAnotherNamespace, refuseChangedGeneration, refuseToLeaveTwo } from "./refusedChanges";
import { blocksInstallation, needsHelm, recoverRelease } from "./releaseRecovery";
import { takeOver } from "./takeOver";

/**
 * The dynamic resource that comes before all others on the remote cluster. It guards against:
 *
 * - A context that now points at another cluster: every later write and, worse, every later delete would hit the wrong one.
 * - A client certificate of an earlier registration: the agent would use it and never prove this registration.
 * - A run that was killed while Helm worked: its release blocks every later run. It is marked failed, from where Pulumi can continue whether or not
 *   its state knows the release.
 * - A release that failed: after a refresh Pulumi finds nothing to change on it, and so would never run Helm again.
 *
 * It is deleted last, and its delete is the deregistration: Pulumi retains the objects that its Kubernetes provider has created
 * (docs/decisions/0027).
 */
export const preparation: Operations<PreparationInputs, PreparationState> = {
  async create(inputs) {
    const { client, found } = await openClusterAndRead(inputs, (client) => readSurroundings(client, inputs));
    const incarnation = randomUUID();
    const present = inputs.agentProvided ? undefined : await refuseForeignAgent(client, inputs, found);
    const isTaken = isTakeOver(inputs.reason);
    if (isTaken) await takeOver(client, inputs, present);
    // The mark is a write, and what follows writes only what it has read.
    const seen =
      isTaken && !inputs.agentProvided
        ? await readRelease(client, inputs.namespace, inputs.releaseName, interruptionSignal())
        : present;
    const isExisting = seen && seen.status !== "uninstalled" && isOurs(seen, ownershipOf(inputs));
    const existing = isExisting ? seen : undefined;
    const problem = existing && otherMarkProblem(existing, [inputs.mark, inputs.takenFrom], client.where);
    if (problem) throw new RegistrationError(problem);
    // The certificate of a proven release is this registration's own, whose previous state is lost, retained or replaced. That of a release that is taken
    // over stays if it is good, which the bootstrap decides.
    const mayHaveCertificate = found.namespace !== undefined || inputs.clientSecret.namespace !== inputs.namespace;
    const isInUse = existing?.recorded || existing?.takenOver;
    const isLeftover = inputs.removeEarlierCertificate && mayHaveCertificate && !isInUse;
    const hadCertificate = isLeftover && (await removeEarlierCertificate(client, inputs));
    // A state without this resource has no release either, so Pulumi will install one: an existing release would block that.
    const isInstalled = !inputs.agentProvided;
    const recovered =
      isInstalled &&
      (await recoverReleases(
        client,
        inputs,
        blocksInstallation,
        // Whoever wrote the certificate may have installed the agent meanwhile.
        hadCertificate ? undefined : Promise.resolve(seen),
      ));
    const release = existing && (await readRelease(client, inputs.namespace, inputs.releaseName, interruptionSignal()));
    if (release) await markIncarnation(client, release, incarnation);
    const labelAdded = inputs.labelNamespace && (await addLabel(client, inputs.namespace));
    const id = `${inputs.remoteIdentity}/${inputs.namespace}/${inputs.releaseName}`;
    return { id, outs: { ...inputs, recoveries: recovered ? 1 : 0, incarnation, previous: [], labelAdded } };
  },

  async diff(_id, olds, news) {
    if (olds.isElsewhere) return { changes: true, replaces: ["remoteIdentity"] };
    refuseChangedGeneration(olds, news);
    refuseAnotherHub(olds, news);
    const elsewhere = placedElsewhere(olds, news);
    if (elsewhere?.replaces) refuseToLeaveTwo(olds, news);
    if (elsewhere) return elsewhere;
    refuseAnotherNamespace(olds, news);
    // The old one is deleted at the end of the run, and removes the KubernetesCluster from the previous management cluster.
    if (olds.managementIdentity !== news.managementIdentity) return { changes: true, replaces: ["managementIdentity"] };
    // The argument is no input where it is not set.
    return { changes: isChanged(olds, news) || olds.leaveRunning !== news.leaveRunning };
  },

  async update(_id, olds, news) {
    const client = await openCluster(news);
    // From the state and from the aliases.
    const previousMarks = [...(olds.formerMarks ?? []), olds.mark, ...(news.formerMarks ?? [])];
    const formerMarks = withoutPresent(previousMarks, news.mark);
    const repaired = reasonIdOf(news.reason);
    if (isTakeOver(news.reason)) await takeOver(client, { ...news, formerMarks });
    if (repaired === "agent-scaled-to-zero" || repaired === "release-edited") await scaleUp(client, news);
    // For an edited agent nothing blocks Helm, but Helm must run.
    const recovered =
      !news.agentProvided &&
      ((await recoverReleases(client, { ...news, formerMarks }, needsHelm)) || repaired === "release-edited");
    if (olds.mark !== news.mark) await unifyFieldManagers(client, { ...news, formerMarks });
    const labelAdded = await syncLabel(client, olds, news);
    const recoveries = olds.recoveries + (recovered ? 1 : 0);
    const { incarnation = randomUUID() } = olds;
    const previous = previousObjects(olds, news);
    return { outs: { ...news, recoveries, incarnation, previous, labelAdded, formerMarks } };
  },

  async read(id, props) {
    // It stays in the state: its delete deregisters what can be reached. If a context now points at another cluster, the next run registers that one.
    const hub = await orForgotten(openClusterIfSame(hubOf(props)).then((client) => ({ client })));
    const remote = await orForgotten(openClusterForRefresh(props).then((client) => ({ client })));
    const isElsewhere = [hub, remote].some((reached) => reached !== undefined && reached.client === undefined);
    const { isElsewhere: _, ...state } = props;
    return { id, props: isElsewhere ? { ...state, isElsewhere } : state };
  },

  async delete(_id, props) {
    await deregister(props);
  },
};

/** Clears the release of the agent and that of its CRDs; returns whether Helm must run again. */
async function recoverReleases(
  client: KubernetesClient,
  inputs: PreparationInputs,
  isObstacle: typeof needsHelm,
  /** The release of the agent, if it has been read. */
  seen?: Promise<HelmRelease | undefined>,
): Promise<boolean> {
  const { crdsReleaseName } = inputs;
  const crds =
    crdsReleaseName !== undefined &&
    (await recoverRelease(client, { ...inputs, releaseName: crdsReleaseName }, isObstacle));
  return (await recoverRelease(client, inputs, isObstacle, seen)) || crds;
}

/** Adds or removes the label as the inputs say; returns whether this registration has set it. */
async function syncLabel(client: KubernetesClient, olds: PreparationState, news: PreparationInputs): Promise<boolean> {
  if (news.labelNamespace) return (await addLabel(client, news.namespace)) || olds.labelAdded === true;
  if (olds.labelAdded) await removeLabel(client, olds.namespace);
  return false;
}

/** The previous values, each once, without the present one. */
function withoutPresent(previous: readonly string[], present: string): string[] {
  return [...new Set(previous)].filter((one) => one !== present);
}

/** Removes the certificate of an earlier registration, unless another agent uses it; returns whether there was one. */
async function removeEarlierCertificate(client: KubernetesClient, inputs: PreparationInputs): Promise<boolean> {
  const { namespace, name } = inputs.clientSecret;
  let isFound = false;
  const isMeant = async () => {
    isFound = true;
    return !(await isAgentOfAnother(client, inputs, false));
  };
  if (await removeIf(client, paths.secret(namespace, name), isMeant, { signal: interruptionSignal() })) {
    report(`removed the client certificate of an earlier registration (${namespace}/${name})`);
  }
  return isFound;
}
