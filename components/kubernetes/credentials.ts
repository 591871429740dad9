import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { OutgoingHttpHeaders } from "node:http";
import { mask } from "../base/mask";
import type { CredentialPlugin, PluginCredential } from "./credentialPlugin";
import type { Exec, User } from "./kubeconfigFile";

/** Something on this machine that the kubeconfig names and that cannot be used. Its message is the cause. */
export class LocalFault extends Error {}

/** What proves to an API server who asks. */
export interface UserCredentials {
  readonly headers: OutgoingHttpHeaders;
  /** PEM. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Set if a plugin gave the credential, so that another run may give another. */
  readonly plugin?: { forget(): Promise<void> };
}

/**
 * The credentials of the kubeconfig's user for one request, with client-go's precedence: what the kubeconfig holds comes before a plugin. Files are
 * read each time, because they may be replaced during a run (a pod's service account token). Without TLS only the impersonation is sent.
 * Throws {@link LocalFault}, PluginFailure, or the system's error of a plugin.
 */
export async function credentialsOf(
  user: User,
  server: URL,
  pluginFor: (exec: Exec) => CredentialPlugin,
): Promise<UserCredentials> {
  const impersonation = impersonationHeaders(user);
  const pair = { cert: contentOf(user, "client-certificate"), key: contentOf(user, "client-key") };
  // client-go looks whether it can read the files, and uses none of them.
  if (server.protocol === "http:") return { headers: impersonation };
  if (pair.cert !== "") checkPair(pair.cert, pair.key, "of the kubeconfig's user");
  const authorization =
    basic(decodeURIComponent(server.username), decodeURIComponent(server.password)) ||
    bearer(user) ||
    basic(user.username, user.password);
  const own = { headers: { ...impersonation, ...(authorization && { authorization: bytes(authorization) }) } };
  if (pair.cert !== "") return { ...own, ...pair };
  if (authorization !== "") return own;
  const { exec, "auth-provider": provider } = user;
  if (exec) return ofPlugin(pluginFor(exec), impersonation);
  if (provider) return { headers: { ...impersonation, authorization: await ofProvider(provider) } };
  return own;
}

async function ofPlugin(plugin: CredentialPlugin, impersonation: OutgoingHttpHeaders): Promise<UserCredentials> {
  const credential: PluginCredential = await plugin.credential();
  const { token, certificate: cert, key } = credential;
  if (cert !== "") checkPair(cert, key, "of the credential plugin");
  return {
    headers: {
      ...impersonation,
      ...(token && { authorization: bytes(headerOf(`Bearer ${token}`, "the token of the credential plugin")) }),
    },
    ...(cert && { cert, key }),
    plugin: { forget: () => plugin.forget(credential) },
  };
}

/** Like client-go, only OIDC: the providers of clouds have been replaced by plugins. client-node renews an expired ID token. */
async function ofProvider(provider: NonNullable<User["auth-provider"]>): Promise<string> {
  if (provider.name !== "oidc") {
    throw new LocalFault(`kubectl has no auth-provider ${mask(provider.name)}; a credential plugin (exec) replaces it`);
  }
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: "any", server: "https://127.0.0.1", skipTLSVerify: false },
    { name: "any", authProvider: { name: "oidc", config: { ...provider.config } } },
  );
  const options: { headers?: OutgoingHttpHeaders } = {};
  await config.applyToHTTPSOptions(options).catch(() => undefined);
  const authorization = options.headers?.["Authorization"];
  if (typeof authorization === "string") return authorization;
  throw new LocalFault("the ID token of auth-provider oidc has expired or is missing, and could not be renewed");
}

function bearer({ token, tokenFile }: User): string {
  if (tokenFile === "") return token && headerOf(`Bearer ${token}`, "the token of the kubeconfig's user");
  const where = `the token file ${named(tokenFile)}of the kubeconfig's user`;
  const found = token === "" ? readFile(tokenFile, where).trim() : readIfPresent(tokenFile).trim() || token;
  if (found === "") throw new LocalFault(`${where} is empty`);
  return headerOf(`Bearer ${found}`, where);
}

function basic(user: string, password: string): string {
  return user === "" && password === "" ? "" : `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

function impersonationHeaders(user: User): OutgoingHttpHeaders {
  if (user.as === "") return {};
  const value = (text: string) => bytes(headerOf(text, "a value of as, as-uid, as-groups or as-user-extra"));
  const extra = Object.entries(user["as-user-extra"]).map(([key, values]) => [
    `Impersonate-Extra-${headerName(key)}`,
    values.map(value),
  ]);
  return {
    "Impersonate-User": value(user.as),
    ...(user["as-uid"] && { "Impersonate-Uid": value(user["as-uid"]) }),
    ...(user["as-groups"].length > 0 && { "Impersonate-Group": user["as-groups"].map(value) }),
    ...Object.fromEntries(extra),
  };
}

/** client-go writes what no header's name may hold as %XX. */
function headerName(key: string): string {
  return [...Buffer.from(key)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[\w!#$&'*+.^`|~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}

function headerOf(text: string, what: string): string {
  if (
    /[^\P{Cc}\t]/u.test(
      Buffer.from(text)
        .toString("latin1")
        .replace(/[\x80-\x9f]/g, ""),
    )
  ) {
    throw new LocalFault(`${what} holds a character that no header may have, such as a line break`);
  }
  return text;
}

/** Go sends UTF-8; Node sends each character as one byte. */
function bytes(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/** As in Go, the first certificate is the user's, and the key must be its own and not encrypted. */
function checkPair(cert: string, key: string, whose: string): void {
  const certificate = attempt(
    () => new X509Certificate(cert),
    `the client certificate ${whose} is not a certificate in PEM`,
  );
  const isEncrypted = /^-----BEGIN ENCRYPTED|^Proc-Type:.*ENCRYPTED/m.test(key);
  const unusable = isEncrypted ? "is encrypted, and a kubeconfig has no passphrase" : "is not a private key in PEM";
  const privateKey = attempt(() => createPrivateKey(key), `the client key ${whose} ${unusable}`);
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new LocalFault(`the client key ${whose} does not belong to the client certificate`);
  }
}

function attempt<T>(work: () => T, otherwise: string): T {
  try {
    return work();
  } catch {
    throw new LocalFault(otherwise);
  }
}

/** A field's content, given as data or as a path. */
export function contentOf<K extends string>(entry: { readonly [F in K | `${K}-data`]: string }, field: K): string {
  const path: string = entry[field];
  return path === "" ? entry[`${field}-data`] : readFile(path, `${field} ${named(path)}of the kubeconfig`);
}

function readFile(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new LocalFault(`${what} cannot be read (${(error as NodeJS.ErrnoException).code ?? "error"})`);
  }
}

function readIfPresent(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** A path for a message, with a space; empty for what somebody may have written in place of a path, such as the token itself. */
function named(path: string): string {
  const last = path.slice(path.lastIndexOf("/") + 1);
  // A file's name begins with a word.
  const isName = mask(last) === last && /^\.?[a-z]+(?:[._-][a-z0-9]{1,12})*$/i.test(last);
  const isPath = path.length < 256 && !/\p{Cc}/u.test(path) && isName;
  return isPath ? `${path} ` : "";
}
