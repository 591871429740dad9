import { existsSync, readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { authoritiesIn } from "./authorities";
import { emptyCluster, emptyUser, type SelectedContext } from "./kubeconfigFile";

/** Where a pod finds the token of its service account. */
export const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The service account of the pod that this process runs in, as client-go takes it; undefined outside of a pod. */
export function podServiceAccount(folder: string): SelectedContext | undefined {
  const host = process.env["KUBERNETES_SERVICE_HOST"];
  const port = process.env["KUBERNETES_SERVICE_PORT"];
  const tokenFile = join(folder, "token");
  if (!host || !port || !existsSync(tokenFile)) return undefined;
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const authority = join(folder, "ca.crt");
  return {
    context: undefined,
    // Without an authority client-go logs an error, and trusts the system's.
    cluster: { ...emptyCluster, server, "certificate-authority": holdsAuthority(authority) ? authority : "" },
    user: { ...emptyUser, tokenFile },
  };
}

function holdsAuthority(path: string): boolean {
  try {
    return authoritiesIn(readFileSync(path, "utf8")).length > 0;
  } catch {
    return false;
  }
}
