// Maps and JSON.

/** Whether a value is a map: neither null nor a list. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path of nested maps; undefined if a part of the path is not a map. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((part, key) => (isMap(part) ? part[key] : undefined), value);
}

/** The string at a path of nested maps; undefined for a value of another kind. */
export function stringAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === "string" ? found : undefined;
}

/** Nested maps that hold one value, at this path. */
export function mapWith(path: readonly string[], value: unknown): Record<string, unknown> {
  const [first = "", ...rest] = path;
  return { [first]: rest.length === 0 ? value : mapWith(rest, value) };
}

/** Nested maps without the value at this path; the maps around it stay. */
export function withoutAt(
  values: Readonly<Record<string, unknown>>,
  [first = "", ...rest]: readonly string[],
): Record<string, unknown> {
  const { [first]: inner, ...others } = values;
  if (rest.length === 0) return others;
  return isMap(inner) ? { ...values, [first]: withoutAt(inner, rest) } : values;
}

/** JSON with the keys of all maps sorted, so that equal values give equal strings. */
export function jsonInOrder(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isMap(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}

/** Merges maps deeply; the second wins. Lists and nulls replace the first value as a whole (Helm takes a null as "drop the default"). */
export function mergeDeep<T extends object>(first: object, second: T): T {
  const merged: Record<string, unknown> = Object.fromEntries(Object.entries(first));
  for (const [key, value] of Object.entries(second)) {
    const before = merged[key];
    merged[key] = isMap(before) && isMap(value) ? mergeDeep(before, value) : value;
  }
  return merged as T;
}

/**
 * The leaves of nested maps: the path of each with its JSON, keys sorted. It skips nulls, by which Helm drops a value, and empty maps, which set nothing.
 */
export function leavesOf(values: Readonly<Record<string, unknown>>, prefix = ""): [path: string, json: string][] {
  return Object.entries(values).flatMap(([key, value]): [string, string][] => {
    if (value === null || value === undefined) return [];
    const path = `${prefix}${key}`;
    return isMap(value) ? leavesOf(value, `${path}.`) : [[path, jsonInOrder(value)]];
  });
}

/** Paths of the leaves that differ between two nested maps, sorted. */
export function changedLeaves(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): string[] {
  const [first, second] = [new Map(leavesOf(before)), new Map(leavesOf(after))];
  const paths = new Set([...first.keys(), ...second.keys()]);
  return [...paths].filter((path) => first.get(path) !== second.get(path)).sort();
}
