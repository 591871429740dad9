/** What one registration is declared with, as the program of a walk reads it from its configuration. */
export interface Settings {
  /** Name of the component; the names that it had before are its aliases. */
  readonly name: string;
  readonly formerNames: readonly string[];
  /** Context of the remote cluster. */
  readonly context: string;
  readonly args: Readonly<Record<string, unknown>> & {
    readonly clusterName: string;
    readonly namespace: { readonly name: string; readonly disableIstioInjection?: boolean };
    readonly identity: "one-time-token" | "retained-token";
    readonly agent: Readonly<Record<string, unknown>> & { readonly version: string };
  };
}

/** Why not the repository's own program: that one gives each registration the name of its cluster, and no alias. */
export const source = `
const { name, formerNames, context, args } = config.requireObject("registration");
const kubeconfig = config.require("kubeconfig");
new GlooMeshRelayRegistration(name, {
  ...args,
  management: new ClusterConnection("management", { kubeconfig, context: "management" }),
  remote: new ClusterConnection("remote", { kubeconfig, context }),
}, { aliases: formerNames.map((former) => ({ name: former })) });
`;

type Change = (settings: Settings) => Settings;

const withArgs =
  (args: (former: Settings["args"]) => object): Change =>
  (settings) => ({ ...settings, args: { ...settings.args, ...args(settings.args) } });

/** Other valid values of the arguments, by what they change. Each toggles, so that a walk may go back as well. */
export const changes: Readonly<Record<string, Change>> = {
  "agent.version": withArgs(({ agent }) => ({
    agent: { ...agent, version: agent.version === "1.0.4" ? "1.0.13" : "1.0.4" },
  })),
  "agent.values": withArgs(({ agent }) => ({
    agent: { ...agent, values: toggled(agent["values"], { extra: "value" }) },
  })),
  clusterName: withArgs(({ clusterName }) => ({ clusterName: clusterName === "one" ? "two" : "one" })),
  clusterDomain: withArgs(({ clusterDomain }) => ({ clusterDomain: toggled(clusterDomain, "corp.example") })),
  "clientCertificate.reissue": withArgs(({ clientCertificate }) => ({
    clientCertificate: { reissue: isDeepValue(clientCertificate, "first") ? "second" : "first" },
  })),
  identity: withArgs(({ identity }) => ({
    identity: identity === "one-time-token" ? "retained-token" : "one-time-token",
  })),
  "namespace.name": withArgs(({ namespace }) => ({
    namespace: { ...namespace, name: namespace.name === "gloo-mesh" ? "agents" : "gloo-mesh" },
  })),
  "namespace.disableIstioInjection": withArgs(({ namespace }) => ({
    namespace: { ...namespace, disableIstioInjection: !namespace.disableIstioInjection },
  })),
  "proof.level": withArgs(({ proof }) => {
    const { level, ...rest } = proof as { level?: string };
    return { proof: level === undefined ? { ...rest, level: "connected" } : rest };
  }),
  context: (settings) => ({ ...settings, context: settings.context === "remote-1" ? "remote-2" : "remote-1" }),
  "the component's name, with an alias": ({ name, formerNames, ...settings }) => {
    const other = name === "edge" ? "border" : "edge";
    return {
      ...settings,
      name: other,
      formerNames: [...new Set([...formerNames, name])].filter((one) => one !== other),
    };
  },
};

function toggled<T>(value: unknown, other: T): T | undefined {
  return value === undefined ? other : undefined;
}

function isDeepValue(clientCertificate: unknown, reissue: string): boolean {
  return (clientCertificate as { reissue?: string } | undefined)?.reissue === reissue;
}
