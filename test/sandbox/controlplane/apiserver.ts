import type { ManagedProcess, Processes } from "../processes";
import { type ClusterFiles, serviceAddresses } from "./clusterFiles";
import { controlPlaneEnvironment } from "./environment";

/** Starts the API server of a cluster without waiting for it. */
export function spawnApiServer(options: {
  name: string;
  command: string;
  port: number;
  etcdSocket: string;
  files: ClusterFiles;
  processes: Processes;
}): ManagedProcess {
  const { path, auditLog } = options.files;
  const args = [
    `--etcd-servers=unix://${options.etcdSocket}`,
    `--etcd-prefix=/${options.name}`,
    "--etcd-compaction-interval=0",
    "--bind-address=127.0.0.1",
    `--secure-port=${options.port}`,
    "--advertise-address=127.0.0.1",
    "--endpoint-reconciler-type=none", // it would refuse a loopback address as endpoint of the Service `kubernetes`
    `--tls-cert-file=${path("server.crt")}`,
    `--tls-private-key-file=${path("server.key")}`,
    `--client-ca-file=${path("ca.crt")}`,
    `--token-auth-file=${path("tokens.csv")}`,
    "--authorization-mode=RBAC",
    `--service-cluster-ip-range=${serviceAddresses}`,
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${path("service-accounts.pub")}`,
    `--service-account-signing-key-file=${path("service-accounts.key")}`,
    `--kubelet-certificate-authority=${path("ca.crt")}`,
    `--kubelet-client-certificate=${path("kubelet-client.crt")}`,
    `--kubelet-client-key=${path("kubelet-client.key")}`,
    "--kubelet-preferred-address-types=InternalIP",
    `--egress-selector-config-file=${path("egress.json")}`,
    `--audit-policy-file=${path("audit-policy.json")}`,
    `--audit-log-path=${auditLog}`,
    "--audit-log-maxsize=0",
    "--profiling=false",
    "--allow-privileged=true",
    ...lean,
  ];
  return options.processes.spawn(`kube-apiserver ${options.name}`, options.command, args, {
    logFile: path("kube-apiserver.log"),
    env: controlPlaneEnvironment(),
    graceSeconds: 0, // in order it waits for its watchers, up to a minute; nothing of its state is worth that
  });
}

/**
 * Without what no registration has to do with: an API server starts with three quarters of the processor time, and needs half of it while nobody asks it
 * anything. Admission plugins that read such kinds would wait for them at each pod or claim.
 */
const lean = [
  `--runtime-config=${["certificates", "flowcontrol.apiserver", "node", "resource", "storage"]
    .map((group) => `${group}.k8s.io/v1=false`)
    .join(",")}`,
  "--disable-admission-plugins=DefaultStorageClass,PersistentVolumeClaimResize,RuntimeClass",
  "--enable-priority-and-fairness=false",
  "--feature-gates=APIServerIdentity=false",
];
