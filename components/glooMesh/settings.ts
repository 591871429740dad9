import { isMap } from "../base/json";
import { normaliseVersion } from "../base/version";
import type { SecretKeyPlace, SecretPlace } from "../kubernetes/objects";
import { type ArgumentValues, type FilledArguments, fillDefaults } from "./argumentKinds";
import { enterpriseAgent as generation } from "./generation";

/** The ingress gateway that leads to the relay server. */
export type IngressPlace = FilledArguments["relay"]["ingress"];

/** The arguments once their values are known, under their own names, with all defaults that need no cluster. */
export interface GivenSettings
  extends Omit<FilledArguments, "relay" | "rootCertificate" | "token" | "clientCertificate"> {
  readonly clusterName: string;
  readonly namespace: { readonly name: string };
  readonly relay: {
    /** Undefined: it is read from the hub. */
    readonly serverAddress: string | undefined;
    /** Undefined: the address is not read from an ingress gateway. */
    readonly ingress: IngressPlace | undefined;
    readonly authority: string;
  };
  readonly rootCertificate: { readonly source: SecretKeyPlace; readonly secret: SecretPlace };
  readonly token: { readonly source: SecretKeyPlace; readonly secret: SecretKeyPlace };
  readonly clientCertificate: {
    readonly secret: SecretPlace;
    /** Empty: nothing is asked for. */
    readonly reissue: string;
  };
  readonly checks: { readonly ignore: readonly string[] };
  /** The chart's further values ask for a relay without TLS, which has an argument of its own. */
  readonly insecureByValues: boolean;
}

/** The same, with what was read from the hub. */
export interface Settings extends GivenSettings {
  readonly relay: GivenSettings["relay"] & { readonly serverAddress: string };
  readonly agent: GivenSettings["agent"] & { readonly version: string };
}

/** The three Secrets of a registration on the remote cluster, each as `secret` of its argument. */
export type SecretPlaces = {
  readonly [Group in "rootCertificate" | "token" | "clientCertificate"]: Pick<GivenSettings[Group], "secret">;
};

/** Fills in the defaults; nothing is looked up. A null from outside of TypeScript is as good as left out. */
export function withDefaults(
  values: ArgumentValues & { readonly clusterName: string },
  selfRegistration: boolean,
): GivenSettings {
  const filled = fillDefaults(values);
  const { managementNamespace, relay, agent, rootCertificate, token, clientCertificate } = filled;
  const { name: relayServer, namespace: usual } = generation.relayServer;
  const namespace = filled.namespace.name ?? (selfRegistration ? managementNamespace : usual);
  const onManagement = <T extends { namespace: string | undefined }>(place: T) => placed(place, managementNamespace);
  const onRemote = <T extends { namespace: string | undefined }>(place: T) => placed(place, namespace);
  return {
    ...filled,
    clusterName: values.clusterName,
    namespace: { name: namespace },
    relay: {
      serverAddress: relay.serverAddress,
      ingress: values.relay?.ingress ? relay.ingress : undefined,
      authority: relay.authority ?? `${relayServer}.${managementNamespace}`,
    },
    agent: { ...agent, version: agent.version === undefined ? undefined : normaliseVersion(agent.version) },
    rootCertificate: { source: onManagement(rootCertificate.source), secret: onRemote(rootCertificate.secret) },
    token: { source: onManagement(token.source), secret: onRemote(token.secret) },
    clientCertificate: { secret: onRemote(clientCertificate.secret), reissue: clientCertificate.reissue ?? "" },
    checks: { ignore: filled.checks.ignore ?? [] },
    insecureByValues: asksForNoTls(values.agent?.values ?? {}),
  };
}

/** The settings with what was read from the hub. */
export function settle(
  given: GivenSettings,
  {
    serverAddress,
    agentVersion,
  }: { readonly serverAddress: { readonly value: string }; readonly agentVersion: { readonly value: string } },
): Settings {
  return {
    ...given,
    relay: { ...given.relay, serverAddress: serverAddress.value },
    agent: { ...given.agent, version: agentVersion.value },
  };
}

function placed<T extends { readonly namespace: string | undefined }>(
  place: T,
  namespace: string,
): T & { readonly namespace: string } {
  return { ...place, namespace: place.namespace ?? namespace };
}

function asksForNoTls(values: Readonly<Record<string, unknown>>): boolean {
  return generation.insecureValues.some(({ path: [section, key] }) => {
    const found = values[section];
    const value = isMap(found) ? found[key] : undefined;
    return value === true || value === "true";
  });
}
