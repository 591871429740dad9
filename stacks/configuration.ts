import * as pulumi from "@pulumi/pulumi";
import { isMap } from "../components/base/json";
import { type ClusterSettings, type Fault, overlay, pathOf, settingsFaults } from "./clusterSettings";
import { contentFaults } from "./kubeconfigContent";

/** What a stack says, typed. */
export interface StackConfiguration {
  readonly managementContext: string;
  readonly managementNamespace?: string;
  /** Path of a kubeconfig, or its content where the configuration keeps it as a secret. */
  readonly kubeconfig?: string;
  /** By cluster name, with the stack's defaults below the cluster's own settings. */
  readonly clusters: ReadonlyMap<string, ClusterSettings>;
}

/**
 * Reads the configuration of the stack. Pulumi has compared it with the types in Pulumi.yaml before; here is what those cannot say.
 * Throws GMR010, all faults at once, each with file, key and accepted form. Nothing is declared then, and nothing is deleted.
 */
export function readConfiguration(config = new pulumi.Config()): StackConfiguration {
  const defaults = parseJson(config.get("defaults") || "{}");
  const clusters = parseJson(config.get("clusters") || "{}");
  const managementContext = optional(config, "managementContext");
  const abandonedAfterSeconds = optional(config, "abandonedAfterSeconds");
  const kubeconfig = optional(config, "kubeconfig");
  refuse([
    ...settingsFaults("defaults", defaults),
    ...clustersFaults(clusters),
    ...contentFaults({ kubeconfig, defaults, clusters }, (key) => isSecret(config, key)),
    ...(managementContext ? [] : [missing]),
    ...(Number.isFinite(Number(abandonedAfterSeconds ?? 0)) ? [] : [noNumber]),
  ]);
  const shared = overlay(sharedSettings(config), defaults as ClusterSettings);
  const managementNamespace = optional(config, "managementNamespace");
  return {
    managementContext: config.require("managementContext"),
    ...(managementNamespace === undefined ? {} : { managementNamespace }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    clusters: new Map(
      Object.entries(clusters as Record<string, ClusterSettings>).map(([name, own]) => [name, overlay(shared, own)]),
    ),
  };
}

const missing: Fault = { key: "managementContext", what: "is missing", accepted: "the name of a context" };
const noNumber: Fault = { key: "abandonedAfterSeconds", what: "is not a number", accepted: "seconds, 1 to 3600" };

/** What is wrong with the map of clusters. */
export function clustersFaults(clusters: unknown): Fault[] {
  const form = "a map from cluster name to settings";
  if (!isMap(clusters)) return [{ key: "clusters", what: "is not a map", accepted: form }];
  return Object.entries(clusters).flatMap(([name, settings]) => {
    const key = pathOf("clusters", name);
    if (name === "") return [{ key: "clusters", what: "holds a cluster without a name", accepted: form }];
    if (!isMap(settings)) {
      return [{ key, what: "is not a map", accepted: "at least a context, or {} for one of the same name" }];
    }
    if (name === "management" && !("selfRegistration" in settings)) {
      return [{ key, what: "has the name of the management cluster", accepted: "another name" }];
    }
    return settingsFaults(key, settings);
  });
}

function refuse(faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  const file = `Pulumi.${pulumi.getStack()}.yaml`;
  const lines = faults.map(({ key, what, accepted }) => {
    const next = `accepted: ${accepted}; set it with: pulumi config set --path ${quoted(key)} <value>`;
    return `GMR010 The stack's configuration cannot be used — ${file}, [${key}] ${what} — ${next}`;
  });
  throw new pulumi.RunError(lines.join("\n"));
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

/** Whether Pulumi keeps the value, or a part of it, as a secret. The SDK has the function, but its types keep it to themselves. */
function isSecret(config: pulumi.Config, key: string): boolean {
  const runtime = pulumi.runtime as unknown as { isConfigSecret(fullKey: string): boolean };
  return runtime.isConfigSecret(`${config.name}:${key}`);
}

/** A value that is not empty: the keys of Pulumi.yaml have the empty text as their default. */
function optional(config: pulumi.Config, key: string): string | undefined {
  return config.get(key) || undefined;
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** For the shell, where brackets and quotes mean something. */
function quoted(key: string): string {
  return /^[\w.-]+$/.test(key) ? key : `'${key}'`;
}

/** The value, or the text itself when it is no JSON: the check of its form then tells. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
