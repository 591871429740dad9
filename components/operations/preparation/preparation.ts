import type { Problem } from "../../base/problems";
import type { KubernetesClient } from "../../kubernetes/client";
import { paths } from "../../kubernetes/objects";
import { removeIf } from "../../kubernetes/removal";
import { deregister } from "../deregistration/deregister";
import { reportLeftOnHub, reportLeftOnRemote } from "../deregistration/leftBehindReport";
import { orForgotten } from "../deregistration/unreachable";
import { isAgentOfAnother, refuseForeignAgent } from "../shared/agentOwner";
import { isChanged } from "../shared/changes";
import type { PreparationInputs, PreparationState } from "../shared/inputs";
import { interruptionSignal } from "../shared/interruption";
import { hubOf, openCluster, openClusterForRefresh, openClusterIfSame, placedElsewhere } from "../shared/openCluster";
import type { Operations } from "../shared/operations";
import { report } from "../shared/report";
import { addLabel, removeLabel } from "./namespaceLabel";
import { refuseAnotherHub, refuseAnotherNamespace, refusePreviousName } from "./refusedChanges";
import { blocksInstallation, needsHelm, recoverRelease } from "./releaseRecovery";

/**
 * The dynamic resource that comes before all others on the remote cluster. It guards against:
 *
 * - A context that now points at another cluster: every later write and, worse, every later delete would hit the wrong one.
 * - A client certificate of an earlier registration: the agent would use it and never prove this registration.
 * - A run that was killed while Helm worked: its release blocks every later run. It is marked failed, from where Pulumi can continue whether or not
 *   its state knows the release.
 * - A release that failed: after a refresh Pulumi finds nothing to change on it, and so would never run Helm again.
 */
export const preparation: Operations<PreparationInputs, PreparationState> = {
  async create(inputs) {
    const client = await openCluster(inputs);
    await refuseForeignAgent(client, inputs);
    if (inputs.removeEarlierCertificate) await removeEarlierCertificate(client, inputs);
    // A state without this resource has no release either, so Pulumi will install one: an existing release would block that.
    const recovered = await recoverRelease(client, inputs, blocksInstallation);
    const labelAdded = inputs.labelNamespace && (await addLabel(client, inputs.namespace));
    const id = `${inputs.remoteIdentity}/${inputs.namespace}/${inputs.releaseName}`;
    return { id, outs: { ...inputs, recoveries: recovered ? 1 : 0, labelAdded } };
  },

  async diff(_id, olds, news) {
    refuseAnotherHub(olds, news);
    const elsewhere = placedElsewhere(olds, news);
    if (elsewhere) return elsewhere;
    refuseAnotherNamespace(olds, news);
    refusePreviousName(olds, news);
    return { changes: isChanged(olds, news) };
  },

  async update(_id, olds, news) {
    const client = await openCluster(news);
    // From the state and from the aliases.
    const previousMarks = [...(olds.formerMarks ?? []), olds.mark, ...(news.formerMarks ?? [])];
    const formerMarks = withoutPresent(previousMarks, news.mark);
    const recovered = await recoverRelease(client, { ...news, formerMarks }, needsHelm);
    const labelAdded = await syncLabel(client, olds, news);
    const formerNames = withoutPresent([...(olds.formerNames ?? []), olds.clusterName], news.clusterName);
    const recoveries = olds.recoveries + (recovered ? 1 : 0);
    return { outs: { ...news, recoveries, labelAdded, formerNames, formerMarks } };
  },

  async read(id, props) {
    // If a context now points at another cluster, the resource counts as gone: the next run registers that cluster and deletes nothing.
    let hubProblem: Problem | undefined;
    const hub = await orForgotten(openClusterIfSame(hubOf(props)), (problem) => {
      hubProblem = problem;
    });
    // An unreachable management cluster that may be left behind counts as the same one: the remote cluster is still to be deregistered.
    if (!hub && !hubProblem) return {};
    const client = await orForgotten(openClusterForRefresh(props), async (problem) => {
      if (hubProblem) await reportLeftOnHub(props, hubProblem);
      await reportLeftOnRemote(props, problem);
    });
    return client ? { id, props } : {};
  },

  async delete(_id, props) {
    await deregister(props);
  },
};

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

async function removeEarlierCertificate(client: KubernetesClient, inputs: PreparationInputs): Promise<void> {
  const { namespace, name } = inputs.clientSecret;
  const isMeant = async () => !(await isAgentOfAnother(client, inputs, false));
  if (await removeIf(client, paths.secret(namespace, name), isMeant, { signal: interruptionSignal() })) {
    report(`removed the client certificate of an earlier registration (${namespace}/${name})`);
  }
}
