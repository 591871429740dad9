import type { GlooMeshRelayRegistrationArgs } from "gloo-mesh-relay-registration";
import { isMap } from "../components/base/json";

/** What a value must be: a kind of plain value, or a map of its own with the settings in it. */
export type Form = "string" | "boolean" | "number" | "map" | "list of strings" | { readonly [setting: string]: Form };

const secret = { name: "string", namespace: "string" } as const;
const secretKey = { ...secret, key: "string" } as const;

/** The settings of one cluster: where it is, and the component's arguments under their own names. */
export const clusterForm = {
  context: "string",
  kubeconfig: "string",
  wave: "number",
  clusterDomain: "string",
  selfRegistration: "boolean",
  namespace: { name: "string", create: "boolean", disableIstioInjection: "boolean" },
  relay: {
    serverAddress: "string",
    authority: "string",
    insecure: "boolean",
    ingress: { namespace: "string", service: "string", portName: "string" },
  },
  agent: {
    version: "string",
    repository: "string",
    chart: "string",
    values: "map",
    skipCrds: "boolean",
    abandonedAfterSeconds: "number",
  },
  rootCertificate: { source: secretKey, secret, provided: "boolean" },
  token: { retain: "boolean", source: secretKey, secret: secretKey, provided: "boolean" },
  clientCertificate: { secret, provided: "boolean", reissue: "string" },
  proof: { timeoutSeconds: "number", chainToRoot: "boolean", level: "string" },
  validation: { command: "string", environment: "map" },
  checks: { ignore: "list of strings" },
} as const satisfies Form;

/** One cluster's settings; a string is written as a string, since the component's arguments are checked by the component. */
export interface ClusterSettings
  extends Omit<GlooMeshRelayRegistrationArgs, "clusterName" | "management" | "remote" | "managementNamespace"> {
  readonly context?: string;
  /** Path of a kubeconfig, or its content where the configuration keeps it as a secret. */
  readonly kubeconfig?: string;
  /** Registrations start only when all of the lower waves are proven. Default: 1. */
  readonly wave?: number;
}

/** A value of the configuration that cannot be used. The value itself is never told: it may be a secret. */
export interface Fault {
  /** Key as `pulumi config set --path` takes it. */
  readonly key: string;
  readonly what: string;
  /** The accepted form. */
  readonly accepted: string;
}

/** What is wrong with settings. */
export function settingsFaults(place: string, settings: unknown, form: Form = clusterForm): Fault[] {
  if (typeof form === "string") {
    if (isOfForm(settings, form)) return [];
    return [{ key: place, what: `is not a ${form}`, accepted: accepted[form] }];
  }
  const known = `a map with any of ${Object.keys(form).join(", ")}`;
  if (!isMap(settings)) return [{ key: place, what: "is not a map", accepted: known }];
  return Object.entries(settings).flatMap(([key, value]) => {
    const inner = Object.hasOwn(form, key) ? form[key] : undefined;
    const inside = pathOf(place, key);
    if (inner !== undefined) return settingsFaults(inside, value, inner);
    return [{ key: inside, what: "is not known", accepted: `known are ${Object.keys(form).join(", ")}` }];
  });
}

/** The path of a key inside another, as Pulumi reads it: a key with a dot stands in brackets. */
export function pathOf(place: string, key: string): string {
  return /^[\w-]+$/.test(key) ? `${place}.${key}` : `${place}[${JSON.stringify(key)}]`;
}

const accepted = {
  string: "text",
  boolean: "true or false, without quotes",
  number: "a number, without quotes",
  map: "a map",
  "list of strings": "a list of texts, such as [GMR226]",
} as const satisfies Record<Extract<Form, string>, string>;

/** Lays settings over others, map by map. What the second says wins; its lists replace. */
export function overlay<T extends object>(below: T, above: T): T {
  const merged: Record<string, unknown> = Object.fromEntries(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    const before = merged[key];
    merged[key] = isMap(before) && isMap(value) ? overlay(before, value) : value;
  }
  return merged as T;
}

function isOfForm(value: unknown, form: string): boolean {
  if (form === "map") return isMap(value);
  if (form === "list of strings") return Array.isArray(value) && value.every((one) => typeof one === "string");
  return typeof value === form;
}
