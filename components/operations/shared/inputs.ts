import type { Generation } from "../../glooMesh/generation";
import type { Modes } from "../../glooMesh/modes";
import type { KeptMarks } from "../../glooMesh/ownership";
import type { ProofLevel } from "../../glooMesh/proofFacts";
import type { ClusterAccess } from "../../kubernetes/access";
import type { SecretKeyPlace, SecretPlace } from "../../kubernetes/objects";

// What the dynamic resources take, and what two of them keep. All of it lies in Pulumi's state: plain values, and nothing secret.

/** What the checks of this run saw on the clusters, for the decision whether there is work to do. */
export interface Observations {
  /** Why there is work to do although no argument has changed, see glooMesh/reasons; empty for none. */
  readonly reason: string;
  /** Steps of the registration whose objects someone else deleted; for reports. */
  readonly missing?: readonly string[];
  /** The management cluster has a KubernetesCluster of this registration under the present cluster name. */
  readonly clusterNameRegistered?: boolean;
}

export interface PreparationInputs extends KeptMarks, Observations {
  readonly management: ClusterAccess;
  readonly managementIdentity: string;
  readonly remote: ClusterAccess;
  readonly remoteIdentity: string;
  readonly clusterName: string;
  readonly namespace: string;
  readonly releaseName: string;
  readonly clientSecret: SecretPlace;
  /** What lies on the remote cluster by this registration, for leaving it. */
  readonly secrets: readonly SecretPlace[];
  /** Whether the registration makes the namespace, and leaving removes it. */
  readonly removeNamespace: boolean;
  /** Whether a namespace of others is given the label that keeps Istio away from the agent. */
  readonly labelNamespace: boolean;
  readonly kubernetesCluster: Generation["kubernetesCluster"];
  readonly managementNamespace: string;
  /** Whether a client certificate that is there before the registration is removed. */
  readonly removeEarlierCertificate: boolean;
  /** Seconds of quiet after which an unfinished Helm operation counts as abandoned. */
  readonly abandonedAfterSeconds: number;
  /** Raised when these operations change in a way that existing registrations must follow. */
  readonly revision: number;
}

export interface PreparationState extends PreparationInputs {
  readonly recoveries: number;
  /** The label on a namespace of others was added here, and not found there. */
  readonly labelAdded?: boolean;
  /** The names before the present one. The KubernetesCluster of such a name goes at the end of the run that proves the next one. */
  readonly formerNames?: readonly string[];
}

export interface BootstrapTokenInputs extends KeptMarks, Observations {
  readonly management: ClusterAccess;
  readonly managementIdentity: string;
  readonly managementNamespace: string;
  readonly remote: ClusterAccess;
  readonly remoteIdentity: string;
  readonly namespace: string;
  readonly clusterName: string;
  /** On the management cluster. */
  readonly tokenSource: SecretKeyPlace;
  /** On the remote cluster, as all that follow. */
  readonly tokenSecret: SecretKeyPlace;
  readonly clientSecret: SecretPlace;
  readonly agentName: string;
  /** PEM of the root CA that the remote cluster is given; empty where it has none of ours. */
  readonly rootCertificate: string;
  readonly chainToRoot: boolean;
  /** Another text than in the run before has a good certificate issued anew; empty asks for nothing. */
  readonly reissue: string;
  /** Raised when these operations change in a way that existing registrations must follow. */
  readonly revision: number;
}

export interface BootstrapTokenState extends BootstrapTokenInputs {
  readonly bootstraps: number;
  readonly writtenAt: string;
}

export interface ClientCertificateInputs extends BootstrapTokenInputs {
  /** Who makes the certificate: the relay server, the user, or nobody, since the relay works without TLS. */
  readonly certificate: Modes["certificate"];
  /** How much is proven: the agent alone, or that the relay server counts it among the connected ones. */
  readonly level: ProofLevel;
  /** The relay server's Service on the management cluster, and its port with the metrics. */
  readonly relayServerName: string;
  readonly metricsPort: number;
  /** Where the agent finds the relay server, for telling whether an agent's line is about it. */
  readonly serverAddress: string;
  readonly authority: string;
  readonly releaseName: string;
  /** Revision of the Helm release; a new one is proven anew. */
  readonly releaseRevision: number;
  /** UID of the KubernetesCluster on the hub; a new one is proven anew, since the agent crashed while there was none. */
  readonly kubernetesClusterUid: string;
  /** How often the token was put there; a new number is proven anew. */
  readonly bootstraps: number;
  /** When the token was written last, ISO 8601; empty when none was. */
  readonly tokenWrittenAt: string;
  /** Whether the token is removed once the certificate is there. */
  readonly removeToken: boolean;
  /** Whether leaving removes the Secret that the agent wrote. */
  readonly removeOnDelete: boolean;
  /** Limit of the wait. */
  readonly timeoutSeconds: number;
}
