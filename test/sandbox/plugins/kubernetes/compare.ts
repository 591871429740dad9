// Structural comparison of property bags: what changed, where, and whether the change forces a replacement.
import type { ChangeKind } from "../engine/provider";
import { equal, isMap, Unknown, type Value, type ValueMap } from "../engine/values";

/** A place in a bag of properties. */
export type Path = readonly (string | number)[];

/**
 * Compares what is with what is wanted.
 * @param replacing whether a change at this place cannot be made in the existing object
 * @returns one entry per changed place, keyed by the engine's notation of paths
 */
export function compare(
  existing: ValueMap,
  wanted: ValueMap,
  replacing: (path: Path) => boolean,
): Map<string, ChangeKind> {
  const changes = new Map<string, ChangeKind>();
  const add = (path: Path, kind: "add" | "delete" | "update"): void => {
    changes.set(format(path), replacing(path) ? `${kind}-replace` : kind);
  };
  const visit = (path: Path, one: Value | undefined, other: Value | undefined): void => {
    if (other instanceof Unknown) add(path, one === undefined ? "add" : "update");
    else if (equal(one, other)) return;
    else if (one === undefined) add(path, "add");
    else if (other === undefined) add(path, "delete");
    else if (isMap(one) && isMap(other)) {
      for (const key of union(Object.keys(one), Object.keys(other))) visit([...path, key], one[key], other[key]);
    } else if (Array.isArray(one) && Array.isArray(other)) {
      const length = Math.max(one.length, other.length);
      for (let index = 0; index < length; index++) visit([...path, index], one[index], other[index]);
    } else add(path, "update");
  };
  for (const key of union(Object.keys(existing), Object.keys(wanted))) visit([key], existing[key], wanted[key]);
  return changes;
}

/** The paths among the changes that force a replacement. */
export function replacements(changes: ReadonlyMap<string, ChangeKind>): string[] {
  return [...changes].filter(([, kind]) => kind.endsWith("-replace")).map(([path]) => path);
}

/** Keeps of a value only what a model of it has too: fields that nobody asked for are not compared. */
export function prune(value: Value, model: Value): Value {
  if (isMap(value) && isMap(model)) {
    const kept = Object.entries(value).filter(([key]) => key in model);
    return Object.fromEntries(kept.map(([key, child]) => [key, prune(child, model[key] ?? null)]));
  }
  if (Array.isArray(value) && Array.isArray(model)) {
    return value.slice(0, model.length).map((item, index) => prune(item, model[index] ?? null));
  }
  return value;
}

/** {@link prune} for a whole bag. */
export function pruneMap(values: ValueMap, model: ValueMap): ValueMap {
  const pruned = prune(values, model);
  return isMap(pruned) ? pruned : {};
}

/**
 * The inputs that describe an object now: where the live value is what it was after our last write, the input stands
 * (the API server may merely spell it differently); where somebody changed it, the live value takes its place.
 */
export function inputsAfterDrift(inputs: ValueMap, before: ValueMap, now: ValueMap): ValueMap {
  const entries = Object.entries(inputs).flatMap(([key, input]): [string, Value][] => {
    const value = driftOf(input, before[key], now[key]);
    return value === undefined ? [] : [[key, value]];
  });
  return Object.fromEntries(entries);
}

function driftOf(input: Value, before: Value | undefined, now: Value | undefined): Value | undefined {
  if (equal(before, now)) return input;
  if (isMap(input) && isMap(now)) return inputsAfterDrift(input, isMap(before) ? before : {}, now);
  if (Array.isArray(input) && Array.isArray(now) && now.length >= input.length) {
    const old = Array.isArray(before) ? before : [];
    return input.map((item, index) => driftOf(item, old[index], now[index]) ?? null);
  }
  return now === undefined ? undefined : prune(now, input);
}

/** The engine's notation of a path: `metadata.labels["app.kubernetes.io/name"]`, `spec.ports[0]`. */
export function format(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    if (/[."[\]]/.test(part)) return `${text}[${JSON.stringify(part)}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

function union(one: readonly string[], other: readonly string[]): Set<string> {
  return new Set([...one, ...other]);
}
