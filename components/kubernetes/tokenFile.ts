import { readFile } from "node:fs/promises";
import type { KubeConfig, User } from "@kubernetes/client-node";
import { RegistrationError } from "../base/problems";
import type { ClusterAccess } from "./access";
import { unusableCredentials } from "./errors";

type Authenticator = Parameters<KubeConfig["addAuthenticator"]>[0];

const providerName = "gloo-mesh-relay-token-file";

/** A user whose token is read from a file; client-node ignores `tokenFile`. As in client-go, the file comes before any other source of a token. */
export function withTokenFile(user: User, file: string): User {
  const { token, exec: _, ...others } = user;
  return { ...others, authProvider: { name: providerName, config: { file, token } } };
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
    const { file, token } = user.authProvider.config as { readonly file: string; readonly token?: string };
    const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (token !== undefined) return "";
      throw this.problem(file, `cannot be read (${error.code ?? "error"})`);
    });
    const found = text.trim() || token;
    if (!found) throw this.problem(file, "is empty");
    options.headers = { ...options.headers, Authorization: `Bearer ${found}` };
  }

  private problem(file: string, why: string): RegistrationError {
    // If somebody wrote the token itself in place of its path, it must not appear in a log.
    const isPath = !why.includes("ENAMETOOLONG") && !/\p{Cc}/u.test(file);
    const cause = `the token file ${isPath ? `${file} ` : ""}of the kubeconfig's user ${why}`;
    return new RegistrationError(unusableCredentials(this.access, cause));
  }
}
