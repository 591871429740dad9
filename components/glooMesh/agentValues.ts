import { isMap } from "../base/json";
import { isOfMinorSince, parseVersion } from "../base/version";
import type { SecretPlace } from "../kubernetes/objects";
import type { Generation } from "./generation";
import type { Modes } from "./modes";
import { releaseMarkValue } from "./ownership";
import type { SecretPlaces, Settings } from "./settings";

/** What makes the agent's identity in the chart's values. */
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
 * The values of the agent's chart: the user's, with the identity laid over them. Ours win because a release whose `relay.cluster`
 * differs from the KubernetesCluster can never connect. Names and namespaces of the Secrets are always given: the client Secret's
 * even before it exists, since it is where the agent writes.
 */
export function agentValues(identity: AgentIdentity, generation: Generation, userValues: Values = {}): Values {
  const { settings, mark } = identity;
  const { serverAddress, authority } = settings.relay;
  const relay = { cluster: settings.clusterName, serverAddress, authority, ...secretValues(identity) };
  return [{ relay }, insecureValues(identity, generation), { global: { [releaseMarkValue]: mark } }].reduce<Values>(
    merge,
    userValues,
  );
}

function secretValues({ certificate, settings }: AgentIdentity): Values {
  if (certificate === "none") return {};
  const { rootCertificate, token, clientCertificate } = settings;
  const clientCertSecret = nameAndNamespace(clientCertificate.secret);
  // With a certificate of its own the agent needs neither: it trusts by the ca.crt beside it (solo-io/gloo-mesh#1622).
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

/** Whether a release was given this Secret for the root CA. Always by name and namespace, see {@link agentValues}. */
export function usesRootSecret(values: Readonly<Values>, { name, namespace }: SecretPlace): boolean {
  const relay = values["relay"];
  const secret = isMap(relay) ? relay["rootTlsSecret"] : undefined;
  return isMap(secret) && secret["name"] === name && secret["namespace"] === namespace;
}

/** The switch has another name in each line of versions. */
function insecureValues({ certificate, settings }: AgentIdentity, generation: Generation): Values {
  if (certificate !== "none") return {};
  const version = parseVersion(settings.agent.version);
  const isSince = (from: string) => {
    const since = parseVersion(from);
    return version !== undefined && since !== undefined && isOfMinorSince(version, since);
  };
  const [section, key] = generation.insecureValues.find(({ from }) => isSince(from))?.path ?? [];
  return section === undefined || key === undefined ? {} : { [section]: { [key]: true } };
}

/** Merges maps deeply; the second wins. Lists and nulls are values (Helm takes a null as "drop the default"). */
export function merge(first: Values, second: Values): Values {
  const merged: Values = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const before = merged[key];
    merged[key] = isMap(before) && isMap(value) ? merge(before, value) : value;
  }
  return merged;
}
