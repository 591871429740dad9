import * as pulumi from "@pulumi/pulumi";
import { jsonInOrder } from "../base/json";
import type { ClusterAccess } from "../kubernetes/access";
import { SharedLookups } from "../kubernetes/lookups";

/** The state that all connections with the same access share in one run of a program. */
export interface SharedAccess {
  readonly lookups: SharedLookups;
  /** The cluster's identity, after its first read. */
  identity: Promise<string> | undefined;
  /** Marks of the registrations that are declared with this cluster as their management cluster. */
  readonly marks: Set<string>;
}

const withoutStack = {};

/** A map of each run: the Automation API runs a program several times in one process, and each run must read the clusters again. */
export function mapPerRun<V>(): () => Map<string, V> {
  const runs = new WeakMap<object, Map<string, V>>();
  return () => {
    const run = pulumi.runtime.getStackResource() ?? withoutStack;
    const ofRun = runs.get(run) ?? new Map<string, V>();
    runs.set(run, ofRun);
    return ofRun;
  };
}

const accessesOfRun = mapPerRun<SharedAccess>();
const marksOfRun = mapPerRun<Promise<unknown>[]>();

/** The registrations of this run, each a promise until its marks are noted: they are known only once the engine has answered. */
export function declarationsOfRun(): Promise<unknown>[] {
  const all = marksOfRun();
  const declarations = all.get("") ?? [];
  all.set("", declarations);
  return declarations;
}

/** The shared state of this run's connections, by their access. */
export function sharedAccesses(): (access: ClusterAccess) => SharedAccess {
  const accesses = accessesOfRun();
  return (access) => {
    const key = jsonInOrder(access);
    const known = accesses.get(key) ?? { lookups: new SharedLookups(), identity: undefined, marks: new Set<string>() };
    accesses.set(key, known);
    return known;
  };
}
