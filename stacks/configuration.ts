import * as pulumi from "@pulumi/pulumi";
import { type ClusterSettings, isMap, overlay, settingsFaults } from "./clusterSettings";

/** What a stack says, typed. */
export interface StackConfiguration {
  readonly managementContext: string;
  readonly managementNamespace?: string;
  readonly kubeconfig?: string;
  /** By cluster name, with the stack's defaults below the cluster's own settings. */
  readonly clusters: ReadonlyMap<string, ClusterSettings>;
}

/** Reads the configuration of the stack. Throws GMR010, all faults at once. */
export function readConfiguration(config = new pulumi.Config()): StackConfiguration {
  const defaults = parseJson(config.get("defaults") ?? "{}");
  const clusters = parseJson(config.get("clusters") ?? "{}");
  const faults = [...settingsFaults("defaults", defaults), ...clustersFaults(clusters)];
  if (!config.get("managementContext")) {
    faults.push("[managementContext] is missing — pulumi config set managementContext <value>");
  }
  const abandonedAfterSeconds = optional(config, "abandonedAfterSeconds");
  if (abandonedAfterSeconds !== undefined && !Number.isFinite(Number(abandonedAfterSeconds))) {
    faults.push("[abandonedAfterSeconds] is not a number of seconds");
  }
  if (faults.length > 0) {
    throw new pulumi.RunError(
      faults.map((fault) => `GMR010 The stack's configuration cannot be used — ${fault}`).join("\n"),
    );
  }
  const shared = overlay(sharedSettings(config), defaults as ClusterSettings);
  const [managementNamespace, kubeconfig] = [optional(config, "managementNamespace"), optional(config, "kubeconfig")];
  return {
    managementContext: config.require("managementContext"),
    ...(managementNamespace === undefined ? {} : { managementNamespace }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    clusters: new Map(
      Object.entries(clusters as Record<string, ClusterSettings>).map(([name, own]) => [name, overlay(shared, own)]),
    ),
  };
}

/** What is wrong with the map of clusters, each with the accepted form. */
export function clustersFaults(clusters: unknown): string[] {
  if (!isMap(clusters)) return ["[clusters] is not a map from cluster name to settings"];
  return Object.entries(clusters).flatMap(([name, settings]) => {
    if (name === "") return ["[clusters] holds a cluster without a name"];
    if (!isMap(settings)) {
      return [`[clusters.${name}] is not a map; give at least a context, or {} for one of the same name`];
    }
    if (name === "management" && !("selfRegistration" in settings)) {
      return ["[clusters.management] has the name of the management cluster; choose another"];
    }
    return settingsFaults(`clusters.${name}`, settings);
  });
}

/** The keys of the stack that are a short form of settings for all clusters. */
function sharedSettings(config: pulumi.Config): ClusterSettings {
  const serverAddress = optional(config, "relayServerAddress");
  const agent = {
    version: optional(config, "agentVersion"),
    repository: optional(config, "chartRepository"),
    abandonedAfterSeconds: numberOf(optional(config, "abandonedAfterSeconds")),
  };
  return {
    ...(serverAddress === undefined ? {} : { relay: { serverAddress } }),
    agent: Object.fromEntries(Object.entries(agent).filter(([, value]) => value !== undefined)),
  };
}

/** A value that is not empty: the keys of Pulumi.yaml have the empty text as their default. */
function optional(config: pulumi.Config, key: string): string | undefined {
  return config.get(key) || undefined;
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** The value, or the text itself when it is no JSON: the check of its form then tells. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
