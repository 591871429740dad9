import { agentValues } from "../glooMesh/agentValues";
import type { Generation } from "../glooMesh/generation";
import type { Modes } from "../glooMesh/modes";
import type { Ownership } from "../glooMesh/ownership";
import { type GivenSettings, type SecretPlaces, settle } from "../glooMesh/settings";
import type { Found } from "../preflight/discovery/found";
import type { CheckedFacts } from "../preflight/preflight";

/** The state that a registration is to have, by its arguments and the facts of the management cluster. */
export interface DesiredState {
  readonly clusterName: string;
  readonly clusterDomain: string;
  /** The agent's namespace on the remote cluster. */
  readonly namespace: string;
  /** The registration creates the namespace; otherwise someone else has created it. */
  readonly createNamespace: boolean;
  /** The namespace gets the label against Istio's sidecars. */
  readonly disableIstioInjection: boolean;
  readonly agentVersion: Found;
  readonly serverAddress: Found;
  /** PEM of the root CA that is copied to the remote cluster; empty when none is. */
  readonly rootCertificate: string;
  /** Whether the client certificate must chain to that root. */
  readonly chainToRoot: boolean;
  /** clientCertificate.reissue; empty if not set. Only Pulumi's state has its previous value. */
  readonly reissue: string;
  /** Those of `agent.chart` and `agent.repository` that differ from their default. Only Pulumi's state has their previous values. */
  readonly chartArguments: readonly string[];
  /** `issued` by the relay server for the token, `provided` by the user, or `none`: the relay runs without TLS. */
  readonly certificate: "issued" | "provided" | "none";
  readonly selfRegistration: boolean;
  /** `temporary` while it is needed, `retained` as a declared Secret, or `provided` by the user. */
  readonly token: "temporary" | "retained" | "provided";
  /** Where root CA and client certificate are stored on the remote cluster. */
  readonly secrets: Pick<SecretPlaces, "rootCertificate" | "clientCertificate">;
  /** Identity (kube-system UID) of the cluster to register. */
  readonly remoteIdentity: string;
  /** All values for the agent's chart. If undefined, a plan lists no changed values; it never shows values, only their paths. */
  readonly values?: Readonly<Record<string, unknown>> | undefined;
  /** Paths of the user's values that are known only in the run; an empty path stands for all. Default: none. */
  readonly unknownValues?: readonly string[] | undefined;
}

/** The arguments and facts of a registration after the checks. */
export interface CheckedRegistration {
  readonly given: GivenSettings;
  readonly modes: Modes;
  readonly generation: Generation;
  readonly ownership: Ownership;
  readonly facts: CheckedFacts;
  /** The user's values for the agent's chart, as far as they are known. */
  readonly userValues: { readonly value: unknown; readonly unknown: readonly string[] };
}

export function describeDesiredState(registration: CheckedRegistration): DesiredState {
  const { given, modes, generation, ownership, facts, userValues } = registration;
  const { rootCertificate, serverAddress, agentVersion, remoteIdentity } = facts;
  const settings = settle(given, facts);
  const known = (userValues.value ?? {}) as Record<string, unknown>;
  const { clusterName, clusterDomain, agent } = settings;
  return {
    ...modes,
    clusterName,
    clusterDomain,
    namespace: settings.namespace.name,
    chainToRoot: settings.proof.chainToRoot,
    reissue: settings.clientCertificate.reissue,
    secrets: settings,
    serverAddress,
    agentVersion,
    remoteIdentity,
    rootCertificate: modes.copyRoot ? rootCertificate : "",
    chartArguments: [
      ...(agent.chart === generation.chart ? [] : ["agent.chart"]),
      ...(agent.repository === generation.repository ? [] : ["agent.repository"]),
    ],
    token: modes.token === "none" ? "provided" : modes.token,
    values: agentValues({ settings, certificate: modes.certificate, mark: ownership.mark }, generation, known),
    unknownValues: userValues.unknown,
  };
}
