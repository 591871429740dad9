import { isMap } from "../base/json";
import { defaultGeneration, type Generation, generationNames, generations } from "./generation";
import { identityModes } from "./modes";
import { proofLevels } from "./proofFacts";
import { unhealthyChoices } from "./unhealthy";

interface KindValues {
  string: string;
  number: number;
  boolean: boolean;
  "boolean or string": boolean | string;
  map: Readonly<Record<string, unknown>>;
  "map of strings": Readonly<Record<string, string>>;
  "list of strings": readonly string[];
}

/** The kind of an argument's value; a list is a closed set of strings. */
export type Kind = keyof KindValues | readonly string[];

/** One argument of a registration. */
export interface Argument {
  readonly kind: Kind;
  /** The value if the argument is omitted or null. */
  readonly default?: string | number | boolean;
  /** Describes a default that is read or derived elsewhere. */
  readonly otherwise?: string;
  /** Limits of a whole number, both included. */
  readonly range?: { readonly unit: string; readonly from: number; readonly to: number };
  /** The doctor's option with the same meaning. */
  readonly option?: string;
  /** The argument decides which resources are declared, so it cannot be an Output. */
  readonly plain?: true;
  /** Only the kind is checked: a secret or unknown value in it makes no other argument secret or unknown. */
  readonly opaque?: true;
}

const seconds = { unit: "seconds", from: 1, to: 3600 } as const;
// These are the same in every generation.
const { rootSecret, tokenSecret, clientSecret, relayServer, ingress } = defaultGeneration;
const fromManagement = "read from the management cluster";
/** A default that each generation has of its own. */
const ofGeneration = (value: (generation: Generation) => string | undefined) =>
  Object.values(generations)
    .flatMap((generation) => {
      const own = value(generation);
      return own === undefined ? [] : [`\`${own}\` (${generation.name})`];
    })
    .join(", ");
const managementNamespace = { kind: "string", otherwise: "`managementNamespace`" } as const;
const agentNamespace = { kind: "string", otherwise: "`namespace.name`" } as const;

/** The one table of a registration's arguments, by the paths that programs and stacks use. Reading, defaults and validation derive from its rows. */
export const argumentRows = {
  clusterName: { kind: "string", otherwise: "the resource's name", option: "cluster-name" },
  clusterDomain: { kind: "string", default: "cluster.local" },
  managementNamespace: { kind: "string", default: relayServer.namespace, option: "management-namespace" },
  generation: { kind: generationNames, default: defaultGeneration.name, plain: true, option: "generation" },
  identity: { kind: identityModes, default: "one-time-token", plain: true },
  selfRegistration: { kind: "boolean", default: false, plain: true, option: "self-registration" },
  takeOver: { kind: "boolean or string", default: false, plain: true },
  leaveRunning: { kind: "boolean", default: false, plain: true },
  "namespace.name": { kind: "string", otherwise: `\`${relayServer.namespace}\``, option: "namespace" },
  "namespace.create": { kind: "boolean", default: true, plain: true, option: "existing-namespace" },
  "namespace.disableIstioInjection": { kind: "boolean", default: false, plain: true },
  "relay.serverAddress": { kind: "string", otherwise: fromManagement, option: "relay-server-address" },
  "relay.ingress.namespace": { kind: "string", default: ingress.namespace },
  "relay.ingress.service": { kind: "string", default: ingress.service },
  "relay.ingress.portName": { kind: "string", default: ingress.portName },
  "relay.authority": {
    kind: "string",
    otherwise: ofGeneration(({ relayServer }) => `${relayServer.name}.<managementNamespace>`),
    option: "relay-authority",
  },
  "agent.provided": { kind: "boolean", default: false, plain: true, option: "provided-agent" },
  "agent.version": { kind: "string", otherwise: fromManagement, option: "agent-version" },
  "agent.releaseName": {
    kind: "string",
    otherwise: ofGeneration(({ releaseName }) => releaseName),
    option: "release-name",
  },
  "agent.repository": {
    kind: "string",
    otherwise: ofGeneration(({ repository }) => repository),
    option: "chart-repository",
  },
  "agent.repositoryUsername": { kind: "string", opaque: true },
  "agent.repositoryPassword": { kind: "string", opaque: true },
  "agent.repositoryCaFile": { kind: "string", otherwise: "the CAs of the machine" },
  "agent.chart": { kind: "string", otherwise: ofGeneration(({ chart }) => chart) },
  "agent.values": { kind: "map", opaque: true },
  "agent.skipCrds": { kind: "boolean", default: false },
  "agent.abandonedAfterSeconds": { kind: "number", default: 60, range: seconds },
  "kubernetesCluster.provided": {
    kind: "boolean",
    default: false,
    plain: true,
    option: "provided-kubernetes-cluster",
  },
  "crds.install": { kind: "boolean", default: true, plain: true },
  "crds.chart": { kind: "string", otherwise: ofGeneration(({ crds }) => crds?.chart) },
  "crds.installEnterpriseCrds": { kind: "boolean", default: true },
  "rootCertificate.source.name": { kind: "string", default: rootSecret.name },
  "rootCertificate.source.namespace": managementNamespace,
  "rootCertificate.source.key": { kind: "string", default: rootSecret.key },
  "rootCertificate.secret.name": { kind: "string", default: rootSecret.name },
  "rootCertificate.secret.namespace": agentNamespace,
  "rootCertificate.provided": { kind: "boolean", default: false, plain: true },
  "token.source.name": { kind: "string", default: tokenSecret.name },
  "token.source.namespace": managementNamespace,
  "token.source.key": { kind: "string", default: tokenSecret.key },
  "token.secret.name": { kind: "string", default: tokenSecret.name },
  "token.secret.namespace": agentNamespace,
  "token.secret.key": { kind: "string", default: tokenSecret.key },
  "clientCertificate.secret.name": { kind: "string", default: clientSecret.name },
  "clientCertificate.secret.namespace": agentNamespace,
  "clientCertificate.reissue": { kind: "string" },
  "proof.timeoutSeconds": { kind: "number", default: 300, range: seconds },
  "proof.chainToRoot": { kind: "boolean", default: true, option: "no-chain-to-root" },
  "proof.level": { kind: proofLevels, default: "agent", plain: true },
  "validation.command": { kind: "string", opaque: true },
  "validation.environment": { kind: "map of strings", opaque: true },
  "checks.ignore": { kind: "list of strings" },
  "checks.unhealthy": { kind: unhealthyChoices, default: "warn", plain: true },
} as const satisfies Readonly<Record<string, Argument>>;

