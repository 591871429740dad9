import type { ClusterConnectionArgs, GlooMeshRelayRegistrationArgs } from "gloo-mesh-relay-registration";
import { isMap } from "../components/base/json";
import { isOfKind, nameOf } from "../components/glooMesh/argumentFaults";
import { type Argument, type ArgumentTree, argumentTree, isArgument } from "../components/glooMesh/argumentKinds";

/** How one cluster is reached. */
export const connectionForm = { context: { kind: "string" }, kubeconfig: { kind: "string" } } as const;

/** The settings of one cluster: how it is reached, its wave, and the component's arguments under their own names. */
export const clusterForm: ArgumentTree = {
  remote: connectionForm,
  wave: { kind: "number" },
  ...argumentTree((_, path) => path !== "clusterName" && path !== "managementNamespace"),
};

/** One cluster's settings; the component checks the values of its arguments. */
export interface ClusterSettings
  extends Omit<GlooMeshRelayRegistrationArgs, "clusterName" | "management" | "remote" | "managementNamespace"> {
  readonly remote: ClusterConnectionArgs;
  /** Registrations start only when all of the lower waves are proven. Default: 1. */
  readonly wave?: number;
}

/** A value of the configuration that cannot be used. The value itself is never shown: it may be a secret. */
export interface Fault {
  /** Key as `pulumi config set --path` takes it. */
  readonly key: string;
  readonly what: string;
  /** The accepted form. */
  readonly accepted: string;
  /** The key itself is wrong, so there is nothing to set. */
  readonly unknown?: true;
}

/** What is wrong with settings. */
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

/** The path of a key inside another, as Pulumi reads it: a key with a dot is in brackets. */
export function pathOf(place: string, key: string): string {
  return /^[\w-]+$/.test(key) ? `${place}.${key}` : `${place}[${JSON.stringify(key)}]`;
}

const accepted = {
  string: "a string",
  boolean: "true or false, without quotes",
  number: "a number, without quotes",
  map: "a map",
  "list of strings": "a list of strings, such as [GMR226]",
} as const;

/** Settings without faults, with each string as a string. */
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
 * `pulumi config set --path` stores what looks like a whole number or a boolean as one, where a string is wanted too. Other numbers may have
 * lost digits: 1.10 is 1.1.
 */
function asArgument(value: unknown, { kind }: Argument): unknown {
  const isStored = Number.isSafeInteger(value) || typeof value === "boolean";
  return isStored && nameOf(kind) === "string" ? String(value) : value;
}

/** Lays settings over others, map by map. What the second says wins; its lists replace. */
export function overlay<T extends object>(below: object, above: T): T {
  const merged: Record<string, unknown> = Object.fromEntries(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    const before = merged[key];
    merged[key] = isMap(before) && isMap(value) ? overlay(before, value) : value;
  }
  return merged as T;
}
