import { findAgentRelease, type NamedRelease } from "../../components/glooMesh/agentRelease";
import { type AgentWorkload, readProvidedAgent, workloadOf } from "../../components/glooMesh/agentWorkload";
import { approvalOf } from "../../components/glooMesh/approval";
import type { Generation } from "../../components/glooMesh/generation";
import { type HelmRelease, readRelease } from "../../components/glooMesh/helmRelease";
import { type Modes, modesOf, usesToken } from "../../components/glooMesh/modes";
import {
  clusterIdentityAnnotation,
  isOurs,
  isTemporaryToken,
  leaveRunningAnnotation,
  type Ownership,
  ownerOf,
} from "../../components/glooMesh/ownership";
import { type GivenSettings, withDefaults } from "../../components/glooMesh/settings";
import { describeAccess } from "../../components/kubernetes/access";
import { unlessRefused } from "../../components/kubernetes/errors";
import { type KubernetesObject, paths, type Secret } from "../../components/kubernetes/objects";
import type { Finding } from "../../components/preflight/findings/finding";
import { registeredClusters } from "../../components/preflight/hub/inspectHub";
import type { PreflightRequest, Side } from "../../components/preflight/request";
import { Misuse } from "../command";
import { detectGeneration } from "./detectedGeneration";
import type { DoctorOptions } from "./doctorOptions";
import { identityOf } from "./releaseIdentity";

/** A registration as both clusters show it: the doctor has no program to read it from. */
export interface DetectedRegistration
  extends Pick<PreflightRequest, "settings" | "generation" | "modes" | "ownership"> {
  readonly isRegistered: boolean;
  /** What is not valid in the values of the agent's release. */
  readonly findings: readonly Finding[];
  /** Mark of the registration; undefined where there is none, or where helm or meshctl registered the cluster. */
  readonly owner: string | undefined;
  readonly release: HelmRelease | undefined;
  /** Where an agent runs that someone else installs; undefined where there is none, and for an agent of the registration's own. */
  readonly providedAgent: AgentWorkload | undefined;
  /** Whether the management cluster has a KubernetesCluster of this very cluster; undefined where that cannot be read. */
  readonly hasKubernetesCluster: boolean | undefined;
  /** The relay server's word about it. */
  readonly approval: string | undefined;
}

/** Identities of the clusters; undefined for one that cannot be read. */
export type Identities = Readonly<Record<"management" | "remote", string | undefined>>;

/** Reads both clusters. The checks report what cannot be read here: they read it again. */
export async function detectRegistration(
  management: Side,
  remote: Side,
  identities: Identities,
  options: DoctorOptions,
): Promise<DetectedRegistration> {
  const selfRegistration = identities.management !== undefined && identities.management === identities.remote;
  const generation = await detectGeneration(management, options);
  const hubNamespace = options["management-namespace"] ?? generation.relayServer.namespace;
  const usual = {
    namespace: options.namespace ?? (selfRegistration ? hubNamespace : generation.relayServer.namespace),
    releaseName: options["release-name"] ?? generation.releaseName,
  };
  const [clusters, found] = await Promise.all([
    identities.management === undefined
      ? undefined
      : unlessRefused(registeredClusters(management, hubNamespace, generation)),
    identities.remote === undefined ? undefined : unlessRefused(readAgentRelease(remote, usual, generation, options)),
  ]);
  const { release } = found ?? {};
  const [namespace, releaseName] = [found?.namespace ?? usual.namespace, found?.name ?? usual.releaseName];
  const { identity, version, findings } = identityOf(
    release,
    `${describeAccess(remote.access)}, Helm release ${releaseName}`,
    generation,
  );
  const clusterName = options["cluster-name"] ?? nameOf(identity.clusterName, clusters ?? [], identities, options);
  const own = (clusters ?? []).find((one) => isOf(one, clusterName, identities));
  const isRegistered = release !== undefined || own !== undefined;

  const values = {
    clusterName,
    managementNamespace: options["management-namespace"],
    namespace: { name: namespace },
    relay: {
      serverAddress: options["relay-server-address"] ?? identity.serverAddress,
      authority: options["relay-authority"] ?? identity.authority,
    },
    agent: {
      version: options["agent-version"] ?? version,
      releaseName,
      repository: options["chart-repository"],
      // The chart of an installed agent has brought them.
      skipCrds: release !== undefined,
    },
    rootCertificate: { secret: identity.secrets.root },
    token: { secret: identity.secrets.token },
    clientCertificate: { secret: identity.secrets.client },
    proof: { chainToRoot: !options["no-chain-to-root"] },
  };
  const settings = withDefaults(values, selfRegistration && (isRegistered || options["self-registration"]), generation);
  const isRead = identities.remote !== undefined && isRegistered;
  const [namespaceObject, root, token] = isRead ? await readMarked(remote, settings) : [];
  // Of a registration that has neither the agent nor the KubernetesCluster, the copied root CA says whose it is.
  const owner = (own && ownerOf(own)) ?? release?.owner ?? (root && ownerOf(root));
  const ownership = { mark: owner ?? "", accepted: owner === undefined ? [] : [owner] };
  const isProvided = owner !== undefined && (release === undefined || !isOurs(release, ownership));
  const running =
    isRead && (isProvided || options["provided-agent"])
      ? await unlessRefused(readAgentOf(remote, namespace, generation))
      : undefined;
  const providedAgent = running && workloadOf(running, generation);
  const approval = approvalOf(own, generation);
  const hasKubernetesCluster = clusters && own !== undefined;
  const shared = {
    findings,
    settings,
    generation,
    ownership,
    isRegistered,
    owner,
    release,
    providedAgent,
    hasKubernetesCluster,
    approval,
  };
  if (!isRegistered) {
    return {
      ...shared,
      modes: modesOf({
        selfRegistration: options["self-registration"],
        namespace: { create: !options["existing-namespace"] },
        generation: generation.name,
        agent: { provided: options["provided-agent"] },
        kubernetesCluster: { provided: options["provided-kubernetes-cluster"] },
      }),
    };
  }
  const copies = usesToken(identity) && !selfRegistration;
  const crds = isRead ? await unlessRefused(readCrdsRelease(remote, namespace, generation)) : undefined;
  const isForeign = (object: KubernetesObject | undefined) => object !== undefined && !isOurs(object, ownership);
  const modes: Modes = {
    selfRegistration,
    certificate: identity.certificate,
    tls: identity.tls,
    createNamespace: owner !== undefined && !isForeign(namespaceObject) && !selfRegistration,
    disableIstioInjection: false,
    // Without a mark nothing is ours: the root CA is read all the same, to judge the certificate by it.
    copyRoot: copies && (owner === undefined || !isForeign(root)),
    installAgent: providedAgent === undefined && !options["provided-agent"],
    createKubernetesCluster:
      !options["provided-kubernetes-cluster"] && (owner === undefined || own === undefined || isOurs(own, ownership)),
    installCrds: crds !== undefined && isOurs(crds, ownership),
    leaveRunning: own?.metadata.annotations?.[leaveRunningAnnotation] === "true",
    token: copies && owner !== undefined ? tokenModeOf(token, ownership) : "none",
  };
  return { ...shared, modes };
}

