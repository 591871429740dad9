// When an object counts as ready after it was written.
import type { PlainMap } from "../engine/values";
import { asMap, metadataOf } from "./objects";

/** Seconds that an object may take to become ready, or to go away. */
export const defaultTimeoutSeconds = 600;

type Check = (object: PlainMap) => boolean;

const checks: Readonly<Record<string, Check>> = {
  "apps/v1/Deployment": (object) => rolledOut(object, "updatedReplicas") && condition(object, "Available"),
  "apps/v1/StatefulSet": (object) => rolledOut(object, "updatedReplicas") && rolledOut(object, "readyReplicas"),
  "apps/v1/DaemonSet": (object) => {
    const status = asMap(object["status"]);
    return observed(object) && status["numberReady"] === status["desiredNumberScheduled"];
  },
  "batch/v1/Job": (object) => condition(object, "Complete"),
  "v1/Pod": (object) => condition(object, "Ready") || asMap(object["status"])["phase"] === "Succeeded",
  "apiextensions.k8s.io/v1/CustomResourceDefinition": (object) => condition(object, "Established"),
};

// The official plugin waits for more kinds than this one does; a program that relies on that is told so.
const unwatched = new Set([
  "v1/Service",
  "v1/PersistentVolume",
  "v1/PersistentVolumeClaim",
  "networking.k8s.io/v1/Ingress",
]);

/** How to see that an object is ready; undefined when it is ready as soon as it exists. */
export function readiness(object: PlainMap): Check | undefined {
  return skipsAwait(object) ? undefined : checks[typeOf(object)];
}

/** What the official plugin would wait for and this one does not; undefined when there is no difference. */
export function unawaited(object: PlainMap): string | undefined {
  if (skipsAwait(object)) return undefined;
  if (annotations(object)["pulumi.com/waitFor"] !== undefined) return "the annotation pulumi.com/waitFor";
  return unwatched.has(typeOf(object)) ? `the readiness of a ${String(object["kind"])}` : undefined;
}

/** Seconds for a wait: the resource's custom timeout, its annotation, or the default. */
export function timeoutSeconds(object: PlainMap, customTimeout: number): number {
  const annotated = Number(annotations(object)["pulumi.com/timeoutSeconds"]);
  return customTimeout || annotated || defaultTimeoutSeconds;
}

function skipsAwait(object: PlainMap): boolean {
  return annotations(object)["pulumi.com/skipAwait"] === "true";
}

function rolledOut(object: PlainMap, counter: string): boolean {
  const wanted = Number(asMap(object["spec"])["replicas"] ?? 1);
  return observed(object) && Number(asMap(object["status"])[counter] ?? 0) >= wanted;
}

function observed(object: PlainMap): boolean {
  return Number(asMap(object["status"])["observedGeneration"] ?? 0) >= Number(metadataOf(object)["generation"] ?? 0);
}

function condition(object: PlainMap, type: string): boolean {
  const conditions = asMap(object["status"])["conditions"];
  const found = (Array.isArray(conditions) ? conditions.map(asMap) : []).find((entry) => entry["type"] === type);
  return found?.["status"] === "True";
}

function annotations(object: PlainMap): PlainMap {
  return asMap(metadataOf(object)["annotations"]);
}

function typeOf(object: PlainMap): string {
  return `${String(object["apiVersion"])}/${String(object["kind"])}`;
}
