import { normaliseVersion } from "../base/version";
import type { SecretKeyPlace, SecretPlace } from "../kubernetes/objects";
import type { Generation } from "./generation";

/** The Secrets of a registration; those of the management cluster are sources. */
export interface SecretPlaces {
  readonly rootSource: SecretKeyPlace;
  readonly tokenSource: SecretKeyPlace;
  readonly root: SecretPlace;
  readonly token: SecretKeyPlace;
  readonly client: SecretPlace;
}

/** Where the ingress gateway stands that leads to the relay server. */
export interface IngressPlace {
  readonly namespace: string;
  readonly service: string;
  readonly portName: string;
}

/** The arguments once their values are known, with defaults filled in. */
export interface GivenSettings {
  readonly clusterName: string;
  readonly clusterDomain: string;
  readonly managementNamespace: string;
  readonly namespace: string;
  readonly secrets: SecretPlaces;
  /** Undefined: it is read from the hub. */
  readonly serverAddress: string | undefined;
  readonly ingress: IngressPlace | undefined;
  readonly authority: string;
  /** Undefined: it is read from the hub. */
  readonly agentVersion: string | undefined;
  readonly chart: string;
  readonly chartRepository: string;
  readonly skipCrds: boolean;
  /** The chart's further values ask for a relay without TLS, which has an argument of its own. */
  readonly insecureByValues: boolean;
  readonly chainToRoot: boolean;
  /** Empty: nothing is asked for. */
  readonly reissue: string;
  readonly level: string;
  readonly timeoutSeconds: number;
  readonly abandonedAfterSeconds: number;
  readonly ignoredChecks: readonly string[];
}

/** The same, with what was read from the hub. */
export interface Settings extends GivenSettings {
  readonly serverAddress: string;
  readonly agentVersion: string;
}

/** What is said of a registration, in values that are known; what is left out has its default, and so has a null from outside of TypeScript. */
export interface ArgumentValues {
  readonly clusterName: string;
  readonly clusterDomain?: string | undefined;
  readonly managementNamespace?: string | undefined;
  /** The agent's. */
  readonly namespace?: string | undefined;
  readonly serverAddress?: string | undefined;
  readonly ingress?: Partial<IngressPlace> | undefined;
  readonly authority?: string | undefined;
  readonly agentVersion?: string | undefined;
  readonly chart?: string | undefined;
  readonly chartRepository?: string | undefined;
  readonly skipCrds?: boolean | undefined;
  readonly values?: Readonly<Record<string, unknown>> | undefined;
  readonly rootSource?: Known<SecretKeyPlace> | undefined;
  readonly root?: Known<SecretPlace> | undefined;
  readonly tokenSource?: Known<SecretKeyPlace> | undefined;
  readonly token?: Known<SecretKeyPlace> | undefined;
  readonly client?: Known<SecretPlace> | undefined;
  readonly chainToRoot?: boolean | undefined;
  readonly reissue?: string | undefined;
  readonly level?: string | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly abandonedAfterSeconds?: number | undefined;
  readonly ignoredChecks?: readonly string[] | undefined;
}

/** Fills in the defaults; nothing is looked up. */
export function withDefaults(said: ArgumentValues, selfRegistration: boolean, generation: Generation): GivenSettings {
  const { rootSecret, tokenSecret, clientSecret, relayServer } = generation;
  const agentVersion = said.agentVersion ?? undefined;
  const managementNamespace = said.managementNamespace ?? relayServer.namespace;
  const namespace = said.namespace ?? (selfRegistration ? managementNamespace : relayServer.namespace);
  return {
    clusterName: said.clusterName,
    clusterDomain: said.clusterDomain ?? "cluster.local",
    managementNamespace,
    namespace,
    secrets: {
      rootSource: keyPlace(said.rootSource, rootSecret, managementNamespace),
      tokenSource: keyPlace(said.tokenSource, tokenSecret, managementNamespace),
      root: place(said.root, rootSecret, namespace),
      token: keyPlace(said.token, tokenSecret, namespace),
      client: place(said.client, clientSecret, namespace),
    },
    serverAddress: said.serverAddress ?? undefined,
    ingress: said.ingress ? { ...generation.ingress, ...withoutUnset(said.ingress) } : undefined,
    authority: said.authority ?? `${relayServer.name}.${managementNamespace}`,
    agentVersion: agentVersion === undefined ? undefined : normaliseVersion(agentVersion),
    chart: said.chart ?? generation.chart,
    chartRepository: said.chartRepository ?? generation.repository,
    skipCrds: said.skipCrds ?? false,
    insecureByValues: asksForNoTls(said.values ?? {}, generation),
    chainToRoot: said.chainToRoot ?? true,
    reissue: said.reissue ?? "",
    level: said.level ?? "agent",
    timeoutSeconds: said.timeoutSeconds ?? 300,
    abandonedAfterSeconds: said.abandonedAfterSeconds ?? 60,
    ignoredChecks: said.ignoredChecks ?? [],
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
  return { ...given, serverAddress: serverAddress.value, agentVersion: agentVersion.value };
}

type Known<T> = { readonly [K in keyof T]?: string | undefined };

function place(given: Known<SecretPlace> | undefined, usual: { name: string }, namespace: string): SecretPlace {
  return { name: given?.name ?? usual.name, namespace: given?.namespace ?? namespace };
}

function keyPlace(
  given: Known<SecretKeyPlace> | undefined,
  usual: { name: string; key: string },
  namespace: string,
): SecretKeyPlace {
  return { ...place(given, usual, namespace), key: given?.key ?? usual.key };
}

function withoutUnset<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined && value !== null),
  ) as never;
}

function asksForNoTls(values: Readonly<Record<string, unknown>>, { insecureValues }: Generation): boolean {
  return insecureValues.some(({ path: [section, key] }) => {
    const found = values[section];
    const value = typeof found === "object" && found !== null ? (found as Record<string, unknown>)[key] : undefined;
    return value === true || value === "true";
  });
}
