import type { Generation } from "../generation";
import type { ClusterAccess } from "../kubernetes/access";
import { KubernetesClient } from "../kubernetes/client";
import {
  findLatestRevision,
  isPending,
  markFailed,
  ownerOfRevision,
  type ReleaseRevision,
} from "../kubernetes/helmRelease";
import { paths } from "../kubernetes/objects";
import { RegistrationError } from "../problems";
import type { SecretPlace } from "../settings";
import { interruptionSignal } from "./interruption";
import type { Operations } from "./operations";
import {
  anotherCluster,
  isUnknown,
  openRemote,
  openRemoteForRefresh,
  openRemoteIfSame,
  placedElsewhere,
  removeIfPresent,
  sameAccess,
} from "./remoteCluster";
import { pause, report } from "./report";

export interface PreparationInputs {
  readonly management: ClusterAccess;
  readonly managementIdentity: string;
  readonly remote: ClusterAccess;
  readonly remoteIdentity: string;
  readonly clusterName: string;
  readonly namespace: string;
  readonly releaseName: string;
  readonly clientSecret: SecretPlace;
  readonly kubernetesCluster: Generation["kubernetesCluster"];
  readonly managementNamespace: string;
  readonly mark: string;
  /** Whether a client certificate that is there before the registration is removed. */
  readonly removeEarlierCertificate: boolean;
  /** Seconds of quiet after which an unfinished Helm operation counts as abandoned. */
  readonly abandonedAfterSeconds: number;
  /** Raised when these operations change in a way that existing registrations must follow. */
  readonly revision: number;
}

export interface PreparationState extends PreparationInputs {
  readonly recoveries: number;
  /** The names before the present one. The KubernetesCluster of such a name goes at the end of the run that proves the next one. */
  readonly formerNames?: readonly string[];
}

/**
 * Runs before everything else on the remote cluster. What it guards against:
 *
 * - The context has come to mean another cluster: every later write and, worse, every later delete would hit the wrong one.
 * - A client certificate of an earlier registration: the agent would use it and never prove this registration.
 * - A run that was killed while Helm worked: the release blocks every later run. It is marked failed, from where Pulumi goes on,
 *   whether or not its state knows the release.
 */
export const preparation: Operations<PreparationInputs, PreparationState> = {
  async create(inputs) {
    const signal = interruptionSignal();
    const client = await openRemote(inputs, signal);
    if (inputs.removeEarlierCertificate) await removeEarlierCertificate(client, inputs, signal);
    // Without this resource in the state there is no release in it either: one that is there would be installed over.
    const recovered = await recoverRelease(client, inputs, signal, isThere);
    const id = `${inputs.remoteIdentity}/${inputs.namespace}/${inputs.releaseName}`;
    return { id, outs: { ...inputs, recoveries: recovered ? 1 : 0 } };
  },

  async diff(_id, olds, news) {
    refuseAnotherHub(olds, news);
    const elsewhere = placedElsewhere(olds, news);
    if (elsewhere) return elsewhere;
    if (olds.namespace !== news.namespace) throw cannotBeMoved(olds, news);
    await refuseFormerName(olds, news);
    if (JSON.stringify(inputsOf(olds, news)) !== JSON.stringify(news)) return { changes: true };
    const client = await openRemote(news, interruptionSignal());
    return { changes: (await findObstacle(client, news, isUnfinished)) !== undefined };
  },

  async update(_id, olds, news) {
    const signal = interruptionSignal();
    const client = await openRemote(news, signal);
    const recovered = await recoverRelease(client, news, signal, isUnfinished);
    const former = new Set([...(olds.formerNames ?? []), olds.clusterName]);
    former.delete(news.clusterName);
    return { outs: { ...news, recoveries: olds.recoveries + (recovered ? 1 : 0), formerNames: [...former] } };
  },

  async read(id, props) {
    // Gone, when one of the clusters is another one: then the next run begins anew there and deletes nothing.
    const hub = { remote: props.management, remoteIdentity: props.managementIdentity };
    if (!(await openRemoteIfSame(hub, interruptionSignal()))) return {};
    return (await openRemoteForRefresh(props, interruptionSignal())) ? { id, props } : {};
  },

  async delete() {
    // It leaves nothing behind that would have to be removed.
  },
};

/** The hub too: through the same context the old KubernetesCluster would be deleted on the new hub, right after it was made there. */
function refuseAnotherHub(olds: PreparationInputs, news: PreparationInputs): void {
  if (isUnknown([news.management, news.managementIdentity]) || olds.managementIdentity === news.managementIdentity)
    return;
  if (!sameAccess(olds.management, news.management)) return;
  throw anotherCluster({ remote: olds.management, remoteIdentity: olds.managementIdentity }, news.managementIdentity);
}

