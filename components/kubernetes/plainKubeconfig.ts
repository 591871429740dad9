import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { dirname, resolve } from "node:path";
import { load } from "js-yaml";
import type { Connection } from "./access";

/**
 * The connection of a context in the plain form: a certificate or a token and nothing that has to be asked or run for. Undefined for all
 * else, mistakes too: @kubernetes/client-node then takes over, which knows every form, and whose faults are told. It costs a third of a second
 * to load, in the program and again in the dynamic provider, and most registrations can do without it.
 */
export function plainConnection(
  source: { readonly content: string; readonly file?: string | undefined },
  context: string | undefined,
): Connection | undefined {
  try {
    const config = load(source.content);
    const folder = source.file === undefined ? undefined : dirname(source.file);
    return isRecord(config) ? connectionOf(config, context ?? config["current-context"], folder) : undefined;
  } catch {
    return undefined;
  }
}

const skipVerify = "insecure-skip-tls-verify";
const clusterKeys = [
  "server",
  "certificate-authority",
  "certificate-authority-data",
  skipVerify,
  "tls-server-name",
  "extensions",
];
const userKeys = ["client-certificate", "client-certificate-data", "client-key", "client-key-data", "token"];

type Fields = Readonly<Record<string, unknown>>;

function connectionOf(config: Fields, name: unknown, folder: string | undefined): Connection | undefined {
  const context = onlyNamed(config, "contexts", "context", name);
  const cluster = onlyNamed(config, "clusters", "cluster", context?.["cluster"]);
  const user = onlyNamed(config, "users", "user", context?.["user"]);
  if (!cluster || !user || !isPlain(cluster, clusterKeys) || !isPlain(user, userKeys)) return undefined;
  const server = cluster["server"];
  if (typeof server !== "string" || !server.startsWith("https://")) return undefined;
  const ca = bytes(cluster, "certificate-authority", folder);
  const cert = bytes(user, "client-certificate", folder);
  const key = bytes(user, "client-key", folder);
  const token = user["token"];
  const serverName = cluster["tls-server-name"];
  const agent = new Agent({
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(typeof serverName === "string" ? { servername: serverName } : {}),
    ...(cluster[skipVerify] === true ? { rejectUnauthorized: false } : {}),
  });
  return {
    server,
    authorise: async (options) => {
      options.agent = agent;
      if (token) options.headers = { ...options.headers, Authorization: `Bearer ${token}` };
    },
  };
}

/** The content of the one entry of this name; none when there are several, because then it is a question which one counts. */
function onlyNamed(config: Fields, list: string, kind: string, name: unknown): Fields | undefined {
  const entries = config[list];
  if (!Array.isArray(entries) || typeof name !== "string" || name === "") return undefined;
  const [found, ...others] = entries.filter((entry) => isRecord(entry) && entry["name"] === name) as Fields[];
  const content = found?.[kind];
  return others.length === 0 && isRecord(content) ? content : undefined;
}

/** No other keys, no key both as file and as data, and every value a text that is there, or a yes or no. */
function isPlain(fields: Fields, known: readonly string[]): boolean {
  return Object.entries(fields).every(
    ([key, value]) =>
      known.includes(key) &&
      (key === "extensions" || typeof value === (key === skipVerify ? "boolean" : "string")) &&
      value !== "" &&
      !(`${key}-data` in fields),
  );
}

/** A certificate or key, from its file or its data. Throws when the file cannot be read, or is relative to nothing. */
function bytes(fields: Fields, key: string, folder: string | undefined): Buffer | undefined {
  const data = fields[`${key}-data`];
  if (typeof data === "string") return Buffer.from(data, "base64");
  const file = fields[key];
  if (typeof file !== "string") return undefined;
  return readFileSync(folder === undefined ? file : resolve(folder, file));
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
