import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { KubeConfig, User } from "@kubernetes/client-node";
import { mask } from "../base/mask";
import { RegistrationError } from "../base/problems";
import type { ClusterAccess } from "./access";
import { unusableCredentials } from "./errors";

type Authenticator = Parameters<KubeConfig["addAuthenticator"]>[0];

const providerName = "gloo-mesh-relay-token-file";

/** Where a user's token is read from. */
interface TokenFile {
  readonly file: string;
  /** How messages name the file; empty if the kubeconfig seems to hold the token itself in place of its path. */
  readonly shown: string;
  /** The user's other token. */
  readonly token: string | undefined;
}

/**
 * A user whose token is read from a file, whose path starts at `folder`; client-node ignores `tokenFile`. As in client-go, the file comes before any
 * other source of a token.
 */
export function withTokenFile(user: User, path: string, folder = ""): User {
  const { token, exec: _, ...others } = user;
  const file = resolve(folder, path);
  const config: TokenFile = { file, shown: isPlainPath(path) ? `${file} ` : "", token };
  return { ...others, authProvider: { name: providerName, config } };
}

/** Whether a path is one, and not a token: made of words, or with folders and without anything that looks like a secret. */
function isPlainPath(path: string): boolean {
  return /^[a-z]+(?:[._-][a-z]+)*$/.test(path) || (/[/\\]/.test(path) && mask(path) === path);
}

/**
 * Authenticates with tokens in files. Such a file may be replaced during a run (a pod's service account token), so it is read for each request.
 * Throws GMR104 if it holds no token and the user has no other.
 */
export class TokenFiles implements Authenticator {
  constructor(private readonly access: ClusterAccess) {}

  isAuthProvider(user: User): boolean {
    return user.authProvider?.name === providerName;
  }

  async applyAuthentication(user: User, options: Parameters<Authenticator["applyAuthentication"]>[1]): Promise<void> {
    const { file, shown, token } = user.authProvider.config as TokenFile;
    const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (token !== undefined) return "";
      throw this.problem(shown, `cannot be read (${error.code ?? "error"})`);
    });
    const found = text.trim() || token;
    if (!found) throw this.problem(shown, "is empty");
    options.headers = { ...options.headers, Authorization: `Bearer ${found}` };
  }

  private problem(shown: string, why: string): RegistrationError {
    return new RegistrationError(
      unusableCredentials(this.access, `the token file ${shown}of the kubeconfig's user ${why}`),
    );
  }
}
