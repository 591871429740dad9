import { type Problem, problemsOf } from "../../base/problems";
import { type AgentCount, countOf, readMetrics } from "../../glooMesh/connectedAgents";
import type { Generation } from "../../glooMesh/generation";
import { readRootCertificate, readToken } from "../../glooMesh/hubSecrets";
import { copiesToken, readsRoot } from "../../glooMesh/modes";
import { clusterIdentityAnnotation, isOurs } from "../../glooMesh/ownership";
import { type RelayServerState, relayServerState } from "../../glooMesh/relayServerState";
import type { ClusterAccess } from "../../kubernetes/access";
import type { KubernetesClient } from "../../kubernetes/client";
import { unlessRefused } from "../../kubernetes/errors";
import type { KubernetesObject } from "../../kubernetes/objects";
import { checkClock } from "../clock";
import { type Found, given } from "../discovery/found";
import { discoverRelayAddress } from "../discovery/serverAddress";
import { readServerDeployment, serverVersionOf } from "../discovery/serverVersion";
import { discoverTelemetryEndpoint } from "../discovery/telemetryEndpoint";
import type { Collected } from "../findings/collected";
import type { PreflightRequest, Side } from "../request";
import { checkRights } from "../rights/checkRights";
import { managementRights } from "../rights/neededRights";
import { refuseAnotherGeneration, refuseAnotherServer } from "./anotherGeneration";
import { checkName, findOtherNames, readKubernetesClusters } from "./clusterNames";
import { checkPosture } from "./posture";

/** Facts from the management cluster; undefined where the read failed. */
export interface HubFacts {
  /** How messages name the cluster. */
  readonly where: string;
  /** How commands in messages reach the cluster. */
  readonly access: ClusterAccess;
  /** Why the bootstrap token cannot be read; an agent that has its certificate does not need it. */
  readonly tokenProblems: readonly Problem[];
  /** State of the relay server's Deployment; `unknown` where it cannot be read. */
  readonly relayServer: RelayServerState;
  /** The relay server's count of this cluster's agents; undefined where it is not read, or its metrics cannot be read. */
  readonly agentCount: AgentCount | undefined;
  readonly rootCertificate: string | undefined;
  readonly serverAddress: Found | undefined;
  readonly agentVersion: Found | undefined;
  /** Endpoint of the telemetry collector; undefined unless the chart's values ask for one. */
  readonly telemetryEndpoint: Found | undefined;
  /** The relay server's version, where it can be read. */
  readonly serverVersion: Found | undefined;
  /** All in the namespace of Gloo Mesh. */
  readonly kubernetesClusters: readonly KubernetesObject[];
  /** Identity of the cluster that this registration registered under its name. */
  readonly registeredIdentity: string | undefined;
}

