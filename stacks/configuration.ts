import * as pulumi from "@pulumi/pulumi";

/** A remote cluster in the stack's configuration, under its cluster name. */
export interface ClusterConfiguration {
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly clusterDomain?: string;
  readonly namespace?: string;
  readonly createNamespace?: boolean;
  readonly retainToken?: boolean;
  readonly selfRegistration?: boolean;
  readonly timeoutSeconds?: number;
}

/** What a stack says, typed. */
export interface StackConfiguration {
  readonly managementContext: string;
  readonly kubeconfig?: string;
  readonly relayServerAddress: string;
  readonly agentVersion: string;
  readonly chartRepository?: string;
  readonly abandonedAfterSeconds?: number;
  readonly clusters: ReadonlyMap<string, ClusterConfiguration>;
}

const clusterKeys: Readonly<Record<keyof ClusterConfiguration, "string" | "boolean" | "number">> = {
  context: "string",
  kubeconfig: "string",
  clusterDomain: "string",
  namespace: "string",
  createNamespace: "boolean",
  retainToken: "boolean",
  selfRegistration: "boolean",
  timeoutSeconds: "number",
};

/** Reads the configuration of the stack. Throws GMR010, all faults at once. */
export function readConfiguration(config = new pulumi.Config()): StackConfiguration {
  const clusters = parseJson(config.get("clusters") ?? "{}");
  const faults = clustersFaults(clusters);
  const abandonedAfterSeconds = config.get("abandonedAfterSeconds");
  if (abandonedAfterSeconds !== undefined && !Number.isFinite(Number(abandonedAfterSeconds))) {
    faults.push("[abandonedAfterSeconds] is not a number of seconds");
  }
  for (const key of ["managementContext", "relayServerAddress", "agentVersion"]) {
    if (!config.get(key)) faults.push(`[${key}] is missing — pulumi config set ${key} <value>`);
  }
  if (faults.length > 0) {
    throw new pulumi.RunError(
      faults.map((fault) => `GMR010 The stack's configuration cannot be used — ${fault}`).join("\n"),
    );
  }
  const optional = <K extends string, T>(key: K, value: T | undefined | "") =>
    (value === undefined || value === "" ? {} : { [key]: value }) as { [key in K]?: T };
  return {
    managementContext: config.require("managementContext"),
    relayServerAddress: config.require("relayServerAddress"),
    agentVersion: config.require("agentVersion"),
    ...optional("kubeconfig", config.get("kubeconfig")),
    ...optional("chartRepository", config.get("chartRepository")),
    ...optional(
      "abandonedAfterSeconds",
      abandonedAfterSeconds === undefined ? undefined : Number(abandonedAfterSeconds),
    ),
    clusters: new Map(Object.entries(clusters as Record<string, ClusterConfiguration>)),
  };
}

/** What is wrong with the map of clusters, each with the accepted form. */
export function clustersFaults(clusters: unknown): string[] {
  if (typeof clusters !== "object" || clusters === null || Array.isArray(clusters)) {
    return ["[clusters] is not a map from cluster name to settings"];
  }
  return Object.entries(clusters).flatMap(([name, settings]) => {
    if (name === "") return ["[clusters] holds a cluster without a name"];
    if (typeof settings !== "object" || settings === null || Array.isArray(settings)) {
      return [`[clusters.${name}] is not a map; give at least a context, or {} for one of the same name`];
    }
    if (name === "management" && !("selfRegistration" in settings)) {
      return ["[clusters.management] has the name of the management cluster; choose another"];
    }
    return Object.entries(settings).flatMap(([key, value]) => {
      const type = Object.hasOwn(clusterKeys, key) ? clusterKeys[key as keyof ClusterConfiguration] : undefined;
      if (type === undefined) {
        return [`[clusters.${name}.${key}] is not known; known are ${Object.keys(clusterKeys).join(", ")}`];
      }
      return typeof value === type ? [] : [`[clusters.${name}.${key}] is not a ${type}`];
    });
  });
}

/** The value, or the text itself when it is no JSON: the check of its form then tells. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
