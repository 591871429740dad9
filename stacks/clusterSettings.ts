import type { GlooMeshRelayRegistrationArgs } from "gloo-mesh-relay-registration";

/** What a value must be: a kind of plain value, or a map of its own with the settings in it. */
type Form = "string" | "boolean" | "number" | "map" | "list of strings" | { readonly [setting: string]: Form };

const secret = { name: "string", namespace: "string" } as const;
const secretKey = { ...secret, key: "string" } as const;

/** The settings of one cluster: where it is, and the component's arguments under their own names. */
export const clusterForm = {
  context: "string",
  kubeconfig: "string",
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
  readonly kubeconfig?: string;
}

/** What is wrong with settings, each with its place and the accepted form. */
export function settingsFaults(place: string, settings: unknown, form: Form = clusterForm): string[] {
  if (typeof form === "string") {
    return isOfForm(settings, form) ? [] : [`[${place}] is not a ${form}`];
  }
  if (!isMap(settings)) return [`[${place}] is not a map`];
  return Object.entries(settings).flatMap(([key, value]) => {
    const inner = Object.hasOwn(form, key) ? form[key] : undefined;
    if (inner !== undefined) return settingsFaults(`${place}.${key}`, value, inner);
    return [`[${place}.${key}] is not known; known are ${Object.keys(form).join(", ")}`];
  });
}

/** Lays settings over others, map by map. What the second says wins; its lists replace. */
export function overlay<T extends object>(below: T, above: T): T {
  const merged: Record<string, unknown> = Object.fromEntries(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    const before = merged[key];
    merged[key] = isMap(before) && isMap(value) ? overlay(before, value) : value;
  }
  return merged as T;
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOfForm(value: unknown, form: string): boolean {
  if (form === "map") return isMap(value);
  if (form === "list of strings") return Array.isArray(value) && value.every((one) => typeof one === "string");
  return typeof value === form;
}
