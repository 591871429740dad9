import { type SecretReference, secretNames } from "./secrets";

/** What the chart tells the agent on its command line. */
export interface AgentArguments {
  /** host:port of the relay server. */
  readonly relayAddress: string;
  /** Name that the server's certificate must hold, and SNI. */
  readonly relayAuthority: string;
  readonly cluster: string;
  readonly insecure: boolean;
  readonly clientCertificate: SecretReference;
  readonly rootCertificate: SecretReference;
  readonly identityToken: SecretReference & { readonly key: string };
}

/**
 * Reads `--name=value` arguments; unknown ones are the concern of parts that have no stand-in. An empty namespace means
 * that of the agent, an empty Secret name the product's default.
 *
 * @throws when the relay address or the cluster is missing
 */
export function parseAgentArguments(args: readonly string[], ownNamespace: string): AgentArguments {
  const flags = new Map(args.flatMap(flag));
  const required = (name: string): string => {
    const value = flags.get(name);
    if (!value) throw new Error(`--${name} must not be empty`);
    return value;
  };
  const secret = (prefix: string, defaultName: string): SecretReference => ({
    name: flags.get(`${prefix}-name`) || defaultName,
    namespace: flags.get(`${prefix}-namespace`) || ownNamespace,
  });
  return {
    relayAddress: required("relay-address"),
    relayAuthority: flags.get("relay-authority") || "enterprise-networking.gloo-mesh",
    cluster: required("cluster"),
    insecure: flags.get("relay-insecure") === "true",
    clientCertificate: secret("relay-client-cert-secret", secretNames.client),
    rootCertificate: secret("relay-root-cert-secret", secretNames.root),
    identityToken: {
      ...secret("relay-identity-token-secret", secretNames.identityToken),
      key: flags.get("relay-identity-token-secret-key") || "token",
    },
  };
}

function flag(argument: string): [string, string][] {
  const match = /^--([^=]+)(?:=(.*))?$/s.exec(argument);
  return match?.[1] === undefined ? [] : [[match[1], match[2] ?? "true"]];
}