/** Two agents cannot stand side by side: the cluster-wide objects of the chart have the same names in any namespace. */
function cannotBeMoved(olds: PreparationInputs, news: PreparationInputs): RegistrationError {
  return new RegistrationError({
    code: "GMR308",
    what: `The agent cannot be moved from the namespace ${olds.namespace} to ${news.namespace}`,
    where: "[namespace.name]",
    cause: "the cluster-wide objects of its chart can belong to one release only, and the agent in use needs them",
    next: "destroy this registration first, then declare it anew: pulumi destroy --target '<its URN>' --target-dependents",
  });
}

/**
 * After a rename the old KubernetesCluster goes last, by name. While that stands out, its name must not be taken again: the new object
 * would be taken for the old one and deleted.
 */
async function refuseFormerName(olds: PreparationState, news: PreparationInputs): Promise<void> {
  if (olds.clusterName === news.clusterName || !olds.formerNames?.includes(news.clusterName)) return;
  const { group, version, plural } = news.kubernetesCluster;
  const client = await KubernetesClient.open(news.management);
  const path = `/apis/${group}/${version}/namespaces/${news.managementNamespace}/${plural}/${news.clusterName}`;
  if (!(await client.find(path, { signal: interruptionSignal() }))) return;
  throw new RegistrationError({
    code: "GMR308",
    what: `The cluster cannot go back to the name ${news.clusterName} while its change to ${olds.clusterName} is not finished`,
    where: "[clusterName]",
    cause: `the KubernetesCluster ${news.clusterName} is still to be deleted, and would be when it is in use again`,
    next: `finish the change with [clusterName] ${olds.clusterName}, or choose a third name; both remove ${news.clusterName}`,
  });
}

/** Of a state the fields that are inputs, in the order of `like`. */
function inputsOf(state: PreparationState, like: PreparationInputs): Partial<PreparationInputs> {
  const keys = Object.keys(like) as (keyof PreparationInputs)[];
  return Object.fromEntries(keys.map((key) => [key, state[key]]));
}

async function removeEarlierCertificate(
  client: KubernetesClient,
  inputs: PreparationInputs,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name } = inputs.clientSecret;
  const path = paths.secret(namespace, name);
  if (!(await client.find(path, { signal }))) return;
  await removeIfPresent(client, path, signal);
  report(`removed the client certificate of an earlier registration (${namespace}/${name})`);
}

/** Clears a release that a killed run left behind; returns whether there was one. */
async function recoverRelease(
  client: KubernetesClient,
  inputs: PreparationInputs,
  signal: AbortSignal,
  isInTheWay: Test,
): Promise<boolean> {
  let told = false;
  for (;;) {
    const revision = await findObstacle(client, inputs, isInTheWay, signal);
    if (!revision) return false;
    const quiet = quietSeconds(client, revision);
    if (!isPending(revision) || quiet >= inputs.abandonedAfterSeconds) {
      await markFailed(client, revision, `left ${revision.status} by an earlier run`);
      report(
        `Helm release ${inputs.releaseName}, revision ${revision.revision}: an earlier run left it ${revision.status}; ` +
          "marked failed, so that this one can go on",
      );
      return true;
    }
    if (!told) {
      report(
        `Helm release ${inputs.releaseName}, revision ${revision.revision} is ${revision.status} since ${Math.round(quiet)} s; ` +
          `if nothing happens for ${inputs.abandonedAfterSeconds} s it counts as abandoned`,
      );
      told = true;
    }
    await pause(Math.min(2, inputs.abandonedAfterSeconds - quiet + 0.1), signal);
  }
}

type Test = (revision: ReleaseRevision) => boolean;

/** Helm's `install --replace` takes over what failed or was uninstalled; anything else stands in its way. */
const isThere: Test = ({ status }) => status !== "failed" && status !== "uninstalled";

/** Unfinished, or finished but never recorded by Pulumi, which then would try to install what is there. */
const isUnfinished: Test = (revision) => isPending(revision) || (revision.status === "deployed" && !revision.recorded);

/** A release that keeps Pulumi's own from going on; only one of this registration is ever touched. */
async function findObstacle(
  client: KubernetesClient,
  inputs: PreparationInputs,
  isInTheWay: Test,
  signal?: AbortSignal,
): Promise<ReleaseRevision | undefined> {
  const revision = await findLatestRevision(client, inputs.namespace, inputs.releaseName, signal);
  if (!revision || !isInTheWay(revision)) return undefined;
  const owner = await ownerOfRevision(revision);
  if (owner === inputs.mark) return revision;
  throw new RegistrationError({
    code: "GMR506",
    what: `The Helm release ${inputs.releaseName} is ${revision.status} (revision ${revision.revision}) and not by this registration`,
    where: `${client.where}, namespace ${inputs.namespace}`,
    cause: owner === undefined ? "somebody uses helm or meshctl on it" : `it belongs to the registration ${owner}`,
    next: `look at it with: helm -n ${inputs.namespace} history ${inputs.releaseName}`,
  });
}

/** Seconds since the operation began, by the API server's clock alone: ours may differ. */
function quietSeconds(client: KubernetesClient, revision: ReleaseRevision): number {
  // Both are whole seconds, and not rounded the same way.
  return Math.max(0, (client.clock.getTime() - revision.created.getTime()) / 1000);
}