/** Reads and checks the management cluster. Registrations that ask the same share each read. */
export async function inspectHub(
  side: Side,
  request: PreflightRequest,
  /** Undefined until the remote cluster exists. */
  remoteIdentity: string | undefined,
  collected: Collected,
): Promise<HubFacts> {
  const { settings, generation, modes, ownership } = request;
  const { managementNamespace: namespace, rootCertificate: root, token, relay, agent } = settings;
  const once = onceFor(side, namespace);
  const server = once({ server: generation.relayServer.name }, (client) =>
    readServerDeployment(client, namespace, generation),
  );
  const version = Promise.all([server, once({ where: true }, async (client) => client)]).then(([deployment, client]) =>
    serverVersionOf(deployment, client, namespace, generation),
  );
  const [
    rootCertificate,
    copiedToken,
    serverAddress,
    serverVersion,
    kubernetesClusters = [],
    present,
    metrics,
    telemetryEndpoint,
    { where, access },
  ] = await Promise.all([
    readsRoot(modes)
      ? collected.take(once({ root: root.source }, (client) => readRootCertificate(client, root.source, namespace)))
      : "",
    // Its value is compared with a literal in the relay server, and not kept.
    copiesToken(modes)
      ? orProblems(once({ token: token.source }, (client) => readToken(client, token.source, namespace)))
      : noToken,
    relay.serverAddress === undefined
      ? collected.take(
          once({ address: relay.ingress ?? "service" }, (client) =>
            discoverRelayAddress(client, { namespace, ingress: relay.ingress, generation }),
          ),
        )
      : given(relay.serverAddress, "relay.serverAddress"),
    // A given version is only compared with the relay server's, and a provided agent has its own: then a failed read is no problem.
    agent.version === undefined && modes.installAgent ? collected.take(version) : unlessRefused(version),
    collected.take(registeredClusters(side, namespace, generation)),
    unlessRefused(server.then((deployment) => ({ deployment, state: relayServerState(deployment) }))),
    request.counts
      ? unlessRefused(once({ metrics: true }, (client) => readMetrics(client, namespace, generation)))
      : undefined,
    readTelemetryEndpoint(once, request, collected),
    once({ where: true }, async (client) => client),
    checkHubAccess(side, request, collected),
  ]);
  refuseAnotherGeneration(serverVersion, request, where);
  if (present?.state === "missing") await refuseAnotherServer(side, request, where);
  collected.add(checkPosture(present?.deployment, request, where, copiedToken.value));
  collected.add(checkName(kubernetesClusters, request, { where, access }));
  if (remoteIdentity !== undefined) {
    collected.add(findOtherNames(kubernetesClusters, request, remoteIdentity, where));
  }
  const own = kubernetesClusters.find(({ metadata }) => metadata.name === settings.clusterName);
  return {
    where,
    access,
    tokenProblems: copiedToken.problems,
    relayServer: present?.state ?? "unknown",
    agentCount: metrics === undefined ? undefined : countOf(metrics, settings.clusterName),
    rootCertificate,
    serverAddress,
    agentVersion: modes.installAgent
      ? agent.version === undefined
        ? serverVersion
        : given(agent.version, "agent.version")
      : noVersion,
    telemetryEndpoint,
    serverVersion,
    kubernetesClusters,
    registeredIdentity:
      own && isOurs(own, ownership) ? own.metadata.annotations?.[clusterIdentityAnnotation] : undefined,
  };
}

/** The KubernetesClusters in the namespace of Gloo Mesh, read once for all callers. */
export function registeredClusters(
  side: Side,
  namespace: string,
  generation: Generation,
): Promise<readonly KubernetesObject[]> {
  const { name } = generation;
  return onceFor(side, namespace)({ names: name }, (client) => readKubernetesClusters(client, namespace, generation));
}

async function readTelemetryEndpoint(
  once: Once,
  { settings: { telemetry, managementNamespace }, generation }: PreflightRequest,
  collected: Collected,
): Promise<Found | undefined> {
  const paths = generation.telemetry;
  if (!paths || telemetry?.endpoint !== "discover") return undefined;
  const read = (client: KubernetesClient) => discoverTelemetryEndpoint(client, managementNamespace, paths);
  return collected.take(once({ telemetry: true }, read));
}

/** A provided agent is of whatever version its owner installs. */
const noVersion: Found = { value: "", source: "the agent is provided" };

interface ReadOrProblems<T> {
  readonly value?: T;
  readonly problems: readonly Problem[];
}

const noToken: ReadOrProblems<Buffer> = { problems: [] };

/** The value of a read, or its problems. */
async function orProblems<T>(read: Promise<T>): Promise<ReadOrProblems<T>> {
  try {
    return { value: await read, problems: [] };
  } catch (error) {
    const problems = problemsOf(error);
    if (!problems) throw error;
    return { problems };
  }
}

type Once = <T>(what: object, read: (client: KubernetesClient) => Promise<T>) => Promise<T>;

/** Makes each read of a management cluster once for all registrations that ask the same. */
function onceFor({ cluster, access }: Side, namespace: string): Once {
  return (what, read) => cluster.lookUp(access, JSON.stringify({ ...what, namespace }), read);
}

/** Checks the user's rights on the management cluster, and its clock. */
export async function checkHubAccess(side: Side, request: PreflightRequest, collected: Collected): Promise<void> {
  const once = onceFor(side, request.settings.managementNamespace);
  const rights = managementRights(request);
  // Reports inside the shared read: many registrations need one Role.
  collected.add(await once({ rights }, (client) => checkRights(client, rights, request.report)));
  collected.add(await once({ clock: true }, async (client) => checkClock(client)));
}
