import { writeFile } from "node:fs/promises";
import type { ManagedProcess, Processes } from "../processes";
import type { ClusterFiles } from "./clusterFiles";
import { controlPlaneEnvironment } from "./environment";
import { clientConfig } from "./kubeconfig";

/** Those that make workloads, namespaces and service accounts behave as on any cluster; the rest only costs memory. */
const controllers = [
  "deployment-controller",
  "replicaset-controller",
  "namespace-controller",
  "garbage-collector-controller",
  "serviceaccount-controller",
  "serviceaccount-token-controller",
  "root-ca-certificate-publisher-controller",
  "endpoints-controller",
  "endpointslice-controller",
];

/** Starts the controller manager of a cluster without waiting for it. Its API server has to answer within 10 s. */
export async function spawnControllerManager(options: {
  name: string;
  command: string;
  server: string;
  files: ClusterFiles;
  processes: Processes;
}): Promise<ManagedProcess> {
  const { authority, path } = options.files;
  // Ordinarily each controller acts as a service account of its own; as one administrator it is up a second earlier.
  const credential = await authority.issueClientCertificate("system:kube-controller-manager", ["system:masters"]);
  const config = clientConfig({ name: options.name, server: options.server, ca: authority.cert, credential });
  const kubeconfig = path("controller-manager.kubeconfig");
  await writeFile(kubeconfig, config.exportConfig(), { mode: 0o600 });
  const args = [
    `--kubeconfig=${kubeconfig}`,
    `--controllers=${controllers.join(",")}`,
    "--leader-elect=false",
    "--secure-port=0",
    `--root-ca-file=${path("ca.crt")}`,
    `--service-account-private-key-file=${path("service-accounts.key")}`,
    "--kube-api-qps=200",
    "--kube-api-burst=400",
    "--concurrent-gc-syncs=4",
    "--profiling=false",
  ];
  return options.processes.spawn(`kube-controller-manager ${options.name}`, options.command, args, {
    logFile: path("kube-controller-manager.log"),
    env: controlPlaneEnvironment(),
    graceSeconds: 0,
  });
}
