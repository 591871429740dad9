// Names that a program leaves to the provider.
import { createHash, randomBytes } from "node:crypto";
import type { CheckRequest } from "../engine/provider";
import { isMap, type ValueMap } from "../engine/values";

const autonamed = "pulumi.com/autonamed";

/**
 * Gives an object without a name the one it had, or a generated one, and marks it as generated.
 * @param inputs changed in place
 */
export function nameObject(inputs: ValueMap, request: CheckRequest): void {
  const metadata = mapAt(inputs, "metadata");
  inputs["metadata"] = metadata;
  if (metadata["name"] !== undefined && metadata["name"] !== "") return;
  const old = mapAt(request.olds, "metadata");
  const hasOld = Object.keys(request.olds).length > 0;
  if (hasOld && !isAutonamed(request.olds)) return;
  metadata["name"] = hasOld ? (old["name"] ?? "") : generatedName(request);
  metadata["annotations"] = { ...mapAt(metadata, "annotations"), [autonamed]: "true" };
}

/** Whether an object's name was generated. */
export function isAutonamed(inputs: ValueMap): boolean {
  return mapAt(mapAt(inputs, "metadata"), "annotations")[autonamed] === "true";
}

/** A name for this resource that no other resource has. @throws when generated names are switched off */
export function generatedName(request: CheckRequest): string {
  if (request.autoname === "disabled") throw new Error("autonaming is disabled, so the resource needs a name");
  if (request.autoname?.proposed) return request.autoname.proposed;
  const seed = request.randomSeed.length > 0 ? request.randomSeed : randomBytes(16);
  return `${request.name}-${createHash("sha256").update(seed).digest("hex").slice(0, 8)}`;
}

function mapAt(values: ValueMap, key: string): ValueMap {
  const value = values[key];
  return value !== undefined && isMap(value) ? { ...value } : {};
}
