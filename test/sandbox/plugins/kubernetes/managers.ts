// Field managers of server-side apply: who owns which field, and when ownership passes to this resource.
import type { Plain, PlainMap } from "../engine/values";
import { asMap, createManager, metadataOf } from "./objects";

// Edits by kubectl of any flavour and our own create are taken over; those of any other program stay a conflict.
const takenOver = ["kubectl", "before-first-apply", createManager, "pulumi-resource-kubernetes"];

/**
 * The list of managers after everything that kubectl or our own create have written belongs to `manager`.
 * @returns undefined when that is so already
 */
export function adoptFields(live: PlainMap, manager: string): Plain[] | undefined {
  const entries = managedFields(live);
  const isOurs = (entry: PlainMap) => entry["operation"] === "Apply" && entry["manager"] === manager;
  const isTaken = (entry: PlainMap) =>
    !isOurs(entry) &&
    !entry["subresource"] &&
    takenOver.some((name) => String(entry["manager"]).startsWith(name)) &&
    // Another resource's apply is not ours to take, kubectl's is.
    (entry["operation"] === "Update" || String(entry["manager"]).startsWith("kubectl"));
  const taken = entries.filter(isTaken);
  if (taken.length === 0) return undefined;
  const ours = entries.find(isOurs);
  const fields = [...(ours ? [ours] : []), ...taken].map((entry) => asMap(entry["fieldsV1"])).reduce(union, {});
  const { subresource: _, ...template } = ours ?? taken[0] ?? {};
  const adopted = { ...template, manager, operation: "Apply", fieldsType: "FieldsV1", fieldsV1: fields };
  return [...entries.filter((entry) => !isOurs(entry) && !isTaken(entry)), adopted];
}

/** Whether an apply has to force its fields through: a preview cannot adopt them, and an unmanaged object has no owner. */
export function mustForce(live: PlainMap, preview: boolean): boolean {
  const entries = managedFields(live);
  if (entries.length === 0) return true;
  return preview && entries.some((entry) => entry["operation"] === "Update" && entry["manager"] === createManager);
}

function managedFields(live: PlainMap): PlainMap[] {
  const entries = metadataOf(live)["managedFields"];
  return Array.isArray(entries) ? entries.map(asMap) : [];
}

function union(one: PlainMap, other: PlainMap): PlainMap {
  const joined = { ...one };
  for (const [key, value] of Object.entries(other)) joined[key] = union(asMap(joined[key]), asMap(value));
  return joined;
}
