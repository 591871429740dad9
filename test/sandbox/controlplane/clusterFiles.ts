import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { auditPolicy, sandboxUser } from "./auditPolicy";
import { Authority, newSigningKey } from "./authority";

/** Where the files of one cluster lie, which its processes read; and what its administrator shows. */
export interface ClusterFiles {
  readonly folder: string;
  readonly authority: Authority;
  /** Of the user "admin". */
  readonly adminToken: string;
  /** Of an administrator that only the sandbox itself uses, so that its looks do not show as those of an ordinary user. */
  readonly sandboxToken: string;
  readonly auditLog: string;
  readonly podNetworkSocket: string;
  /** Path of a file in the folder. */
  path(name: string): string;
}

// The limit of sun_path is 104 bytes on macOS and 108 on Linux, its terminating zero included.
const longestSocketPath = 99;

/** Writes keys, certificates, tokens and policies of a cluster, all with mode 0600 into a folder with mode 0700. */
export async function writeClusterFiles(folder: string, name: string): Promise<ClusterFiles> {
  const podNetworkSocket = join(folder, "pods.sock");
  if (Buffer.byteLength(podNetworkSocket) > longestSocketPath) {
    throw new Error(
      `${podNetworkSocket} is too long for a Unix socket (${longestSocketPath} bytes): choose a shorter folder`,
    );
  }
  await mkdir(folder, { mode: 0o700 });
  const authority = await Authority.create(`${name} cluster CA`);
  const serving = await authority.issueServingCertificate({
    dns: servingNames,
    ips: ["127.0.0.1", firstServiceAddress],
  });
  const kubelet = await authority.issueClientCertificate("kube-apiserver-kubelet-client", ["system:masters"]);
  const serviceAccounts = newSigningKey();
  const [adminToken, sandboxToken] = [newToken(), newToken()];
  const path = (file: string): string => join(folder, file);
  const contents: Record<string, string> = {
    "ca.crt": authority.cert,
    "server.crt": serving.cert,
    "server.key": serving.key,
    "kubelet-client.crt": kubelet.cert,
    "kubelet-client.key": kubelet.key,
    "service-accounts.pub": serviceAccounts.publicKey,
    "service-accounts.key": serviceAccounts.privateKey,
    "tokens.csv": [
      `${adminToken},admin,admin,"system:masters"\n`,
      `${sandboxToken},${sandboxUser},${sandboxUser},"system:masters"\n`,
    ].join(""),
    "audit-policy.json": JSON.stringify(auditPolicy),
    "egress.json": JSON.stringify(egressSelector(podNetworkSocket)),
    "audit.log": "", // there from the beginning, so that a reader need not wait for the first event
  };
  await Promise.all(Object.entries(contents).map(([file, text]) => writeFile(path(file), text, { mode: 0o600 })));
  return { folder, authority, adminToken, sandboxToken, auditLog: path("audit.log"), podNetworkSocket, path };
}

function newToken(): string {
  return randomBytes(24).toString("hex");
}

const servingNames = [
  "localhost",
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
];

/** Addresses of Services; the first one is that of the Service `kubernetes`. */
export const serviceAddresses = "10.96.0.0/16";
const firstServiceAddress = "10.96.0.1";

/** Has pods, Services and nodes dialled through the pod network: they have no addresses on this machine. */
function egressSelector(udsName: string): object {
  return {
    apiVersion: "apiserver.k8s.io/v1beta1",
    kind: "EgressSelectorConfiguration",
    egressSelections: [
      { name: "cluster", connection: { proxyProtocol: "HTTPConnect", transport: { uds: { udsName } } } },
    ],
  };
}
