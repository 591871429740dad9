import * as pulumi from "@pulumi/pulumi";
import type { ClusterConnectionArgs } from "gloo-mesh-relay-registration";
import { isSecretInConfig } from "../components/base/internals/configInternals";
import { isMap, mergeDeep } from "../components/base/json";
import {
  asArguments,
  type ClusterSettings,
  connectionForm,
  type Fault,
  pathOf,
  settingsFaults,
} from "./clusterSettings";
import { plainSecretFaults } from "./plainSecrets";

/** The configuration of a stack, typed. */
export interface StackConfiguration {
  readonly management: ClusterConnectionArgs;
  readonly managementNamespace?: string;
  /** By cluster name, with the stack's defaults below the cluster's own settings. */
  readonly clusters: ReadonlyMap<string, ClusterSettings>;
}

/**
 * Reads and checks the configuration of the stack, beyond the types in Pulumi.yaml that Pulumi has checked before.
 * Throws GMR010 with all faults at once, each with file, key and accepted form. Then nothing is declared, and nothing is deleted.
 */
export function readConfiguration(config = new pulumi.Config()): StackConfiguration {
  const management = parseJson(config.get("management") || "{}");
  const defaults = parseJson(config.get("defaults") || "{}");
  const clusters = parseJson(config.get("clusters") || "{}");
  const kubeconfig = optional(config, "kubeconfig");
  const isSecret = (key: string) => isSecretInConfig(pulumi.runtime, `${config.name}:${key}`);
  refuse([
    ...settingsFaults("management", management, connectionForm),
    ...(isMap(management) && (management["context"] ?? "") === "" ? [missing] : []),
    ...settingsFaults("defaults", defaults),
    ...clustersFaults(clusters),
    ...plainSecretFaults({ kubeconfig, management, defaults, clusters }, isSecret),
  ]);
  const everywhere = kubeconfig === undefined ? {} : { kubeconfig };
  const managementNamespace = optional(config, "managementNamespace");
  return {
    management: { ...everywhere, ...(asArguments(management, connectionForm) as ClusterConnectionArgs) },
    ...(managementNamespace === undefined ? {} : { managementNamespace }),
    clusters: new Map(
      Object.entries(clusters as object).map(([name, own]) => {
        const settings = mergeDeep(asArguments(defaults) as object, asArguments(own) as ClusterSettings);
        const hasSecrets = isSecret("clusters") || isSecret("defaults");
        const protectedOnes = hasSecrets ? withSecretValues(settings) : settings;
        return [name, { ...protectedOnes, remote: { context: name, ...everywhere, ...settings.remote } }];
      }),
    ),
  };
}

/** Pulumi's state then holds the chart's values encrypted: a configuration with a secret in it does not say which value is one. */
function withSecretValues(settings: ClusterSettings): ClusterSettings {
  const { agent } = settings;
  return agent?.values ? { ...settings, agent: { ...agent, values: pulumi.secret(agent.values) } } : settings;
}

const missing: Fault = { key: "management.context", what: "is missing", accepted: "the name of a context" };

/** Faults of the map of clusters. */
export function clustersFaults(clusters: unknown): Fault[] {
  const form = "a map from cluster name to settings";
  if (!isMap(clusters)) return [{ key: "clusters", what: "is not a map", accepted: form }];
  return Object.entries(clusters).flatMap(([name, settings]) => {
    const key = pathOf("clusters", name);
    if (name === "") return [{ key: "clusters", what: "holds a cluster without a name", accepted: form }];
    if (!isMap(settings)) {
      return [{ key, what: "is not a map", accepted: "at least {}, for a cluster whose context has the same name" }];
    }
    if (name === "management" && !("selfRegistration" in settings)) {
      return [{ key, what: "has the name of the management cluster", accepted: "another name", unknown: true }];
    }
    return settingsFaults(key, settings);
  });
}

function refuse(faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  const file = `Pulumi.${pulumi.getStack()}.yaml`;
  const lines = faults.map(({ key, what, accepted, unknown }) => {
    const path = quoted(key);
    const next = unknown
      ? `remove it with: pulumi config rm --path ${path}`
      : `set it with: pulumi config set --path ${path} <value>`;
    return `GMR010 The stack's configuration cannot be used — ${file}, [${key}] ${what} — accepted: ${accepted}; ${next}`;
  });
  throw new pulumi.RunError(lines.join("\n"));
}

/** A value, undefined if empty: the keys in Pulumi.yaml have the empty string as their default. */
function optional(config: pulumi.Config, key: string): string | undefined {
  return config.get(key) || undefined;
}

/** A key for the shell, quoted if it has brackets or quotes. */
function quoted(key: string): string {
  return /^[\w.-]+$/.test(key) ? key : `'${key}'`;
}

/** The value of a JSON string, or the string itself if it is no JSON: the check of its form then reports it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
