import { usesRootSecret } from "../../glooMesh/agentValues";
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

/** The step whose object is missing, by the end of its resource's name. */
export type MissingStep = keyof typeof nounOf;

/** An object of this registration that someone else deleted. */
export interface MissingObject {
  readonly step: MissingStep;
  readonly name: string;
  readonly where: string;
  /** What proves that it was there. */
  readonly evidence: string;
  /** False where an interrupted first run could look the same. */
  readonly certain: boolean;
}

/**
 * Objects of this registration that were certainly there and that someone else deleted. Pulumi looks at its state, not at the cluster, so a plain
 * `pulumi up` takes them for unchanged.
 *
 * What proves that an object was there is what is created only after it: the KubernetesCluster comes before the release; namespace and root CA
 * do too; the agent, which the release runs, writes the client certificate, and one from before is removed before our root CA comes. An `up` that
 * was cut short leaves no such gap. A namespace takes all witnesses with it but the KubernetesCluster: there the first `up` may have been cut short
 * as well, and the evidence says so.
 */
export function findMissingObjects(found: RemoteObjects, expected: RemoteExpectation, hub: HubView): MissingObject[] {
  // Another cluster than the registered one holds nothing of ours, and should not.
  if (hub.registeredIdentity !== undefined && hub.registeredIdentity !== hub.remoteIdentity) return [];
  const { settings, generation, ownership, createNamespace, copyRoot, certificate } = expected;
  const isRegistered = hub.registeredIdentity !== undefined;
  const { release, where } = found;
  const ourRelease = release?.recorded && isOurs(release, ownership) ? release : undefined;
  const isGone = !release || release.status === "uninstalled";

  // Whose agent stored the certificate, the root CA beside it says; where that is not copied, the KubernetesCluster.
  const agentWasOurs = copyRoot ? found.root !== undefined && isOurs(found.root, ownership) : isRegistered;
  const lostRelease = found.namespace && isGone && found.certificate && certificate === "issued" && agentWasOurs;
  const stored = "the client certificate that its agent stored is there";

  const missing: MissingObject[] = [];
  if (createNamespace && !found.namespace && isRegistered) {
    const evidence =
      "the KubernetesCluster of this registration names this very cluster, unless its first run was cut short";
    missing.push({ step: "namespace", name: settings.namespace.name, where, evidence, certain: false });
  }
  if (lostRelease) {
    const place = `${where}, namespace ${settings.namespace.name}`;
    missing.push({ step: "agent", name: generation.releaseName, where: place, evidence: stored, certain: true });
  }
  if ((ourRelease || lostRelease) && !isRegistered && !hub.renamed) {
    const name = `${hub.managementNamespace}/${hub.clusterName}`;
    const evidence = ourRelease ? "the Helm release of this registration is there" : stored;
    missing.push({ step: "kubernetes-cluster", name, where: hub.where, evidence, certain: true });
  }
  // A root CA that is newly declared, or under another name, was never there: a plain up makes it.
  const { namespace, name } = settings.rootCertificate.secret;
  const usesRoot = ourRelease && usesRootSecret(ourRelease.content.values, { namespace, name }, generation);
  if (usesRoot && copyRoot && !found.root) {
    const evidence = "the Helm release of this registration is there";
    missing.push({ step: "root-certificate", name: `${namespace}/${name}`, where, evidence, certain: true });
  }
  return missing;
}

/** The same as findings: GMR312, warnings. */
export function missingObjectFindings(missing: readonly MissingObject[]): Finding[] {
  return missing.map((object) => ({
    code: "GMR312",
    severity: "warning",
    what: `The ${describeMissing(object)} of this registration is gone`,
    where: object.where,
    cause: `someone else deleted it: ${object.evidence}; a plain pulumi up does not notice`,
    next: "restore it with: pulumi up --refresh",
  }));
}

/** `Secret gloo-mesh/relay-root-tls-secret`. */
export function describeMissing({ step, name }: MissingObject): string {
  return `${nounOf[step]} ${name}`;
}

/** What messages call the object that a step makes. */
const nounOf = {
  namespace: "namespace",
  "root-certificate": "Secret",
  "kubernetes-cluster": "KubernetesCluster",
  agent: "Helm release",
} as const;
