import { isMap, mergeDeep, valueAt } from "../base/json";
import { isOfMinorSince, parseVersion } from "../base/version";
import { type SecretKeyPlace, type SecretPlace, samePlace } from "../kubernetes/objects";
import type { Generation } from "./generation";
import type { Modes } from "./modes";
import { releaseMarkValue } from "./ownership";
import type { SecretPlaces, Settings } from "./settings";

/** The agent's identity, which its chart gets as values. */
export interface AgentIdentity {
  readonly settings: AgentSettings;
  readonly certificate: Modes["certificate"];
  readonly mark: string;
}

type AgentSettings = Pick<Settings, "clusterName"> &
  SecretPlaces & {
    readonly relay: Pick<Settings["relay"], "serverAddress" | "authority">;
    readonly agent: Pick<Settings["agent"], "version">;
  };

type Values = Record<string, unknown>;

/**
 * The values of the agent's chart: the user's, overridden by the identity, because a release whose `relay.cluster` differs from the
 * KubernetesCluster can never connect. Names and namespaces of the Secrets are always given: the client Secret's even before it exists, because the
 * agent writes there.
 */
export function agentValues(identity: AgentIdentity, generation: Generation, userValues: Values = {}): Values {
  const { settings, mark } = identity;
  const { serverAddress, authority } = settings.relay;
  const relay = { cluster: settings.clusterName, serverAddress, authority, ...secretValues(identity) };
  return [{ relay }, insecureValues(identity, generation), { global: { [releaseMarkValue]: mark } }].reduce<Values>(
    mergeDeep,
    userValues,
  );
}

function secretValues({ certificate, settings }: AgentIdentity): Values {
  if (certificate === "none") return {};
  const { rootCertificate, token, clientCertificate } = settings;
  const clientCertSecret = nameAndNamespace(clientCertificate.secret);
  // An agent with a provided certificate needs neither: it trusts by the ca.crt beside it (solo-io/gloo-mesh#1622).
  if (certificate === "provided") return { clientCertSecret };
  return {
    rootTlsSecret: nameAndNamespace(rootCertificate.secret),
    tokenSecret: { ...nameAndNamespace(token.secret), key: token.secret.key },
    clientCertSecret,
  };
}

function nameAndNamespace({ name, namespace }: SecretPlace): SecretPlace {
  return { name, namespace };
}

/** The value that turns TLS off, whose name depends on the chart's version. */
function insecureValues({ certificate, settings }: AgentIdentity, generation: Generation): Values {
  const version = parseVersion(settings.agent.version);
  if (certificate !== "none" || !version) return {};
  const newest = generation.insecureValues.find(({ from }) => isOfMinorSince(version, from));
  if (!newest) return {};
  const [section, key] = newest.path;
  return { [section]: { [key]: true } };
}

/** The identity that an agent's values give; without the parts that they omit, for which the chart has defaults. */
interface ReadIdentity {
  readonly clusterName?: string;
  readonly serverAddress?: string;
  readonly authority?: string;
  readonly certificate: Modes["certificate"];
  readonly secrets: { readonly [name in "root" | "token" | "client"]?: Partial<SecretKeyPlace> };
}

/** Reads the identity from the values of any release; the inverse of {@link agentValues}. */
export function readAgentValues(values: Readonly<Values>, { insecureValues }: Generation): ReadIdentity {
  const relay = (key: string) => valueAt(values, "relay", key);
  const secretAt = (name: string, key: string) => {
    const found = relay(key);
    if (!isMap(found)) return {};
    return { [name]: strings({ name: found["name"], namespace: found["namespace"], key: found["key"] }) };
  };
  const isProvided = relay("clientCertSecret") !== undefined && relay("rootTlsSecret") === undefined;
  const isInsecure = insecureValues.some(({ path }) => valueAt(values, ...path) === true);
  return {
    ...strings({ clusterName: relay("cluster"), serverAddress: relay("serverAddress"), authority: relay("authority") }),
    certificate: isInsecure ? "none" : isProvided ? "provided" : "issued",
    secrets: {
      ...secretAt("root", "rootTlsSecret"),
      ...secretAt("token", "tokenSecret"),
      ...secretAt("client", "clientCertSecret"),
    },
  };
}

/** Whether values name this Secret and its namespace for the root CA, as {@link agentValues} always does. */
export function usesRootSecret(values: Readonly<Values>, root: SecretPlace, generation: Generation): boolean {
  const { name = "", namespace = "" } = readAgentValues(values, generation).secrets.root ?? {};
  return samePlace({ name, namespace }, root);
}

/** Drops every value that is empty or not a string. */
function strings<K extends string>(values: { readonly [key in K]: unknown }): { readonly [key in K]?: string } {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => typeof value === "string" && value !== ""),
  ) as { [key in K]?: string };
}
