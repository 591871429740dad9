import { isMap } from "../base/json";
import type { Problem } from "../base/problems";
import type { ArgumentValues } from "./settings";

/** What a value must be. */
type Kind = "text" | "number" | "boolean" | "map" | "list of texts" | { readonly [part: string]: Kind };

const place = { name: "text", namespace: "text" } as const;
const keyPlace = { ...place, key: "text" } as const;

/** The arguments, as a program writes them, and what each must be. */
const kinds = {
  clusterName: ["clusterName", "text"],
  clusterDomain: ["clusterDomain", "text"],
  managementNamespace: ["managementNamespace", "text"],
  namespace: ["namespace.name", "text"],
  serverAddress: ["relay.serverAddress", "text"],
  ingress: ["relay.ingress", { namespace: "text", service: "text", portName: "text" }],
  authority: ["relay.authority", "text"],
  agentVersion: ["agent.version", "text"],
  chart: ["agent.chart", "text"],
  chartRepository: ["agent.repository", "text"],
  skipCrds: ["agent.skipCrds", "boolean"],
  values: ["agent.values", "map"],
  rootSource: ["rootCertificate.source", keyPlace],
  root: ["rootCertificate.secret", place],
  tokenSource: ["token.source", keyPlace],
  token: ["token.secret", keyPlace],
  client: ["clientCertificate.secret", place],
  chainToRoot: ["proof.chainToRoot", "boolean"],
  reissue: ["clientCertificate.reissue", "text"],
  level: ["proof.level", "text"],
  timeoutSeconds: ["proof.timeoutSeconds", "number"],
  abandonedAfterSeconds: ["agent.abandonedAfterSeconds", "number"],
  ignoredChecks: ["checks.ignore", "list of texts"],
} as const satisfies Readonly<Record<keyof ArgumentValues, readonly [argument: string, kind: Kind]>>;

/** The argument's name for a program, of a value in {@link ArgumentValues} or a part of it: `relay.ingress.service` for `ingress.service`. */
export function argumentOf(path: string): string {
  const [key = "", ...parts] = path.split(".");
  const [argument] = kinds[key as keyof ArgumentValues] ?? [key];
  return [argument, ...parts].join(".");
}

/**
 * Values of another kind than their argument's: GMR013. The compiler finds them in TypeScript; nobody does in JavaScript, or in a value that comes
 * from a configuration or another stack. A value that is left out, or null, has its default.
 */
export function kindFaults(said: { readonly [key in keyof ArgumentValues]?: unknown }): Problem[] {
  const needed = said.clusterName ?? undefined;
  const missing = needed === undefined ? [fault("clusterName", "text")] : [];
  const wrong = Object.entries(kinds).flatMap(([key, [argument, kind]]) =>
    faultsOf(argument, kind, said[key as keyof ArgumentValues]),
  );
  return [...missing, ...wrong];
}

export function faultsOf(argument: string, kind: Kind, value: unknown): Problem[] {
  if (value === undefined || value === null) return [];
  if (typeof kind === "string") return isOfKind(value, kind) ? [] : [fault(argument, kind)];
  if (!isMap(value)) return [fault(argument, "map")];
  return Object.entries(kind).flatMap(([part, inner]) => faultsOf(`${argument}.${part}`, inner, value[part]));
}

function isOfKind(value: unknown, kind: Exclude<Kind, object>): boolean {
  if (kind === "map") return isMap(value);
  if (kind === "list of texts") return Array.isArray(value) && value.every((one) => typeof one === "string");
  return typeof value === (kind === "text" ? "string" : kind);
}

/** GMR013. The value itself is not told: what is in the wrong place may be a secret. */
export function fault(argument: string, kind: string): Problem {
  return {
    code: "GMR013",
    what: `The value of ${argument} is not a ${kind}`,
    where: `[${argument}]`,
    cause: "the compiler did not see it: it comes from JavaScript, from a configuration or from another stack",
    next: `give a ${kind}`,
  };
}
