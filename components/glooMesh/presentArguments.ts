import { changedLeaves, isMap, mergeDeep, valueAt } from "../base/json";
import { normaliseVersion } from "../base/version";
import type { SecretKeyPlace } from "../kubernetes/objects";
import { agentValues, readAgentValues, withoutLiteralToken } from "./agentValues";
import type { Generation } from "./generation";
import type { ReleaseContent } from "./helmRelease";
import { type IdentityMode, modesOf, type PlainArguments } from "./modes";
import { releaseMarkValue } from "./ownership";
import { type GivenSettings, settle, withDefaults } from "./settings";

type ReadValues = Readonly<Record<string, unknown>>;

/** A Secret of a registration on the remote cluster; `managed` is one that another tool writes. */
export type PresentSecret = "missing" | "present" | "managed";

/** What both clusters show of a registration, whoever created it. */
export interface PresentRegistration {
  readonly clusterName: string;
  readonly generation: Generation;
  readonly selfRegistration: boolean;
  readonly managementNamespace: string;
  /** The Helm release of the agent. */
  readonly release: Pick<ReleaseContent, "chartName" | "chartVersion" | "defaults" | "values"> & {
    readonly name: string;
    readonly namespace: string;
  };
  /** Domain in the KubernetesCluster. */
  readonly clusterDomain: string | undefined;
  /** What the management cluster gives for an omitted argument; undefined where it gives nothing. */
  readonly discovered: { readonly serverAddress: string | undefined; readonly agentVersion: string | undefined };
  readonly namespace: { readonly isManaged: boolean; readonly isWithoutSidecars: boolean };
  readonly secrets: Readonly<Record<"root" | "token" | "client", PresentSecret>>;
  readonly isConnected: boolean;
  /** Values of the Helm release of the CRDs; undefined where there is none. */
  readonly crds: ReadValues | undefined;
}

/** The arguments that reproduce a registration. */
export interface PresentArguments {
  /** Those that differ from their defaults, in the shape in which a program gives them. */
  readonly given: ReadValues;
  /** Paths of the chart's values that the agent gets with these arguments and does not have now; without the mark. */
  readonly changedValues: readonly string[];
}

/** Reads the arguments from the present state: the inverse of {@link agentValues}, for the values of any release. */
export function presentArguments(present: PresentRegistration): PresentArguments {
  const { clusterName, generation, selfRegistration, managementNamespace, release, discovered } = present;
  const identity = identityOf(present);
  const isProvided = (secret: PresentSecret) => secret === "managed" && !selfRegistration;
  const copies = identity !== "none" && identity !== "provided-certificate" && !selfRegistration;
  const plain: PlainArguments = {
    ...(generation.name === "1.x" ? {} : { generation: generation.name }),
    ...(identity === "one-time-token" ? {} : { identity }),
    ...(selfRegistration ? { selfRegistration } : {}),
    ...(selfRegistration ? {} : { namespace: namespaceOf(present) }),
    ...(copies && isProvided(present.secrets.root) ? { rootCertificate: { provided: true } } : {}),
    ...(generation.crds && !selfRegistration && present.crds === undefined ? { crds: { install: false } } : {}),
  };
  const defaults = withDefaults(
    { clusterName, managementNamespace, namespace: { name: release.namespace } },
    selfRegistration,
    generation,
  );
  const found = effective(release.defaults, release.values);
  const read = readAgentValues(found, generation);
  const place = (group: SecretGroup, secret: keyof typeof read.secrets) =>
    placeOf(read.secrets[secret], defaults, group);
  const usual = usualNamespace(present);
  const hasCertificate = identity !== "none" && identity !== "simple-tls";
  const { serverAddress, authority = defaults.relay.authority } = read;
  const version = release.chartVersion && normaliseVersion(release.chartVersion);
  const isDomain = present.clusterDomain !== undefined && present.clusterDomain !== defaults.clusterDomain;
  const settings = withoutEmpty({
    ...(isDomain ? { clusterDomain: present.clusterDomain } : {}),
    ...(managementNamespace === generation.relayServer.namespace ? {} : { managementNamespace }),
    ...(release.namespace === usual ? {} : { namespace: { name: release.namespace } }),
    relay: {
      ...(serverAddress === discovered.serverAddress ? {} : { serverAddress }),
      ...(authority === defaults.relay.authority ? {} : { authority }),
    },
    agent: {
      ...(version === discovered.agentVersion ? {} : { version }),
      ...(release.name === generation.releaseName ? {} : { releaseName: release.name }),
      ...(release.chartName === generation.chart ? {} : { chart: release.chartName }),
    },
    crds: valueAt(present.crds, "installEnterpriseCrds") === false ? { installEnterpriseCrds: false } : {},
    rootCertificate: { secret: copies ? place("rootCertificate", "root") : {} },
    token: { secret: copies ? place("token", "token") : {} },
    clientCertificate: { secret: hasCertificate ? place("clientCertificate", "client") : {} },
  });
  const own = ownValues(present, plain, settings);
  const rest = withoutOverridden(withoutLiteralToken(release.values, generation), own);
  const values = Object.keys(rest).length === 0 ? {} : { agent: { values: rest } };
  return {
    given: inOrder(mergeDeep(mergeDeep(withoutEmpty(plain), settings), values)),
    changedValues: changes(present, mergeDeep(rest, own)),
  };
}

