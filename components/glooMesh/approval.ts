import { valueAt } from "../base/json";
import type { KubernetesObject } from "../kubernetes/objects";
import type { Generation } from "./generation";

/** The relay server's word about a registered cluster, such as ACCEPTED; undefined for none, and for one about an earlier form of the object. */
export function approvalOf(
  object: KubernetesObject | undefined,
  { approval }: Pick<Generation, "approval">,
): string | undefined {
  if (!object || !approval) return undefined;
  const word = valueAt(object, ...approval);
  const observed = valueAt(object, ...approval.slice(0, -1), "observedGeneration");
  // The status holds 64-bit numbers as strings (protobuf's JSON).
  const isPresent = observed === undefined || Number(observed) === (object.metadata.generation ?? Number(observed));
  return typeof word === "string" && isPresent ? word : undefined;
}
