import { isOurs } from "../../glooMesh/ownership";
import type { Finding } from "../findings/finding";
import type { RemoteExpectation, RemoteObjects } from "./remoteObjects";

/** What the hub says of a registration. */
export interface HubView {
  /** How messages name the management cluster. */
  readonly where: string;
  readonly managementNamespace: string;
  readonly clusterName: string;
  /** Identity in the KubernetesCluster of this registration; undefined when there is none. */
  readonly registeredIdentity: string | undefined;
  /** True when this registration has the cluster under another name: the KubernetesCluster of the new one is still to be made. */
  readonly renamed: boolean;
  /** Identity of the cluster that the remote context leads to. */
  readonly remoteIdentity: string;
}

/**
 * Objects of this registration that were certainly there and are gone, deleted by others: GMR312, warnings. Pulumi looks at its state, not at
 * the cluster, so a plain `pulumi up` takes them for unchanged.
 *
 * What proves that an object was there is what is made only after it: the KubernetesCluster comes before the release; namespace and root CA
 * do too; the agent, which the release runs, writes the client certificate, and one from before is removed before our root CA comes. An `up` that
 * was cut short leaves no such gap. A namespace takes all witnesses along but the KubernetesCluster: there the first `up` may have been cut short
 * as well, and is named.
 */
export function findMissingObjects(found: RemoteObjects, expected: RemoteExpectation, hub: HubView): Finding[] {
  // Another cluster than the registered one holds nothing of ours, and should not.
  if (hub.registeredIdentity !== undefined && hub.registeredIdentity !== hub.remoteIdentity) return [];
  const { settings, generation, ownership, createNamespace, copyRoot, certificate } = expected;
  const isRegistered = hub.registeredIdentity !== undefined;
  const { release, releaseOwner, where } = found;
  const hasOurRelease =
    release?.recorded === true && releaseOwner !== undefined && ownership.accepted.includes(releaseOwner);
  const isGone = !release || release.status === "uninstalled";

  // Whose agent stored the certificate, the root CA beside it says; where that is not copied, the KubernetesCluster.
  const agentWasOurs = copyRoot ? found.root !== undefined && isOurs(found.root, ownership) : isRegistered;
  const lostRelease = found.namespace && isGone && found.certificate && certificate === "issued" && agentWasOurs;
  const stored = "the client certificate that its agent stored is there";

  const missing: [step: keyof typeof nounOf, name: string, where: string, evidence: string][] = [];
  if (createNamespace && !found.namespace && isRegistered) {
    const evidence =
      "the KubernetesCluster of this registration names this very cluster, unless its first run was cut short";
    missing.push(["namespace", settings.namespace.name, where, evidence]);
  }
  if (lostRelease) {
    missing.push(["agent", generation.releaseName, `${where}, namespace ${settings.namespace.name}`, stored]);
  }
  if ((hasOurRelease || lostRelease) && !isRegistered && !hub.renamed) {
    const name = `${hub.managementNamespace}/${hub.clusterName}`;
    const evidence = hasOurRelease ? "the Helm release of this registration is there" : stored;
    missing.push(["kubernetes-cluster", name, hub.where, evidence]);
  }
  // A root CA that is newly declared, or under another name, was never there: a plain up makes it.
  if (hasOurRelease && found.releaseUsesRoot && copyRoot && !found.root) {
    const { namespace, name } = settings.rootCertificate.secret;
    missing.push(["root-certificate", `${namespace}/${name}`, where, "the Helm release of this registration is there"]);
  }
  return missing.map(([step, name, place, evidence]) => ({
    code: "GMR312",
    severity: "warning",
    what: `The ${nounOf[step]} ${name} of this registration is gone`,
    where: place,
    cause: `somebody deleted it: ${evidence}; a plain pulumi up does not notice`,
    next: "put it back with: pulumi up --refresh",
  }));
}

/** What messages call the object that a step makes; the step is the end of its resource's name. */
const nounOf = {
  namespace: "namespace",
  "root-certificate": "Secret",
  "kubernetes-cluster": "KubernetesCluster",
  agent: "Helm release",
} as const;

/** The step that makes the object which a message of {@link findMissingObjects} says is gone. */
export function stepOfMissing(what: string): keyof typeof nounOf | undefined {
  const steps = Object.keys(nounOf) as (keyof typeof nounOf)[];
  return steps.find((step) => what.startsWith(`The ${nounOf[step]} `));
}