type SecretGroup = "rootCertificate" | "token" | "clientCertificate";

function identityOf({
  generation,
  release,
  secrets,
  isConnected,
  selfRegistration,
}: PresentRegistration): IdentityMode {
  const { certificate, tls } = readAgentValues(release.values, generation);
  if (tls === "none") return "none";
  if (tls === "server") return "simple-tls";
  // Whoever names only the client certificate's Secret may leave the root CA to the chart's default.
  const isProvided = certificate === "provided" && secrets.root === "missing" && !selfRegistration;
  if (secrets.client === "managed" || isProvided) return "provided-certificate";
  if (selfRegistration) return "one-time-token";
  if (secrets.token === "managed") return "provided-token";
  // A token beside an agent that never connected is what a failed registration left.
  return secrets.token === "present" && isConnected ? "retained-token" : "one-time-token";
}

function namespaceOf({ namespace: { isManaged, isWithoutSidecars } }: PresentRegistration) {
  return { ...(isManaged ? { create: false } : {}), ...(isWithoutSidecars ? { disableIstioInjection: true } : {}) };
}

function usualNamespace({ generation, selfRegistration, managementNamespace }: PresentRegistration): string {
  return selfRegistration ? managementNamespace : generation.relayServer.namespace;
}

/** The parts of a Secret's place that differ from the default. The agent takes an empty namespace for its own. */
function placeOf(read: Partial<SecretKeyPlace> | undefined, defaults: GivenSettings, group: SecretGroup) {
  const usual: Partial<SecretKeyPlace> = defaults[group].secret;
  return Object.fromEntries(
    Object.entries(read ?? {}).filter(
      ([part, value]) => part in usual && usual[part as keyof SecretKeyPlace] !== value,
    ),
  );
}

/** The values that the registration with these arguments gives to the chart by itself, without the mark. */
function ownValues(present: PresentRegistration, plain: PlainArguments, settings: ReadValues): ReadValues {
  const { clusterName, generation, managementNamespace, release, selfRegistration } = present;
  const shared = { clusterName, managementNamespace, namespace: { name: release.namespace } };
  const given = withDefaults(mergeDeep(settings, shared), selfRegistration, generation);
  const found = readAgentValues(effective(release.defaults, release.values), generation);
  const all = settle(given, {
    serverAddress: { value: found.serverAddress ?? "" },
    agentVersion: { value: normaliseVersion(release.chartVersion ?? "") },
  });
  return agentValues({ settings: all, modes: modesOf(plain), mark: "" }, generation);
}

/** The values that a chart is rendered with: a null drops the chart's default. */
function effective(defaults: ReadValues, values: ReadValues): ReadValues {
  return mergeDeep(defaults, values);
}

function changes({ release, generation }: PresentRegistration, wanted: ReadValues): readonly string[] {
  // Pulumi's Release passes nulls on only where it is asked to.
  const passed = generation.values.withoutTokenByNulls ? wanted : withoutNulls(wanted);
  const { defaults, values } = release;
  return changedLeaves(effective(defaults, values), effective(defaults, passed)).filter(
    (path) => path !== `global.${releaseMarkValue}`,
  );
}

function withoutNulls(values: ReadValues): ReadValues {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      value === null ? [] : [[key, isMap(value) ? withoutNulls(value) : value]],
    ),
  );
}

/** The values without those that others override. */
function withoutOverridden(values: ReadValues, others: ReadValues): ReadValues {
  const rest = Object.entries(values).flatMap(([key, value]): [string, unknown][] => {
    if (!Object.hasOwn(others, key)) return [[key, value]];
    const other = others[key];
    const inner = isMap(value) && isMap(other) ? withoutOverridden(value, other) : {};
    return Object.keys(inner).length === 0 ? [] : [[key, inner]];
  });
  return Object.fromEntries(rest);
}

/** The values without those that are undefined, and without empty maps. */
function withoutEmpty(values: object): ReadValues {
  const rest = Object.entries(values).flatMap(([key, value]): [string, unknown][] => {
    const inner = isMap(value) ? withoutEmpty(value) : value;
    return inner === undefined || (isMap(inner) && Object.keys(inner).length === 0) ? [] : [[key, inner]];
  });
  return Object.fromEntries(rest);
}

/** The order in which people read them. */
const order = [
  "generation",
  "identity",
  "selfRegistration",
  "managementNamespace",
  "clusterDomain",
  "namespace",
  "relay",
  "agent",
];

function inOrder(given: ReadValues): ReadValues {
  const rank = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length);
  return Object.fromEntries(Object.entries(given).sort(([one], [other]) => rank(one) - rank(other)));
}
