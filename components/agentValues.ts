import type { Generation } from "./generation";
import { releaseMarkValue } from "./ownership";

/** What makes the agent's identity in the chart's values. */
export interface AgentIdentity {
  readonly clusterName: string;
  readonly serverAddress: string;
  readonly authority: string;
  readonly namespace: string;
  readonly mark: string;
}

type Values = Record<string, unknown>;

/**
 * The values of the agent's chart: the user's, with the identity laid over them. Ours win because a release whose `relay.cluster`
 * differs from the KubernetesCluster can never connect. Names and namespaces of the Secrets are always given: the client Secret's
 * even before it exists, since it is where the agent writes.
 */
export function agentValues(identity: AgentIdentity, generation: Generation, userValues: Values = {}): Values {
  return merge(userValues, {
    relay: {
      cluster: identity.clusterName,
      serverAddress: identity.serverAddress,
      authority: identity.authority,
      rootTlsSecret: { name: generation.rootSecret.name, namespace: identity.namespace },
      tokenSecret: {
        name: generation.tokenSecret.name,
        namespace: identity.namespace,
        key: generation.tokenSecret.key,
      },
      clientCertSecret: { name: generation.clientSecret.name, namespace: identity.namespace },
    },
    global: { [releaseMarkValue]: identity.mark },
  });
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

function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
