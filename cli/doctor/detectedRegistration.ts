import { type Generation, enterpriseAgent as generation } from "../../components/glooMesh/generation";
import {
  contentOfRevision,
  findLatestRevision,
  ownerInValues,
  type ReleaseRevision,
} from "../../components/glooMesh/helmRelease";
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

/** What stands of a registration on both clusters, and what follows from it: the doctor has no program to tell it. */
export interface DetectedRegistration {
  readonly settings: GivenSettings;
  readonly modes: Modes;
  readonly ownership: Ownership;
  readonly isRegistered: boolean;
  /** Mark of the registration; undefined where there is none, or where helm or meshctl made it. */
  readonly owner: string | undefined;
  readonly release: ReleaseRevision | undefined;
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

/** Reads what stands. What cannot be read here is told by the checks, which read it again. */
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
  const relay = mapAt(agent?.values, "relay");
  const clusterName = options.clusterName ?? nameOf(relay, clusters ?? [], identities, options);
  const own = (clusters ?? []).find((one) => isOf(one, clusterName, identities));
  const owner = (own && ownerOf(own)) ?? agent?.owner;
  const isRegistered = agent !== undefined || own !== undefined;

  const values = {
    clusterName,
    managementNamespace: options.managementNamespace,
    namespace: { name: namespace },
    relay: {
      serverAddress: options.serverAddress ?? textAt(relay, "serverAddress"),
      authority: options.authority ?? textAt(relay, "authority"),
    },
    agent: {
      version: options.agentVersion ?? agent?.chartVersion,
      repository: options.chartRepository,
      // The chart of an installed agent has brought them.
      skipCrds: agent !== undefined,
    },
    rootCertificate: { secret: placeAt(relay, "rootTlsSecret") },
    token: { secret: placeAt(relay, "tokenSecret") },
    clientCertificate: { secret: placeAt(relay, "clientCertSecret") },
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
        certificate: certificateMode(agent, generation),
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
    release: agent?.revision,
    hasKubernetesCluster: clusters && own !== undefined,
    tokenLent: isLent && isMarked(token),
  };
}

interface AgentRelease {
  readonly revision: ReleaseRevision;
  readonly owner: string | undefined;
  readonly chartVersion: string | undefined;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Undefined where there is none, or only the history of one that is uninstalled. */
async function readAgentRelease({ cluster, access }: Side, namespace: string): Promise<AgentRelease | undefined> {
  const revision = await cluster.lookUp(access, "release", (client) =>
    findLatestRevision(client, namespace, generation.releaseName),
  );
  if (!revision || revision.status === "uninstalled") return undefined;
  const content = await contentOfRevision(revision);
  return {
    revision,
    owner: content && ownerInValues(content),
    chartVersion: content?.chartVersion,
    values: content?.values ?? {},
  };
}

function nameOf(
  relay: Readonly<Record<string, unknown>>,
  clusters: readonly KubernetesObject[],
  { remote }: Identities,
  { remote: { context } }: DoctorOptions,
): string {
  const byIdentity = clusters.find(
    ({ metadata }) => remote !== undefined && metadata.annotations?.[clusterIdentityAnnotation] === remote,
  );
  const name = textAt(relay, "cluster") ?? byIdentity?.metadata.name ?? context;
  if (name === undefined) throw new Misuse("the cluster's name cannot be read: give --cluster-name <name>");
  return name;
}

/** Whether it is the KubernetesCluster of this very cluster; one that names no identity is, by its name. */
function isOf({ metadata }: KubernetesObject, clusterName: string, { remote }: Identities): boolean {
  const identity = metadata.annotations?.[clusterIdentityAnnotation];
  return metadata.name === clusterName && (identity === undefined || remote === undefined || identity === remote);
}

function certificateMode(agent: AgentRelease | undefined, { insecureValues }: Generation): Modes["certificate"] {
  if (!agent) return "issued";
  if (insecureValues.some(({ path: [section, key] }) => mapAt(agent.values, section)[key] === true)) return "none";
  const relay = mapAt(agent.values, "relay");
  const isProvided = relay["clientCertSecret"] !== undefined && relay["rootTlsSecret"] === undefined;
  return isProvided ? "provided" : "issued";
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

function mapAt(values: Readonly<Record<string, unknown>> | undefined, key: string): Readonly<Record<string, unknown>> {
  const found = values?.[key];
  return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
}

function textAt(values: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const found = values[key];
  return typeof found === "string" && found !== "" ? found : undefined;
}

function placeAt(relay: Readonly<Record<string, unknown>>, key: string) {
  const place = mapAt(relay, key);
  return { name: textAt(place, "name"), namespace: textAt(place, "namespace"), key: textAt(place, "key") };
}
