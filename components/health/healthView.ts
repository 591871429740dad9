import type { Problem } from "../base/problems";
import type { Verdict } from "../certificates/clientCertificate";
import type { RegistrationPlace } from "../diagnosis/causes";
import type { Diagnosis } from "../diagnosis/diagnosis";
import type { AgentCount } from "../glooMesh/connectedAgents";
import type { Generation } from "../glooMesh/generation";
import type { HelmRelease } from "../glooMesh/helmRelease";
import type { RelayServerState } from "../glooMesh/relayServerState";
import type { GivenSettings } from "../glooMesh/settings";
import type { Deployment, Pod } from "../kubernetes/workloads";
import type { MissingObject } from "../preflight/remote/missingObjects";

/** What was seen of a registration on both clusters at one moment. */
export interface HealthView {
  readonly settings: Pick<
    GivenSettings,
    "clusterName" | "managementNamespace" | "namespace" | "agent" | "clientCertificate"
  >;
  readonly generation: Generation;
  /** How commands in messages reach the clusters. */
  readonly place: RegistrationPlace;
  /** How messages name the clusters. */
  readonly where: { readonly remote: string; readonly management: string };
  /** Version of the agent's chart. */
  readonly agentVersion: string | undefined;
  readonly serverAddress: string | undefined;
  /** True if the registration installs the agent; otherwise there is no release to judge. */
  readonly isAgentInstalled: boolean;
  /** True if helm or meshctl registered the cluster, and no run of Pulumi repairs it. */
  readonly isByOthers: boolean;
  /** Objects that someone else deleted. */
  readonly missing: readonly MissingObject[];
  /** Undefined where there is none. */
  readonly release: HelmRelease | undefined;
  /** Whether the management cluster has the KubernetesCluster of this very cluster; undefined where that cannot be read. */
  readonly hasKubernetesCluster: boolean | undefined;
  /** The relay server's word about it in its status; undefined where there is none. It proves nothing: nobody says whether it needs a connected agent. */
  readonly approval: string | undefined;
  readonly relayServer: RelayServerState;
  /** Whether the relay server answers this machine. */
  readonly answers: boolean;
  /** What is wrong with its answer. */
  readonly serverFaults: readonly Problem[];
  readonly deployment: Deployment | undefined;
  /** Undefined where they cannot be read. */
  readonly pods: readonly Pod[] | undefined;
  /** Why the agent does not work, if it does not; it may come from its log. */
  readonly diagnosis: Diagnosis | undefined;
  /** Undefined for a relay without TLS. */
  readonly certificate: Verdict | undefined;
  /** Whether the user provides the certificate. */
  readonly isCertificateProvided: boolean;
  /** Undefined where the count was not read. */
  readonly count: AgentCount | undefined;
}

/** Where the objects of a registration are, from its settings. */
export function placeOf(
  {
    namespace,
    managementNamespace,
    agent: { releaseName },
  }: Pick<GivenSettings, "namespace" | "managementNamespace" | "agent">,
  { agentName, relayServer }: Generation,
  access: Pick<RegistrationPlace, "remote" | "management">,
): RegistrationPlace {
  const relayServerName = relayServer.name;
  return { ...access, namespace: namespace.name, agentName, releaseName, managementNamespace, relayServerName };
}
