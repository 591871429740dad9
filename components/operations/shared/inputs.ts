import type { Generation, GenerationName } from "../../glooMesh/generation";
import type { Modes } from "../../glooMesh/modes";
import type { KeptMarks, Ownership } from "../../glooMesh/ownership";
import type { ProofLevel } from "../../glooMesh/proofFacts";
import type { ClusterAccess } from "../../kubernetes/access";
import type { SecretKeyPlace, SecretPlace } from "../../kubernetes/objects";

// The inputs of the dynamic resources, and the state of two of them. Pulumi's state stores all of it: plain values, and nothing secret.

/** What the checks of this run saw on the clusters: it decides whether a resource has work to do. */
export interface Observations {
  /** Why there is work to do although no argument has changed, see glooMesh/reasons; empty for none. */
  readonly reason: string;
  /** Steps of the registration whose objects someone else deleted; for reports. */
  readonly missing?: readonly string[];
  /** For reports. */
  readonly health?: HealthSeen;
}

/** The present state of a registration in one word, and why: a clause, empty if it is healthy. Both are empty for one that does not exist yet. */
export interface HealthSeen {
  readonly verdict: "healthy" | "unhealthy" | "unknown" | "";
  readonly why: string;
}

/** What every dynamic resource knows of its registration. */
export interface RegistrationInputs extends KeptMarks, Observations {
  readonly management: ClusterAccess;
  readonly managementIdentity: string;
  readonly managementNamespace: string;
  readonly remote: ClusterAccess;
  readonly remoteIdentity: string;
  readonly clusterName: string;
  /** Missing for 1.x, as in states of earlier versions. */
  readonly generation?: GenerationName;
  /** Someone else installs the agent, which is never changed. Missing where the registration installs it, as in states of earlier versions. */
  readonly agentProvided?: boolean;
  /** Helm release of the CRDs in the same namespace; missing where the agent's chart contains them, or where others install them. */
  readonly crdsReleaseName?: string;
  /** The agent's namespace on the remote cluster. */
  readonly namespace: string;
  /** The Secret in which the agent stores its certificate. */
  readonly clientSecret: SecretPlace;
  /** Raised when the resource's operations change in a way that existing registrations must follow. */
  readonly revision: number;
}

export interface PreparationInputs extends RegistrationInputs {
  readonly releaseName: string;
  /** The Secrets of this registration on the remote cluster, which its deregistration removes. */
  readonly secrets: readonly SecretPlace[];
  /** Secrets that the agent reads and others provide: they stay, even if an earlier run copied them. Missing in states of earlier versions. */
  readonly providedSecrets?: readonly SecretPlace[];
  /** Whether the registration creates the namespace, and its deregistration removes it. */
  readonly removeNamespace: boolean;
  /** Whether a namespace that someone else created gets the label that keeps Istio away from the agent. */
  readonly labelNamespace: boolean;
  readonly kubernetesCluster: Generation["kubernetesCluster"];
  /** Whether a client certificate from before this registration is removed. */
  readonly removeEarlierCertificate: boolean;
  /** True if another tool owns the KubernetesCluster; missing otherwise. */
  readonly kubernetesClusterProvided?: boolean;
  /** {@link Ownership.takesFrom}; missing without one. */
  readonly takenFrom?: Ownership["takesFrom"];
  /** Whether the end of the registration hands the cluster over, instead of deregistering it. Missing for no. */
  readonly leaveRunning?: boolean;
  /** Seconds of quiet after which an unfinished Helm operation counts as abandoned. */
  readonly abandonedAfterSeconds: number;
}

export interface PreparationState extends PreparationInputs {
  readonly recoveries: number;
  /**
   * A random value of each preparation: release and KubernetesCluster carry that of the one that they belong to. Missing in states of earlier versions.
   */
  readonly incarnation?: string;
  /** What earlier runs declared and this one does not. It is removed after the next proof, and by the deregistration. */
  readonly previous?: readonly MarkedObject[];
  /** A refresh found another cluster behind a context: the registration is moved to it, and nothing of it there is changed. */
  readonly isElsewhere?: boolean;
  /** This registration added the label to a namespace that someone else created. */
  readonly labelAdded?: boolean;
  /** Previous cluster names, in states of earlier versions; `previous` has taken their place. */
  readonly formerNames?: readonly string[];
}

/** An object with a mark of this registration, on either cluster. Without the access to the cluster, which may be a secret. */
export interface MarkedObject {
  /** Identity of the management or the remote cluster. */
  readonly identity: string;
  /** Path of the API. */
  readonly path: string;
}

export interface BootstrapTokenInputs extends RegistrationInputs {
  /** On the management cluster. */
  readonly tokenSource: SecretKeyPlace;
  /** On the remote cluster. */
  readonly tokenSecret: SecretKeyPlace;
  readonly agentName: string;
  /** PEM of the root CA that is copied to the remote cluster; empty where none is copied. */
  readonly rootCertificate: string;
  readonly chainToRoot: boolean;
  /** A value that differs from the previous run's has a good certificate reissued; an empty one does not. */
  readonly reissue: string;
}

export interface BootstrapTokenState extends BootstrapTokenInputs {
  readonly bootstraps: number;
  readonly writtenAt: string;
}

export interface ClientCertificateInputs extends BootstrapTokenInputs {
  /** Who issues the certificate: the relay server, the user, or nobody, for a relay without TLS. */
  readonly certificate: Modes["certificate"];
  /** What is proven: the agent alone, or also that the relay server counts it as connected. */
  readonly level: ProofLevel;
  /** The relay server's Service on the management cluster, and the port of its metrics. */
  readonly relayServerName: string;
  readonly metricsPort: number;
  /** The relay server's address for the agent: a line of the agent's log that names it is about the relay. */
  readonly serverAddress: string;
  readonly authority: string;
  readonly releaseName: string;
  /** Revision of the Helm release; a new one is proven again. 0 for a provided agent. */
  readonly releaseRevision: number;
  /** UID of that revision's record; a new one is proven again. Empty for a provided agent. */
  readonly releaseUid: string;
  /** UID of the KubernetesCluster; a new one is proven again, since the agent crashed while there was none. */
  readonly kubernetesClusterUid: string;
  /** How often the token was copied; a new number is proven again. */
  readonly bootstraps: number;
  /** The preparation that the release belongs to, see {@link PreparationState}. */
  readonly incarnation: string;
  /** What the proof removes, see {@link PreparationState}. */
  readonly previous: readonly MarkedObject[];
  /** Time of the token's last copy, ISO 8601; empty when there was none. */
  readonly tokenWrittenAt: string;
  /** Whether the token is removed as soon as the certificate is good. */
  readonly removeToken: boolean;
  /** Whether the agent writes its Secret, so that one at a previous place is removed. */
  readonly removeOnDelete: boolean;
  /** As in {@link PreparationInputs}: then Pulumi leaves the agent's release. */
  readonly leaveRunning?: boolean;
  /** Limit of the wait. */
  readonly timeoutSeconds: number;
}
