import { isMap } from "../base/json";
import { readYaml } from "../base/yaml";

// The kubeconfig API (client-go, tools/clientcmd/api/v1), and how a text becomes one. As in client-go, null means absent, a value of another kind
// makes the whole file unreadable, and an unknown field does nothing.

/** A value has another kind than its field. The message names the field, never the value. */
export class WrongKind extends Error {
  constructor(field: string, wanted: string) {
    super(`${field} is not ${wanted}`);
  }
}

type Reader<T> = (value: unknown, field: string) => T;
type Read<R> = R extends Reader<infer T> ? T : never;

const text: Reader<string> = (value, field) => {
  if (typeof (value ?? "") !== "string") throw new WrongKind(field, "a string");
  return (value ?? "") as string;
};

const flag: Reader<boolean> = (value, field) => {
  if (typeof (value ?? false) !== "boolean") throw new WrongKind(field, "true or false");
  return (value ?? false) as boolean;
};

/** Go refuses what Node's decoder skips. */
const base64: Reader<string> = (value, field) => {
  const encoded = text(value, field).replace(/[\r\n]/g, "");
  if (!/^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/.test(encoded) || encoded.includes("_")) {
    throw new WrongKind(field, "base64");
  }
  return Buffer.from(encoded, "base64").toString("latin1");
};

const anything: Reader<unknown> = (value) => value;

function list<T>(item: Reader<T>): Reader<readonly T[]> {
  return (value, field) => {
    if (!Array.isArray(value ?? [])) throw new WrongKind(field, "a list");
    return ((value ?? []) as unknown[]).map((one, index) => item(one, `${field}[${index}]`));
  };
}

function mapOf<T>(item: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return (value, field) => {
    if (!isMap(value ?? {})) throw new WrongKind(field, "a map");
    return Object.fromEntries(Object.entries(value ?? {}).map(([key, one]) => [key, item(one, `${field}.${key}`)]));
  };
}

function fields<F extends Readonly<Record<string, Reader<unknown>>>>(readers: F) {
  return (value: unknown, field: string): { readonly [K in keyof F]: Read<F[K]> } => {
    if (!isMap(value ?? {})) throw new WrongKind(field || "the text", "a map");
    const map = (value ?? {}) as Readonly<Record<string, unknown>>;
    const read = Object.entries(readers).map(([key, reader]) => [
      key,
      reader(map[key], field ? `${field}.${key}` : key),
    ]);
    return Object.fromEntries(read) as { readonly [K in keyof F]: Read<F[K]> };
  };
}

const optional =
  <T>(reader: Reader<T>): Reader<T | undefined> =>
  (value, field) =>
    value === undefined || value === null ? undefined : reader(value, field);

const extensions = list(fields({ name: text, extension: anything }));

const cluster = fields({
  server: text,
  "tls-server-name": text,
  "insecure-skip-tls-verify": flag,
  "certificate-authority": text,
  "certificate-authority-data": base64,
  "proxy-url": text,
  "disable-compression": flag,
  extensions,
});

const exec = fields({
  command: text,
  args: list(text),
  env: list(fields({ name: text, value: text })),
  apiVersion: text,
  installHint: text,
  provideClusterInfo: flag,
  interactiveMode: text,
});

const user = fields({
  "client-certificate": text,
  "client-certificate-data": base64,
  "client-key": text,
  "client-key-data": base64,
  token: text,
  tokenFile: text,
  as: text,
  "as-uid": text,
  "as-groups": list(text),
  "as-user-extra": mapOf(list(text)),
  username: text,
  password: text,
  "auth-provider": optional(fields({ name: text, config: mapOf(text) })),
  exec: optional(exec),
  extensions,
});

const context = fields({ cluster: text, user: text, namespace: text, extensions });

const kubeconfig = fields({
  apiVersion: text,
  kind: text,
  clusters: list(fields({ name: text, cluster })),
  users: list(fields({ name: text, user })),
  contexts: list(fields({ name: text, context })),
  "current-context": text,
});

/** The cluster, the user, the credential plugin and the whole of a kubeconfig. Strings are empty where a field is absent. */
export type Cluster = Read<typeof cluster>;
export type User = Read<typeof user>;
export type Exec = Read<typeof exec>;
type Kubeconfig = Read<typeof kubeconfig>;

/** A kubeconfig without entries. */
export const emptyKubeconfig: Kubeconfig = kubeconfig({}, "");

export const emptyUser: User = user({}, "");
export const emptyCluster: Cluster = cluster({}, "");

/** Reads the text of a kubeconfig. Throws {@link WrongKind}, or the parser's error, which may quote a credential. */
export function parseKubeconfig(content: string): Kubeconfig {
  const read = kubeconfig(readYaml(content), "");
  if (!["", "v1"].includes(read.apiVersion)) throw new WrongKind("apiVersion", "v1");
  if (!["", "Config"].includes(read.kind)) throw new WrongKind("kind", "Config");
  for (const key of ["clusters", "users", "contexts"] as const) {
    const names = read[key].map(({ name }) => name);
    if (new Set(names).size < names.length) throw new WrongKind(key, "a list with each name once");
  }
  return read;
}

/** A context of a kubeconfig, with the entries that it names; paths in them are absolute. */
export interface SelectedContext {
  /** Undefined for the service account of a pod. */
  readonly context: string | undefined;
  readonly cluster: Cluster;
  readonly user: User;
}
