import { RegistrationError } from "../base/problems";
import type { ClusterAccess } from "./access";
import { unusableCluster, unusableCredentials } from "./errors";
import type { Cluster, SelectedContext, User } from "./kubeconfigFile";
import { givenProxy } from "./proxyChoice";

/** Refuses entries that client-go refuses before it connects (clientcmd/validation.go, transport/transport.go). Throws GMR104, GMR105. */
export function checkEntries({ cluster, user }: SelectedContext, access: ClusterAccess): void {
  const [clusterFault] = clusterFaults(cluster);
  if (clusterFault) throw new RegistrationError(unusableCluster(access, clusterFault));
  const [userFault] = userFaults(user);
  if (userFault) throw new RegistrationError(unusableCredentials(access, userFault));
}

function clusterFaults(cluster: Cluster): readonly string[] {
  const { "certificate-authority": file, "certificate-authority-data": data, "proxy-url": proxy } = cluster;
  return [
    ...both("certificate-authority", file, data),
    ...when(proxy && !givenProxy(proxy), "proxy-url is not an address with http, https or socks5"),
  ];
}

function userFaults(user: User): readonly string[] {
  const {
    "client-certificate": cert,
    "client-certificate-data": certData,
    "client-key": key,
    "client-key-data": keyData,
  } = user;
  const hasCertificate = cert || certData;
  const { exec, token, username, password } = user;
  return [
    ...when(token && (username || password), "the user has a token and a password; only one may be given"),
    ...both("client-certificate", cert, certData),
    ...when(hasCertificate && key && keyData, "client-key and client-key-data are both given"),
    ...when(hasCertificate && !key && !keyData, "the user has a client-certificate without a client-key"),
    ...when(
      !user.as && (user["as-uid"] || user["as-groups"].length || Object.keys(user["as-user-extra"]).length),
      "as-uid, as-groups or as-user-extra is given without as",
    ),
    ...when(exec && user["auth-provider"], "the user has exec and auth-provider; only one may be given"),
    ...(exec ? execFaults(exec) : []),
  ];
}

function execFaults(exec: NonNullable<User["exec"]>): readonly string[] {
  const { command, apiVersion, interactiveMode, env } = exec;
  const [group, version] = apiVersion.split("/");
  const isKnown = group === "client.authentication.k8s.io" && (version === "v1" || version === "v1beta1");
  // Only v1 has no default for the mode.
  const modes = ["Never", "IfAvailable", "Always", ...(version === "v1" ? [] : [""])];
  return [
    ...when(!command, "exec names no command"),
    ...when(!isKnown, "apiVersion of exec is not client.authentication.k8s.io/v1 or v1beta1"),
    ...when(!modes.includes(interactiveMode), "interactiveMode of exec is not Never, IfAvailable or Always"),
    ...when(
      env.some(({ name }) => name === ""),
      "an entry in env of exec has no name",
    ),
  ];
}

function both(field: string, path: string, data: string): readonly string[] {
  return when(path && data, `${field} and ${field}-data are both given`);
}

function when(condition: unknown, fault: string): readonly string[] {
  return condition ? [fault] : [];
}
