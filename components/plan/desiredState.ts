import { agentValues } from "../glooMesh/agentValues";
import type { Modes } from "../glooMesh/modes";
import { type GivenSettings, type SecretPlaces, settle } from "../glooMesh/settings";
import type { CheckedFacts } from "../preflight/preflight";
import type { PreflightRequest } from "../preflight/request";

/** The state that a registration is to have, by its arguments and the facts of the management cluster. */
export interface DesiredState
  extends Modes,
    Pick<GivenSettings, "clusterName" | "clusterDomain">,
    Pick<CheckedFacts, "agentVersion" | "serverAddress" | "remoteIdentity"> {
  /** The agent's namespace on the remote cluster. */
  readonly namespace: string;
  /** PEM of the root CA that is copied to the remote cluster; empty when none is. */
  readonly rootCertificate: string;
  /** Whether the client certificate must chain to that root. */
  readonly chainToRoot: boolean;
  /** clientCertificate.reissue; empty if not set. Only Pulumi's state has its previous value. */
  readonly reissue: string;
  /** The arguments about the chart's origin that differ from their default. Only Pulumi's state has their previous values. */
  readonly chartArguments: readonly string[];
  /** Where root CA and client certificate are stored on the remote cluster. */
  readonly secrets: Pick<SecretPlaces, "rootCertificate" | "clientCertificate">;
  /** All values for the agent's chart. If undefined, a plan lists no changed values; it never shows values, only their paths. */
  readonly values?: Readonly<Record<string, unknown>> | undefined;
  /** Paths of the user's values that are known only in the run; an empty path stands for all. Default: none. */
  readonly unknownValues?: readonly string[] | undefined;
}

/** `userValues` are the user's values for the agent's chart, as far as they are known. Default: none. */
export function describeDesiredState(
  {
    settings: given,
    modes,
    generation,
    ownership,
  }: Pick<PreflightRequest, "settings" | "modes" | "generation" | "ownership">,
  facts: Pick<CheckedFacts, "agentVersion" | "serverAddress" | "remoteIdentity" | "rootCertificate"> &
    Partial<Pick<CheckedFacts, "telemetryEndpoint">>,
  userValues: { readonly value?: unknown; readonly unknown?: readonly string[] } = {},
): DesiredState {
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
      ...(["chart", "repository"] as const).filter((argument) => agent[argument] !== generation[argument]),
      ...agent.credentials,
      ...(agent.repositoryCaFile ? ["repositoryCaFile"] : []),
    ].map((argument) => `agent.${argument}`),
    values: agentValues({ settings, modes, mark: ownership.mark }, generation, known),
    unknownValues: userValues.unknown,
  };
}
