import { usesRootSecret } from "../../glooMesh/agentValues";
import { isOurs, withoutTakeOver } from "../../glooMesh/ownership";
import type { Finding } from "../findings/finding";
import type { PreflightRequest } from "../request";
import type { RemoteObjects } from "./remoteObjects";

/** The registration as the management cluster has it. */
export interface HubView {
  /** How messages name the management cluster. */
  readonly where: string;
  /** Identity in the KubernetesCluster of this registration; undefined when there is none. */
  readonly registeredIdentity: string | undefined;
  /** True if this registration has the cluster under another name, and the KubernetesCluster of the new name does not exist yet. */
  readonly renamed: boolean;
  /** Identity of the cluster that the remote context leads to. */
  readonly remoteIdentity: string;
}

/** An object of this registration that someone else deleted. */
export interface MissingObject {
  /** The step that creates it, by the suffix of its resource's name. */
  readonly step: keyof typeof nounOf;
  readonly name: string;
  readonly where: string;
  /** The proof that it existed. */
  readonly evidence: string;
  /** False where an interrupted first run could look the same. */
  readonly certain: boolean;
}

/**
 * Finds the objects of this registration that existed and that someone else deleted. A plain `pulumi up` compares with Pulumi's state, not with
 * the cluster, and so takes them for unchanged.
 *
 * An object that is created later proves an earlier one: KubernetesCluster, namespace and root CA come before the release; the agent, which the
 * release runs, writes the client certificate, and an older one is removed before the root CA is copied. An interrupted `up` leaves no such gap.
 * A deleted namespace takes all proofs with it but the KubernetesCluster, which an interrupted first `up` leaves too: the evidence says so.
 */
export function findMissingObjects(found: RemoteObjects, request: PreflightRequest, hub: HubView): MissingObject[] {
  // A cluster other than the registered one holds no object of this registration.
  if (hub.registeredIdentity !== undefined && hub.registeredIdentity !== hub.remoteIdentity) return [];
  const { settings, generation, modes } = request;
  const ownership = withoutTakeOver(request.ownership);
  const { createNamespace, copyRoot, certificate, installAgent, createKubernetesCluster } = modes;
  const isRegistered = hub.registeredIdentity !== undefined;
  const { release, where } = found;
  const ourRelease = installAgent && release?.recorded && isOurs(release, ownership) ? release : undefined;
  // A plain up restores this registration's release if only its history is left.
  const isGone = !release || (release.status === "uninstalled" && !isOurs(release, ownership));

  // The copied root CA shows whose agent stored the certificate; where none is copied, the KubernetesCluster does.
  const agentWasOurs = copyRoot ? found.root !== undefined && isOurs(found.root, ownership) : isRegistered;
  const lostRelease =
    installAgent && found.namespace && isGone && found.certificate && certificate === "issued" && agentWasOurs;
  const stored = "the client certificate that its agent stored exists";

  const missing: MissingObject[] = [];
  if (createNamespace && !found.namespace && isRegistered) {
    const evidence =
      "the KubernetesCluster of this registration names this cluster, unless its first run was interrupted";
    missing.push({ step: "namespace", name: settings.namespace.name, where, evidence, certain: false });
  }
  if (lostRelease) {
    const place = `${where}, namespace ${settings.namespace.name}`;
    missing.push({ step: "agent", name: settings.agent.releaseName, where: place, evidence: stored, certain: true });
  }
  // A provided agent may have stored its certificate before the first run.
  const mayBeLost = !installAgent && copyRoot && agentWasOurs && found.certificate;
  if ((ourRelease || lostRelease || mayBeLost) && createKubernetesCluster && !isRegistered && !hub.renamed) {
    const name = `${settings.managementNamespace}/${settings.clusterName}`;
    const provided = "root CA and client certificate exist, unless the first run was interrupted";
    const evidence = ourRelease ? "the Helm release of this registration exists" : installAgent ? stored : provided;
    missing.push({ step: "kubernetes-cluster", name, where: hub.where, evidence, certain: installAgent });
  }
  // A root CA that is newly declared, or under another name, never existed: a plain up creates it.
  const { namespace, name } = settings.rootCertificate.secret;
  const usesRoot = ourRelease && usesRootSecret(ourRelease.content.values, { namespace, name }, generation);
  if (usesRoot && copyRoot && !found.root) {
    const evidence = "the Helm release of this registration exists";
    missing.push({ step: "root-certificate", name: `${namespace}/${name}`, where, evidence, certain: true });
  }
  return missing;
}

/** The missing objects as findings: GMR312, warnings. */
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

/** The noun for the object of each step. */
const nounOf = {
  namespace: "namespace",
  "root-certificate": "Secret",
  "kubernetes-cluster": "KubernetesCluster",
  agent: "Helm release",
} as const;
