import { readAgentValues } from "../../components/glooMesh/agentValues";
import { enterpriseAgent as generation } from "../../components/glooMesh/generation";
import { type HelmRelease, readRelease } from "../../components/glooMesh/helmRelease";
import { type Modes, modesOf } from "../../components/glooMesh/modes";
import {
  clusterIdentityAnnotation,
  lentAnnotation,
  type Ownership,
  ownerOf,
} from "../../components/glooMesh/ownership";
import { type GivenSettings, withDefaults } from "../../components/glooMesh/settings";
import { unlessRefused } from "../../components/kubernetes/errors";
import { type KubernetesObject, paths, type Secret } from "../../components/kubernetes/objects";
import { registeredClusters } from "../../components/preflight/hub/inspectHub";
import type { Side } from "../../components/preflight/request";
import { Misuse } from "../command";
import type { DoctorOptions } from "./doctorOptions";

/** A registration as both clusters show it: the doctor has no program to read it from. */
export interface DetectedRegistration {
  readonly settings: GivenSettings;
  readonly modes: Modes;
  readonly ownership: Ownership;
  readonly isRegistered: boolean;
  /** Mark of the registration; undefined where there is none, or where helm or meshctl made it. */
  readonly owner: string | undefined;
  readonly release: HelmRelease | undefined;
  /** Whether the hub has a KubernetesCluster of this very cluster; undefined where that cannot be read. */
  readonly hasKubernetesCluster: boolean | undefined;
  /** The bootstrap token that was lent is still there. */
  readonly tokenLent: boolean;
}

/** Identities of the clusters; undefined for one that cannot be looked at. */
export interface Identities {
  readonly management: string | undefined;
  readonly remote: string | undefined;
}

/** Reads both clusters. The checks report what cannot be read here: they read it again. */
export async function detectRegistration(
  management: Side,
  remote: Side,
  identities: Identities,
  options: DoctorOptions,
): Promise<DetectedRegistration> {
  const selfRegistration = identities.management !== undefined && identities.management === identities.remote;
  const hubNamespace = options.managementNamespace ?? generation.relayServer.namespace;
  const namespace = options.namespace ?? (selfRegistration ? hubNamespace : generation.relayServer.namespace);
  const [clusters, agent] = await Promise.all([
    identities.management === undefined
      ? undefined
      : unlessRefused(registeredClusters(management, hubNamespace, generation)),
    identities.remote === undefined ? undefined : unlessRefused(readAgentRelease(remote, namespace)),
  ]);
  const identity = readAgentValues(agent?.content.values ?? {}, generation);
  const clusterName = options.clusterName ?? nameOf(identity.clusterName, clusters ?? [], identities, options);
  const own = (clusters ?? []).find((one) => isOf(one, clusterName, identities));
  const owner = (own && ownerOf(own)) ?? agent?.owner;
  const isRegistered = agent !== undefined || own !== undefined;

  const values = {
    clusterName,
    managementNamespace: options.managementNamespace,
    namespace: { name: namespace },
    relay: {
      serverAddress: options.serverAddress ?? identity.serverAddress,
      authority: options.authority ?? identity.authority,
    },
    agent: {
      version: options.agentVersion ?? agent?.content.chartVersion,
      repository: options.chartRepository,
      // The chart of an installed agent has brought them.
      skipCrds: agent !== undefined,
    },
    rootCertificate: { secret: identity.secrets.root },
    token: { secret: identity.secrets.token },
    clientCertificate: { secret: identity.secrets.client },
    proof: { chainToRoot: options.chainToRoot },
  };
  const settings = withDefaults(values, selfRegistration && (isRegistered || options.selfRegistration));
  const places = [settings.rootCertificate.secret, settings.token.secret];
  const [namespaceObject, root, token] =
    identities.remote === undefined
      ? []
      : await Promise.all([
          find<KubernetesObject>(remote, paths.namespace(namespace)),
          ...places.map(({ namespace, name }) => find<Secret>(remote, paths.secret(namespace, name))),
        ]);
  const isMarked = (object: KubernetesObject | undefined) => object !== undefined && ownerOf(object) === owner;
  const isLent = token?.metadata.annotations?.[lentAnnotation] === "true";
  const modes = isRegistered
    ? modesOfRegistered({
        selfRegistration,
        certificate: identity.certificate,
        createNamespace: owner !== undefined && (namespaceObject === undefined || isMarked(namespaceObject)),
        // Without a mark all of it is others': the root CA is read all the same, to judge the certificate by it.
        copyRoot: owner === undefined || root === undefined || isMarked(root),
        token:
          owner === undefined
            ? "none"
            : token && !isMarked(token)
              ? "provided"
              : token && !isLent
                ? "retained"
                : "temporary",
      })
    : modesOf({ selfRegistration: options.selfRegistration, namespace: { create: !options.existingNamespace } });
  return {
    settings,
    modes,
    ownership: { mark: owner ?? "", accepted: owner === undefined ? [] : [owner] },
    isRegistered,
    owner,
    release: agent,
    hasKubernetesCluster: clusters && own !== undefined,
    tokenLent: isLent && isMarked(token),
  };
}

/** Undefined where there is none, or only the history of one that is uninstalled. */
async function readAgentRelease({ cluster, access }: Side, namespace: string): Promise<HelmRelease | undefined> {
  const release = await cluster.lookUp(access, "release", (client) =>
    readRelease(client, namespace, generation.releaseName),
  );
  return release?.status === "uninstalled" ? undefined : release;
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

/** Whether it is the KubernetesCluster of this very cluster; one that names no identity is, by its name. */
function isOf({ metadata }: KubernetesObject, clusterName: string, { remote }: Identities): boolean {
  const identity = metadata.annotations?.[clusterIdentityAnnotation];
  return metadata.name === clusterName && (identity === undefined || remote === undefined || identity === remote);
}

function modesOfRegistered(seen: Omit<Modes, "disableIstioInjection">): Modes {
  const copies = seen.certificate === "issued" && !seen.selfRegistration;
  return {
    ...seen,
    createNamespace: seen.createNamespace && !seen.selfRegistration,
    disableIstioInjection: false,
    copyRoot: copies && seen.copyRoot,
    token: copies ? seen.token : "none",
  };
}

function find<T>({ cluster, access }: Side, path: string): Promise<T | undefined> {
  return unlessRefused(cluster.lookUp(access, `find ${path}`, (client) => client.find<T>(path)));
}
