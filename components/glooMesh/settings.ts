import { stringAt, valueAt } from "../base/json";
import { normaliseVersion } from "../base/version";
import type { SecretKeyPlace, SecretPlace } from "../kubernetes/objects";
import { type ArgumentValues, type FilledArguments, fillDefaults } from "./argumentKinds";
import type { Generation } from "./generation";

/** The known values of the arguments, by their own names, with all defaults that need no cluster. */
export interface GivenSettings
  extends Omit<FilledArguments, "relay" | "agent" | "rootCertificate" | "token" | "clientCertificate"> {
  readonly clusterName: string;
  readonly namespace: { readonly name: string };
  readonly relay: {
    /** Undefined if it is to be read from the management cluster. */
    readonly serverAddress: string | undefined;
    /** Undefined if the address is not to be read from an ingress gateway. */
    readonly ingress: FilledArguments["relay"]["ingress"] | undefined;
    readonly authority: string;
  };
  readonly agent: FilledArguments["agent"] & {
    readonly releaseName: string;
    readonly repository: string;
    readonly chart: string;
    /** Which of the credentials for the chart's repository are given. Their values are no settings: they would make all of them secret. */
    readonly credentials: readonly RepositoryCredential[];
  };
  /** Chart of the CRDs; empty for a generation that has none. */
  readonly crds: FilledArguments["crds"] & { readonly chart: string };
  readonly rootCertificate: { readonly source: SecretKeyPlace; readonly secret: SecretPlace };
  readonly token: { readonly source: SecretKeyPlace; readonly secret: SecretKeyPlace };
  readonly clientCertificate: {
    readonly secret: SecretPlace;
    /** Empty if no reissue is requested. */
    readonly reissue: string;
  };
  readonly checks: { readonly ignore: readonly string[] };
  /** True if the chart's further values turn TLS off, for which `identity` is the argument. */
  readonly insecureByValues: boolean;
  /** Tags that the chart's further values give to the agent's image. */
  readonly imageTags: readonly ImageTag[];
  /** The telemetry collector, if the chart's further values turn it on. */
  readonly telemetry: GivenTelemetry | undefined;
}

interface ImageTag {
  /** Path of the argument. */
  readonly argument: string;
  readonly tag: string;
}

/** What the chart's further values say of the telemetry collector. */
interface GivenTelemetry {
  /** `discover`: they name no endpoint, which is read from the management cluster. */
  readonly endpoint: "given" | "discover";
  /** Whether it verifies the gateway, by the relay's root CA. */
  readonly verifies: boolean;
}

const repositoryCredentials = ["repositoryUsername", "repositoryPassword"] as const;

export type RepositoryCredential = (typeof repositoryCredentials)[number];

/** The settings, with the values that were read from the management cluster. */
export interface Settings extends GivenSettings {
  readonly relay: GivenSettings["relay"] & { readonly serverAddress: string };
  readonly agent: GivenSettings["agent"] & { readonly version: string };
  /** Endpoint of the telemetry collector, if it was read from the management cluster. */
  readonly telemetryEndpoint: string | undefined;
}

/** The three Secrets of a registration on the remote cluster, each as `secret` of its argument. */
export type SecretPlaces = {
  readonly [Group in "rootCertificate" | "token" | "clientCertificate"]: Pick<GivenSettings[Group], "secret">;
};

/** Fills in the defaults without looking anything up. A null, from outside of TypeScript, counts as omitted. */
export function withDefaults(
  values: ArgumentValues & { readonly clusterName: string },
  selfRegistration: boolean,
  generation: Generation,
): GivenSettings {
  const filled = fillDefaults(values);
  const { managementNamespace, relay, agent, rootCertificate, token, clientCertificate } = filled;
  const { name: relayServer, namespace: usual } = generation.relayServer;
  const namespace = filled.namespace.name ?? (selfRegistration ? managementNamespace : usual);
  const onManagement = placedIn(managementNamespace);
  const onRemote = placedIn(namespace);
  return {
    ...filled,
    clusterName: values.clusterName,
    namespace: { name: namespace },
    relay: {
      serverAddress: relay.serverAddress,
      ingress: values.relay?.ingress ? relay.ingress : undefined,
      authority: relay.authority ?? `${relayServer}.${managementNamespace}`,
    },
    agent: {
      ...agent,
      releaseName: agent.releaseName ?? generation.releaseName,
      repository: agent.repository ?? generation.repository,
      chart: agent.chart ?? generation.chart,
      version: agent.version === undefined ? undefined : normaliseVersion(agent.version),
      credentials: repositoryCredentials.filter((credential) => values.agent?.[credential]),
    },
    crds: { ...filled.crds, chart: filled.crds.chart ?? generation.crds?.chart ?? "" },
    rootCertificate: { source: onManagement(rootCertificate.source), secret: onRemote(rootCertificate.secret) },
    token: { source: onManagement(token.source), secret: onRemote(token.secret) },
    clientCertificate: { secret: onRemote(clientCertificate.secret), reissue: clientCertificate.reissue ?? "" },
    checks: { ignore: filled.checks.ignore ?? [] },
    insecureByValues: asksForNoTls(values.agent?.values ?? {}, generation),
    imageTags: imageTagsIn(values.agent?.values ?? {}, generation),
    telemetry: telemetryIn(values.agent?.values ?? {}, generation),
  };
}

/** Completes the settings with the values that were read from the management cluster. */
export function settle(
  given: GivenSettings,
  {
    serverAddress,
    agentVersion,
    telemetryEndpoint,
  }: Readonly<Record<"serverAddress" | "agentVersion", { readonly value: string }>> & {
    readonly telemetryEndpoint?: { readonly value: string } | undefined;
  },
): Settings {
  return {
    ...given,
    relay: { ...given.relay, serverAddress: serverAddress.value },
    agent: { ...given.agent, version: agentVersion.value },
    telemetryEndpoint: telemetryEndpoint?.value,
  };
}

function placedIn(namespace: string) {
  return <T extends { readonly namespace: string | undefined }>(place: T): T & { readonly namespace: string } => ({
    ...place,
    namespace: place.namespace ?? namespace,
  });
}

function telemetryIn(given: Readonly<Record<string, unknown>>, { telemetry }: Generation): GivenTelemetry | undefined {
  if (!telemetry || !isTrue(given, telemetry.enabled)) return undefined;
  const endpoint = valueAt(given, ...telemetry.endpoint);
  const isGiven = endpoint !== undefined && endpoint !== null && endpoint !== "";
  return { endpoint: isGiven ? "given" : "discover", verifies: !isTrue(given, telemetry.skipVerify) };
}

function imageTagsIn(given: Readonly<Record<string, unknown>>, { values }: Generation): readonly ImageTag[] {
  return values.imageTags.flatMap((path) => {
    const tag = stringAt(given, ...path);
    return tag === undefined || tag === "" ? [] : [{ argument: `agent.values.${path.join(".")}`, tag }];
  });
}

function asksForNoTls(given: Readonly<Record<string, unknown>>, { values }: Generation): boolean {
  return values.insecure.some(({ path }) => isTrue(given, path));
}

/** Helm's templates take the string of a `--set-string` for a boolean, too. */
function isTrue(given: Readonly<Record<string, unknown>>, path: readonly string[]): boolean {
  const value = valueAt(given, ...path);
  return value === true || value === "true";
}
