import { isMap, mapWith, mergeDeep, valueAt, withoutAt } from "../base/json";
import { isOfMinorSince, parseVersion } from "../base/version";
import { type SecretKeyPlace, type SecretPlace, samePlace } from "../kubernetes/objects";
import type { Generation, ValuePath } from "./generation";
import type { Modes } from "./modes";
import { releaseMarkValue } from "./ownership";
import type { SecretPlaces, Settings } from "./settings";

/** The agent's identity, which its chart gets as values. */
export interface AgentIdentity {
  readonly settings: AgentSettings;
  readonly modes: Pick<Modes, "certificate" | "tls">;
  readonly mark: string;
}

type AgentSettings = Pick<Settings, "clusterName"> &
  SecretPlaces & {
    readonly relay: Pick<Settings["relay"], "serverAddress" | "authority">;
    readonly agent: Pick<Settings["agent"], "version">;
    readonly telemetryEndpoint?: string | undefined;
  };

type Values = Record<string, unknown>;

/**
 * The values of the agent's chart: the user's, overridden by the identity, because a release whose cluster name differs from the KubernetesCluster can
 * never connect. Names and namespaces of the Secrets are always given: the client Secret's even before it exists, because the agent writes there.
 */
export function agentValues(identity: AgentIdentity, generation: Generation, userValues: Values = {}): Values {
  const { settings, mark } = identity;
  const { serverAddress, authority } = settings.relay;
  const { values, telemetry } = generation;
  const own: readonly (readonly [ValuePath | undefined, unknown])[] = [
    [values.enabled, true],
    [values.clusterName, settings.clusterName],
    [values.serverAddress, serverAddress],
    [values.authority, authority],
    ...secretValues(identity, generation),
    [insecurePath(identity, generation), true],
    [settings.telemetryEndpoint === undefined ? undefined : telemetry?.endpoint, settings.telemetryEndpoint],
    [["global", releaseMarkValue], mark],
  ];
  return own.reduce<Values>(
    (merged, [path, value]) => (path ? mergeDeep(merged, mapWith(path, value)) : merged),
    identity.modes.tls === "server" ? withoutLiteralToken(userValues, generation) : userValues,
  );
}

/** The values without the token of simple TLS as a literal: Kubernetes refuses a variable that has both a value and a reference. */
export function withoutLiteralToken(values: Readonly<Values>, generation: Generation): Values {
  const variable = tokenVariable(generation);
  return variable ? withoutAt(values, [...variable, "value"]) : { ...values };
}

/** Path of the agent's variable that holds the token of simple TLS; undefined for a generation without it. */
function tokenVariable({ values: { environment }, simpleTls }: Generation): ValuePath | undefined {
  return environment && simpleTls ? [...environment, simpleTls.tokenVariable] : undefined;
}

function secretValues(
  { modes: { certificate, tls }, settings }: AgentIdentity,
  generation: Generation,
): (readonly [ValuePath, unknown])[] {
  const { values } = generation;
  const { rootCertificate, token, clientCertificate } = settings;
  const variable = tokenVariable(generation);
  if (tls === "server" && variable) {
    const { name, key } = token.secret;
    return [
      [values.rootSecret, nameAndNamespace(rootCertificate.secret)],
      // By reference: a literal would be in the pod's description, and in Helm's record of the values.
      [variable, { valueFrom: { secretKeyRef: { name, key } } }],
    ];
  }
  if (certificate === "none") return [];
  const client = [values.clientSecret, nameAndNamespace(clientCertificate.secret)] as const;
  // An agent with a provided certificate needs neither root CA nor token: it trusts by the ca.crt beside it (solo-io/gloo-mesh#1622).
  if (certificate === "provided") {
    return [client, ...(values.withoutTokenByNulls ? [[values.tokenSecret, noToken] as const] : [])];
  }
  return [
    [values.rootSecret, nameAndNamespace(rootCertificate.secret)],
    [values.tokenSecret, { ...nameAndNamespace(token.secret), key: token.secret.key }],
    client,
  ];
}

const noToken = { name: null, namespace: null, key: null };

function nameAndNamespace({ name, namespace }: SecretPlace): SecretPlace {
  return { name, namespace };
}

/** Path of the value that turns TLS off, which depends on the chart's version; undefined with TLS. */
function insecurePath({ modes: { tls }, settings }: AgentIdentity, { values }: Generation): ValuePath | undefined {
  const version = parseVersion(settings.agent.version);
  if (tls !== "none" || !version) return undefined;
  return values.insecure.find(({ from }) => isOfMinorSince(version, from))?.path;
}

/** The identity that an agent's values give; without the parts that they omit, for which the chart has defaults. */
interface ReadIdentity {
  readonly clusterName?: string;
  readonly serverAddress?: string;
  readonly authority?: string;
  readonly certificate: Modes["certificate"];
  readonly tls: Modes["tls"];
  readonly secrets: { readonly [name in "root" | "token" | "client"]?: Partial<SecretKeyPlace> };
}

/** Reads the identity from the values of any release; the inverse of {@link agentValues}. */
export function readAgentValues(given: Readonly<Values>, generation: Generation): ReadIdentity {
  const { values } = generation;
  const at = (path: ValuePath) => valueAt(given, ...path);
  const secretAt = (name: string, path: ValuePath) => {
    const found = at(path);
    if (!isMap(found)) return {};
    const place = strings({ name: found["name"], namespace: found["namespace"], key: found["key"] });
    return Object.keys(place).length === 0 ? {} : { [name]: place };
  };
  const isProvided = at(values.clientSecret) !== undefined && at(values.rootSecret) === undefined;
  const isInsecure = values.insecure.some(({ path }) => at(path) === true);
  const variable = tokenVariable(generation);
  const token = variable && at(variable);
  const reference = valueAt(token, "valueFrom", "secretKeyRef");
  // Others also give the token as a literal.
  const isSimple = reference !== undefined || valueAt(token, "value") !== undefined;
  return {
    ...strings({
      clusterName: at(values.clusterName),
      serverAddress: at(values.serverAddress),
      authority: at(values.authority),
    }),
    certificate: isInsecure || isSimple ? "none" : isProvided ? "provided" : "issued",
    tls: isInsecure ? "none" : isSimple ? "server" : "mutual",
    secrets: {
      ...secretAt("root", values.rootSecret),
      ...(isMap(reference)
        ? { token: strings({ name: reference["name"], key: reference["key"] }) }
        : secretAt("token", values.tokenSecret)),
      ...secretAt("client", values.clientSecret),
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
