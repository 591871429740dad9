import { isMap } from "../base/json";
import { beginningOf } from "../base/text";
import { isObjectName } from "./apiPath";

/**
 * The kind of a field. `text` is free text, of which the beginning is kept: patterns that search it need quadratic time. `strings` is a map of
 * strings; a map of fields stands for itself, and a list of one element for a list.
 */
type Shape =
  | "string"
  | "text"
  | "name"
  | "time"
  | "number"
  | "boolean"
  | "strings"
  | readonly [Shape]
  | { readonly [field: string]: Shape };

const condition = { type: "string", status: "string", reason: "string", message: "text" } as const;
const run = { reason: "string", message: "text", exitCode: "number", startedAt: "time", finishedAt: "time" } as const;
const container = {
  name: "string",
  ready: "boolean",
  restartCount: "number",
  state: { waiting: run, running: run, terminated: run },
  lastState: { waiting: run, running: run, terminated: run },
} as const;

const metadata = {
  name: "name",
  namespace: "name",
  uid: "string",
  resourceVersion: "string",
  generation: "number",
  creationTimestamp: "time",
  deletionTimestamp: "string",
  labels: "strings",
  annotations: "strings",
  managedFields: [{ manager: "string", time: "time", fieldsV1: {} }],
  ownerReferences: [{ kind: "string", name: "string", uid: "string", apiVersion: "string", controller: "boolean" }],
} as const satisfies Shape;

/** The fields that this package reads of any object. A name has one kind in all objects that it reads. */
const objectShape = {
  metadata,
  type: "string",
  data: "strings",
  reason: "string",
  message: "text",
  involvedObject: { kind: "string", name: "string" },
  lastTimestamp: "time",
  eventTime: "time",
  series: { lastObservedTime: "time" },
  spec: {
    replicas: "number",
    type: "string",
    unschedulable: "boolean",
    clusterDomain: "string",
    finalizers: ["string"],
    ports: [{ name: "string", port: "number", nodePort: "number" }],
    template: { spec: { containers: [{ name: "string", image: "string" }] } },
  },
  status: {
    phase: "string",
    reason: "string",
    message: "text",
    observedGeneration: "number",
    replicas: "number",
    updatedReplicas: "number",
    availableReplicas: "number",
    conditions: [condition],
    containerStatuses: [container],
    initContainerStatuses: [container],
    addresses: [{ type: "string", address: "string" }],
    loadBalancer: { ingress: [{ ip: "string", hostname: "string" }] },
  },
} as const satisfies Shape;

/** An object without the fields that no API server sends so: of a wrong kind, or endless. Undefined for what is no object, or has no name. */
export function objectIn<T>(answer: unknown): T | undefined {
  const object = fitted(answer, objectShape);
  return isMap(object) && isMap(object["metadata"]) && object["metadata"]["name"] !== undefined
    ? (object as T)
    : undefined;
}

/** More elements than a list within an object has. */
const mostElements = 1000;

const longestText = 2048;

/** The value without what does not fit; undefined if it does not fit itself. Fields that are not read stay as they are. */
function fitted(value: unknown, shape: Shape): unknown {
  if (typeof shape !== "string") {
    if (isList(shape)) {
      if (!Array.isArray(value)) return undefined;
      return value.slice(0, mostElements).flatMap((one) => fitted(one, shape[0]) ?? []);
    }
    if (!isMap(value)) return undefined;
    const fields = Object.keys(shape).flatMap((key) => (Object.hasOwn(value, key) ? [key] : []));
    for (const key of fields) {
      const field = fitted(value[key], shape[key] ?? {});
      if (field === undefined) delete value[key];
      else value[key] = field;
    }
    return value;
  }
  if (shape === "strings") {
    if (!isMap(value)) return undefined;
    return Object.fromEntries(Object.entries(value).filter(([, one]) => typeof one === "string"));
  }
  if (shape === "number") return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  if (shape === "boolean") return typeof value === "boolean" ? value : undefined;
  if (typeof value !== "string") return undefined;
  if (shape === "text") return beginningOf(value, longestText);
  if (shape === "name") return isObjectName(value) ? value : undefined;
  if (shape === "time") return /^\d{4}-/.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined;
  return value.slice(0, longestText);
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}
