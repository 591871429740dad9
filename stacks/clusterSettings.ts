import type { ClusterConnectionArgs, GlooMeshRelayRegistrationArgs } from "gloo-mesh-relay-registration";
import { isMap } from "../components/base/json";
import { isOfKind, nameOf } from "../components/glooMesh/argumentFaults";
import { type Argument, type ArgumentTree, argumentTree, isArgument } from "../components/glooMesh/argumentKinds";

/** Form of the settings of a connection. */
export const connectionForm = { context: { kind: "string" }, kubeconfig: { kind: "string" } } as const;

/** Form of the settings of one cluster: its connection, its wave, and the component's arguments under their own names. */
export const clusterForm: ArgumentTree = {
  remote: connectionForm,
  wave: { kind: "number" },
  ...argumentTree((_, path) => path !== "clusterName" && path !== "managementNamespace"),
};

/** Settings of one cluster; the component validates the values of its arguments. */
export interface ClusterSettings
  extends Omit<GlooMeshRelayRegistrationArgs, "clusterName" | "management" | "remote" | "managementNamespace"> {
  readonly remote: ClusterConnectionArgs;
  /** Registrations start after those of all lower waves are proven. Default: 1. */
  readonly wave?: number;
}

/** A fault in the configuration. It never contains the value, which may be a secret. */
export interface Fault {
  /** Path of the key, in the form of `pulumi config set --path`. */
  readonly key: string;
  readonly what: string;
  /** The accepted form. */
  readonly accepted: string;
  /** The key itself is wrong: the remedy is to remove it. */
  readonly unknown?: true;
}

/** Faults of settings: unknown keys, and values of another kind. */
export function settingsFaults(place: string, settings: unknown, form: ArgumentTree = clusterForm): Fault[] {
  const known = `any of ${Object.keys(form).join(", ")}`;
  if (!isMap(settings)) return [{ key: place, what: "is not a map", accepted: `a map with ${known}` }];
  return Object.entries(settings).flatMap(([key, value]): Fault[] => {
    const node = Object.hasOwn(form, key) ? form[key] : undefined;
    const inside = pathOf(place, key);
    if (node === undefined) return [{ key: inside, what: "is not known", accepted: known, unknown: true }];
    if (!isArgument(node)) return settingsFaults(inside, value, node);
    if (isOfKind(asArgument(value, node), node.kind)) return [];
    const kind = nameOf(node.kind);
    return [{ key: inside, what: `is not a ${kind}`, accepted: accepted[kind] }];
  });
}

/** The path of a key inside another, in Pulumi's form: a key with a dot is in brackets. */
export function pathOf(place: string, key: string): string {
  return /^[\w-]+$/.test(key) ? `${place}.${key}` : `${place}[${JSON.stringify(key)}]`;
}

const accepted = {
  string: "a string",
  boolean: "true or false, without quotes",
  "boolean or string": "true or false without quotes, or a string",
  number: "a number, without quotes",
  map: "a map",
  "map of strings": "a map of strings",
  "list of strings": "a list of strings, such as [GMR226]",
} as const;

/** Settings without faults as arguments: numbers and booleans become strings where the argument is a string. */
export function asArguments(settings: unknown, form: ArgumentTree = clusterForm): unknown {
  if (!isMap(settings)) return settings;
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => {
      const node = form[key];
      if (node === undefined) return [key, value];
      return [key, isArgument(node) ? asArgument(value, node) : asArguments(value, node)];
    }),
  );
}

/**
 * `pulumi config set --path` stores a string that looks like a number or a boolean as one, and so does YAML: this restores the string, in maps and lists
 * of strings too. Where digits are lost (1.10 is read as 1.1), the check of the argument says so.
 */
function asArgument(value: unknown, { kind }: Argument): unknown {
  if (kind === "list of strings" && Array.isArray(value)) return value.map(asText);
  if (kind === "map of strings" && isMap(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, asText(one)]));
  }
  return nameOf(kind) === "string" ? asText(value) : value;
}

function asText(value: unknown): unknown {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
}
