import * as pulumi from "@pulumi/pulumi";
import { jsonInOrder } from "../base/json";
import type { ClusterAccess } from "../kubernetes/access";
import { SharedLookups } from "../kubernetes/lookups";

/** What all connections with one access share in a run of a program. */
export interface SharedAccess {
  readonly lookups: SharedLookups;
  /** The cluster's identity, once somebody has asked. */
  identity: Promise<string> | undefined;
  /** Marks of the registrations declared with it as management cluster. */
  readonly marks: Set<string>;
}

// By the stack of the run: the Automation API runs a program several times in one process, and each run reads the clusters again.
const runs = new WeakMap<object, Map<string, SharedAccess>>();
const withoutStack = {};

/** What the connections of this run share, by their access. */
export function sharedAccesses(): (access: ClusterAccess) => SharedAccess {
  const run = pulumi.runtime.getStackResource() ?? withoutStack;
  const accesses = runs.get(run) ?? new Map<string, SharedAccess>();
  runs.set(run, accesses);
  return (access) => {
    const key = jsonInOrder(access);
    const known = accesses.get(key) ?? { lookups: new SharedLookups(), identity: undefined, marks: new Set<string>() };
    accesses.set(key, known);
    return known;
  };
}
