import * as pulumi from "@pulumi/pulumi";
import type { GlooMeshRelayRegistrationArgs, SecretArgs, SecretKeyArgs } from "./arguments";
import type { Found } from "./discovery/found";
import type { Generation } from "./generation";
import { normaliseVersion } from "./version";

/** Where a Secret lies. */
export interface SecretPlace {
  readonly name: string;
  readonly namespace: string;
}

export interface SecretKeyPlace extends SecretPlace {
  readonly key: string;
}

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

/** The values of the arguments; nothing is looked up. */
export function settingsOf(args: GlooMeshRelayRegistrationArgs, generation: Generation): pulumi.Output<GivenSettings> {
  const { rootSecret, tokenSecret, clientSecret, relayServer } = generation;
  const given = pulumi.output({
    managementNamespace: args.managementNamespace ?? relayServer.namespace,
    ownNamespace: args.namespace?.name,
    clusterName: args.clusterName,
    clusterDomain: args.clusterDomain ?? "cluster.local",
    serverAddress: args.relay?.serverAddress,
    ingress: args.relay?.ingress,
    authority: args.relay?.authority,
    agentVersion: args.agent?.version,
    chart: args.agent?.chart ?? generation.chart,
    chartRepository: args.agent?.repository ?? generation.repository,
    skipCrds: args.agent?.skipCrds ?? false,
    values: args.agent?.values ?? {},
    rootSource: args.rootCertificate?.source,
    root: args.rootCertificate?.secret,
    tokenSource: args.token?.source,
    token: args.token?.secret,
    client: args.clientCertificate?.secret,
    chainToRoot: args.proof?.chainToRoot ?? true,
    reissue: args.clientCertificate?.reissue ?? "",
    level: args.proof?.level ?? "agent",
    timeoutSeconds: args.proof?.timeoutSeconds ?? 300,
    abandonedAfterSeconds: args.agent?.abandonedAfterSeconds ?? 60,
    ignoredChecks: args.checks?.ignore ?? [],
  });
  return given.apply(
    ({
      ownNamespace,
      ingress,
      authority,
      agentVersion,
      values,
      rootSource,
      root,
      tokenSource,
      token,
      client,
      ...rest
    }) => {
      const { managementNamespace } = rest;
      const namespace = ownNamespace ?? (args.selfRegistration ? managementNamespace : relayServer.namespace);
      return {
        ...rest,
        namespace,
        secrets: {
          rootSource: keyPlace(rootSource, rootSecret, managementNamespace),
          tokenSource: keyPlace(tokenSource, tokenSecret, managementNamespace),
          root: place(root, rootSecret, namespace),
          token: keyPlace(token, tokenSecret, namespace),
          client: place(client, clientSecret, namespace),
        },
        ingress: ingress && { ...generation.ingress, ...withoutUndefined(ingress) },
        authority: authority ?? `${relayServer.name}.${managementNamespace}`,
        agentVersion: agentVersion === undefined ? undefined : normaliseVersion(agentVersion),
        insecureByValues: asksForNoTls(values, generation),
      };
    },
  );
}

/** The settings with what was read from the hub. */
export function settle(
  given: GivenSettings,
  { serverAddress, agentVersion }: { readonly serverAddress: Found; readonly agentVersion: Found },
): Settings {
  return { ...given, serverAddress: serverAddress.value, agentVersion: agentVersion.value };
}

type Known<T> = { readonly [K in keyof T]?: string | undefined };

function place(given: Known<SecretArgs> | undefined, usual: { name: string }, namespace: string): SecretPlace {
  return { name: given?.name ?? usual.name, namespace: given?.namespace ?? namespace };
}

function keyPlace(
  given: Known<SecretKeyArgs> | undefined,
  usual: { name: string; key: string },
  namespace: string,
): SecretKeyPlace {
  return { ...place(given, usual, namespace), key: given?.key ?? usual.key };
}

function withoutUndefined<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never;
}

function asksForNoTls(values: Record<string, unknown>, { insecureValues }: Generation): boolean {
  return insecureValues.some(({ path: [section, key] }) => {
    const found = values[section];
    const value = typeof found === "object" && found !== null ? (found as Record<string, unknown>)[key] : undefined;
    return value === true || value === "true";
  });
}
