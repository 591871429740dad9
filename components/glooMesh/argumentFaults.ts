import { isMap } from "../base/json";
import type { Problem } from "../base/problems";
import { anyOf, enumerate } from "../base/text";
import { type Argument, type ArgumentTree, isArgument, type Kind } from "./argumentKinds";

/**
 * Reports values of the wrong kind: GMR013. The compiler finds them in TypeScript, but not in JavaScript, nor in a value from a configuration or
 * another stack. An omitted or null value has its default.
 */
export function kindFaults(values: unknown, tree: ArgumentTree): Problem[] {
  return faultsIn(values, tree, "", (argument, { kind }, value) =>
    isOfKind(value, kind) ? [] : [kindFault(argument, nameOf(kind))],
  );
}

/** Reports numbers out of range (GMR007) and strings outside of their closed set (GMR012). */
export function limitFaults(values: unknown, tree: ArgumentTree): Problem[] {
  return faultsIn(values, tree, "", limitFault);
}

function faultsIn(
  values: unknown,
  tree: ArgumentTree,
  path: string,
  faultsOf: (argument: string, row: Argument, value: unknown) => Problem[],
): Problem[] {
  if (values === undefined || values === null) return [];
  if (!isMap(values)) return [kindFault(path, "map")];
  return Object.entries(tree).flatMap(([key, node]) => {
    const inside = path === "" ? key : `${path}.${key}`;
    const value = values[key] ?? undefined;
    if (!isArgument(node)) return faultsIn(value, node, inside, faultsOf);
    return value === undefined ? [] : faultsOf(inside, node, value);
  });
}

function limitFault(argument: string, { kind, range }: Argument, value: unknown): Problem[] {
  if (range) {
    const limits = `from ${range.from} to ${range.to}`;
    if (Number.isInteger(value) && Number(value) >= range.from && Number(value) <= range.to) return [];
    return [
      {
        code: "GMR007",
        what: `The number of ${range.unit} ${quote(String(value))} cannot be used`,
        where: `[${argument}]`,
        cause: `it is not a whole number ${limits}`,
        next: `give whole ${range.unit} ${limits}`,
      },
    ];
  }
  if (typeof kind === "string" || kind.includes(String(value))) return [];
  return [
    {
      code: "GMR012",
      what: `${quote(String(value))} is not a known value of ${argument}`,
      where: `[${argument}]`,
      cause: `known are ${enumerate(kind)}`,
      next: `give ${anyOf(kind)}`,
    },
  ];
}

export function isOfKind(value: unknown, kind: Kind): boolean {
  if (kind === "map") return isMap(value);
  if (kind === "map of strings") {
    return isMap(value) && Object.values(value).every((one) => one === undefined || typeof one === "string");
  }
  if (kind === "boolean or string") return typeof value === "boolean" || typeof value === "string";
  if (kind === "list of strings") return Array.isArray(value) && value.every((one) => typeof one === "string");
  return typeof value === nameOf(kind);
}

/** The kind by name; for a closed set `string`, since {@link limitFaults} checks its members. */
export function nameOf(kind: Kind): Exclude<Kind, readonly string[]> {
  return typeof kind === "string" ? kind : "string";
}

/** The problem for a value of the wrong kind. Does not quote the value: a misplaced one may be a secret. */
export function kindFault(argument: string, kind: string): Problem {
  return {
    code: "GMR013",
    what: `The value of ${argument} is not a ${kind}`,
    where: `[${argument}]`,
    cause: "the compiler did not see it: it comes from JavaScript, from a configuration or from another stack",
    next: `give a ${kind}`,
  };
}

/** Quotes a value, shortened for a message. */
export function quote(value: string, most = 80): string {
  return JSON.stringify(value.length > most ? `${value.slice(0, most - 3)}...` : value);
}
