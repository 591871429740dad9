// The inputs of an object resource: what is taken out of them, filled in, and compared.
import { asString, isMap, type PlainMap, type Value, type ValueMap } from "../engine/values";
import { typeOfToken } from "./kinds";
import { refOf } from "./objects";

/** @throws for what the official plugin can do with objects and this one cannot */
export function refuseUnsupported(type: string, inputs: ValueMap): void {
  const kind = asString(inputs["kind"]) ?? "";
  if (type.endsWith(`:${kind}Patch`)) throw new Error("Patch resources are not implemented by the stand-in plugin");
  if (type.endsWith("List") && inputs["items"] !== undefined) {
    throw new Error("list resources cannot be created; use the resources in them");
  }
  const metadata = inputs["metadata"];
  if (metadata !== undefined && isMap(metadata) && metadata["generateName"] !== undefined) {
    throw new Error("metadata.generateName cannot be used with server-side apply");
  }
}

// Fields that the API server alone writes; a program that passes an object on may carry them along.
const serverFields = new Set([
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
]);

/** The object without what the API server alone writes. */
export function withoutServerFields(object: ValueMap): ValueMap {
  const metadata = object["metadata"];
  if (metadata === undefined || !isMap(metadata)) return object;
  const kept = Object.entries(metadata).filter(([key]) => !serverFields.has(key));
  return { ...object, metadata: Object.fromEntries(kept) };
}

/** Inputs for an object that no program has described yet. */
export function importedInputs(live: PlainMap): ValueMap {
  const { status: _, ...object } = live;
  return withoutServerFields(object);
}

/** The kind of an object: from its own fields, else from state, else from the type token. */
export function typeOf(object: ValueMap, token: string, fallback: ValueMap = {}): [apiVersion: string, kind: string] {
  const apiVersion = asString(object["apiVersion"]) ?? asString(fallback["apiVersion"]);
  const kind = asString(object["kind"]) ?? asString(fallback["kind"]);
  return apiVersion && kind ? [apiVersion, kind] : typeOfToken(token);
}

/** A bag within a bag, empty when there is none. */
export function mapIn(object: ValueMap, key: string): ValueMap {
  const value = object[key];
  return value !== undefined && isMap(value) ? value : {};
}

/** Fills in the namespace that the live object has, so that naming it explicitly is no change. */
export function inNamespaceOf(live: ValueMap, inputs: ValueMap): ValueMap {
  const metadata = mapIn(inputs, "metadata");
  if (mapIn(live, "metadata")["namespace"] === undefined || metadata["namespace"] !== undefined) return inputs;
  return { ...inputs, metadata: { ...metadata, namespace: "default" } };
}

/** Adds the `stringData` that a Secret's `data` amounts to, for the keys that the inputs give as stringData. */
export function withStringData(live: ValueMap, inputs: ValueMap): ValueMap {
  if (live["kind"] !== "Secret" || inputs["stringData"] === undefined) return live;
  const data = mapIn(live, "data");
  const decoded = Object.keys(mapIn(inputs, "stringData")).flatMap((key): [string, Value][] => {
    const value = asString(data[key]);
    return value === undefined ? [] : [[key, Buffer.from(value, "base64").toString("utf8")]];
  });
  return { ...live, stringData: Object.fromEntries(decoded) };
}

/** Takes the live value in places that the program wants left alone. */
export function withIgnored(wanted: PlainMap, live: PlainMap, ignored: readonly string[]): PlainMap {
  const result = structuredClone(wanted);
  for (const path of ignored) {
    const parts = path.split(".");
    const last = parts.pop() ?? "";
    const source = parts.reduce<PlainMap>((object, part) => mapAt(object, part), live);
    const target = parts.reduce<PlainMap>((object, part) => mapAt(object, part), result);
    if (source[last] !== undefined) target[last] = source[last];
  }
  return result;
}

function mapAt(object: PlainMap, key: string): PlainMap {
  const value = object[key];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

/** Whether a path that the program ignores covers a changed one. */
export function contains(ignored: string, path: string): boolean {
  return path === ignored || path.startsWith(`${ignored}.`) || path.startsWith(`${ignored}[`);
}

/** The id of an object: `namespace/name`, or the name alone. */
export function idOf(object: PlainMap): string {
  const { namespace, name } = refOf(object);
  return namespace ? `${namespace}/${name}` : name;
}

/** The reverse of {@link idOf}. */
export function parseId(id: string): { namespace: string | undefined; name: string } {
  const [first = "", second] = id.split("/");
  return second === undefined ? { namespace: undefined, name: first } : { namespace: first, name: second };
}