type Rows = typeof argumentRows;

type DoctorOption = Extract<Rows[keyof Rows], { readonly option: string }>["option"];

/** The doctor's options, by the argument with the same meaning. */
export const doctorOptions = Object.fromEntries(
  Object.entries<Argument>(argumentRows).flatMap(([path, { option }]) => (option ? [[path, option]] : [])),
) as Readonly<Record<string, DoctorOption>>;

type Head<Path> = Path extends `${infer First}.${string}` ? First : Path;
type Below<R, First extends string> = {
  [Path in keyof R as Path extends `${First}.${infer Rest}` ? Rest : never]: R[Path];
};
type Without<R, Mark> = { [Path in keyof R as R[Path] extends Mark ? never : Path]: R[Path] };

type ValueOf<Row> = Row extends { kind: infer K }
  ? K extends keyof KindValues
    ? KindValues[K]
    : K extends readonly (infer One)[]
      ? One
      : never
  : never;

type Given<R> = {
  readonly [First in Head<keyof R> & string]?:
    | (First extends keyof R ? ValueOf<R[First]> : Given<Below<R, First>>)
    | undefined;
};
type Filled<R> = {
  readonly [First in Head<keyof R> & string]: First extends keyof R
    ? R[First] extends { default: unknown }
      ? ValueOf<R[First]>
      : ValueOf<R[First]> | undefined
    : Filled<Below<R, First>>;
};

/** Known values of the arguments that are not plain, in the shape in which a program gives them. */
export type ArgumentValues = Given<Without<Rows, { plain: true }>>;
/** The arguments that are neither plain nor opaque, with the defaults of the table. */
export type FilledArguments = Filled<Without<Rows, { plain: true } | { opaque: true }>>;

/** The rows as nested maps, in the shape of the arguments. */
export interface ArgumentTree {
  readonly [part: string]: Argument | ArgumentTree;
}

/** The tree of the arguments for which `wanted` holds. */
export function argumentTree(wanted: (row: Argument, path: string) => boolean = () => true): ArgumentTree {
  const tree: Record<string, unknown> = {};
  for (const [path, row] of Object.entries<Argument>(argumentRows)) {
    if (!wanted(row, path)) continue;
    const parts = path.split(".");
    const last = parts.pop() ?? "";
    let branch = tree;
    for (const part of parts) {
      branch[part] ??= {};
      branch = branch[part] as Record<string, unknown>;
    }
    branch[last] = row;
  }
  return tree as ArgumentTree;
}

export function isArgument(node: Argument | ArgumentTree): node is Argument {
  return typeof node["kind"] === "string" || Array.isArray(node["kind"]);
}

/** The arguments that become settings. */
export const settingsTree = argumentTree(({ plain, opaque }) => !plain && !opaque);

/** Picks the values of a tree's arguments, and nothing else; looks into those values for which `isOpen` holds. */
export function pick(values: unknown, tree: ArgumentTree, isOpen: (value: unknown) => boolean = isMap): unknown {
  if (!isOpen(values)) return values;
  const given = values as Readonly<Record<string, unknown>>;
  return mapTree(tree, (key, node) => (isArgument(node) ? given[key] : pick(given[key], node, isOpen)));
}

/** Fills in the defaults of the table. */
export function fillDefaults(values: ArgumentValues): FilledArguments {
  const fill = (given: unknown, tree: ArgumentTree): object =>
    mapTree(tree, (key, node) => {
      const value = isMap(given) ? (given[key] ?? undefined) : undefined;
      return isArgument(node) ? (value ?? node.default) : fill(value, node);
    });
  return fill(values, settingsTree) as FilledArguments;
}

function mapTree(tree: ArgumentTree, value: (key: string, node: Argument | ArgumentTree) => unknown): object {
  return Object.fromEntries(Object.entries(tree).map(([key, node]) => [key, value(key, node)]));
}