/** The agent's release: the one that the options name, or any. */
function readAgentRelease(
  { cluster, access }: Side,
  usual: { readonly namespace: string; readonly releaseName: string },
  generation: Generation,
  options: DoctorOptions,
): Promise<NamedRelease | undefined> {
  const isNamed = options["release-name"] !== undefined;
  return cluster.lookUp(access, "release", async (client) => {
    if (!isNamed) return findAgentRelease(client, usual, generation, options.namespace === undefined);
    const release = await readRelease(client, usual.namespace, usual.releaseName);
    const isThere = release !== undefined && release.status !== "uninstalled";
    return isThere ? { name: usual.releaseName, namespace: usual.namespace, release } : undefined;
  });
}

/** The Deployment that runs the agent, whoever installs it. */
function readAgentOf({ cluster, access }: Side, namespace: string, generation: Generation) {
  return cluster.lookUp(access, "provided agent", (client) => readProvidedAgent(client, namespace, generation));
}

/** The release of the CRDs, for a generation that has one. */
async function readCrdsRelease({ cluster, access }: Side, namespace: string, { crds }: Generation) {
  return crds && cluster.lookUp(access, "CRDs", (client) => readRelease(client, namespace, crds.releaseName));
}

function nameOf(
  installed: string | undefined,
  clusters: readonly KubernetesObject[],
  { remote }: Identities,
  { remote: { context } }: DoctorOptions,
): string {
  const byIdentity = clusters.find(
    ({ metadata }) => remote !== undefined && metadata.annotations?.[clusterIdentityAnnotation] === remote,
  );
  const name = installed ?? byIdentity?.metadata.name ?? context;
  if (name === undefined) throw new Misuse("the cluster's name cannot be read: give --cluster-name <name>");
  return name;
}

/** Whether this is the KubernetesCluster of the remote cluster; without an identity in it the name decides. */
function isOf({ metadata }: KubernetesObject, clusterName: string, { remote }: Identities): boolean {
  const identity = metadata.annotations?.[clusterIdentityAnnotation];
  return metadata.name === clusterName && (identity === undefined || remote === undefined || identity === remote);
}

/** The objects of the remote cluster whose marks say how the cluster was registered. */
function readMarked({ cluster, access }: Side, { namespace, rootCertificate, token }: GivenSettings) {
  const find = <T extends KubernetesObject>(path: string): Promise<T | undefined> =>
    unlessRefused(cluster.lookUp(access, `find ${path}`, (client) => client.find<T>(path)));
  return Promise.all([
    find(paths.namespace(namespace.name)),
    find<Secret>(paths.secret(rootCertificate.secret.namespace, rootCertificate.secret.name)),
    find<Secret>(paths.secret(token.secret.namespace, token.secret.name)),
  ]);
}

function tokenModeOf(token: Secret | undefined, ownership: Ownership): Modes["token"] {
  if (token === undefined || isTemporaryToken(token, ownership)) return "temporary";
  return isOurs(token, ownership) ? "retained" : "provided";
}
