import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as k8s from "@kubernetes/client-node";
import { becomes } from "../../e2e/support/agents";
import {
  createClientSecretData,
  createHubCertificates,
  kubernetesClusters,
  secretNames,
  writeSecret,
} from "../../sandbox/relay";
import type { SandboxCluster } from "../../sandbox/sandbox";
import type { FaultWorld } from "../support/world";

/** Where the registration of a walk lies by now, for those who meddle with it. */
export interface Place {
  readonly world: FaultWorld;
  readonly remote: SandboxCluster;
  readonly namespace: string;
  readonly clusterName: string;
}

const agent = "enterprise-agent";
const core = ({ kubeConfig }: SandboxCluster) => kubeConfig.makeApiClient(k8s.CoreV1Api);
const merge = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch);

/** What others do to the objects of a registration between two runs. What is not there is left alone. */
export const meddlings: Readonly<Record<string, (place: Place) => Promise<unknown>>> = {
  "delete the client certificate": (place) => deleteSecret(place, secretNames.client),
  "store a client certificate of another root CA": async (place) =>
    storeCertificate(place, await createHubCertificates(), place.clusterName),
  "store a client certificate for another name": (place) =>
    storeCertificate(place, place.world.sandbox.hub.certificates, "another"),
  "delete the root CA": (place) => deleteSecret(place, secretNames.root),
  "edit the root CA": ({ remote, namespace }) => {
    const body = { data: { "ca.crt": Buffer.from("edited").toString("base64") } };
    return core(remote).patchNamespacedSecret(
      { name: secretNames.root, namespace, body, fieldManager: "somebody" },
      merge,
    );
  },
  "delete the KubernetesCluster": ({ world, clusterName }) =>
    kubernetesClusters(world.sandbox.management.kubeConfig, "gloo-mesh").delete(clusterName),
  "delete the namespace": async ({ remote, namespace }) => {
    await core(remote).deleteNamespace({ name: namespace });
    const names = async () => (await core(remote).listNamespace()).items.map(({ metadata }) => metadata?.name);
    await becomes(async () => (await names()).includes(namespace), false);
  },
  "uninstall the agent": async ({ world: { sandbox }, remote: { name }, namespace }) => {
    const place = ["--kubeconfig", sandbox.kubeconfig, "--kube-context", name, "--namespace", namespace];
    await promisify(execFile)(sandbox.tools.helm.path, ["uninstall", agent, "--ignore-not-found", "--wait", ...place]);
  },
  "scale the agent to 2": (place) => scaleAgent(place, 2),
  "scale the agent to 0": (place) => scaleAgent(place, 0),
  "replace root CA and signing CA": ({ world }) => world.sandbox.hubNamed("management").replaceRoot(),
  "replace the token": ({ world }) => world.sandbox.hubNamed("management").replaceToken(),
};

/** Has one copy of the agent run, as the chart says: nobody compares the number yet. */
export function scaleAgent({ remote, namespace }: Place, replicas: number): Promise<unknown> {
  const apps = remote.kubeConfig.makeApiClient(k8s.AppsV1Api);
  return apps.patchNamespacedDeployment({ name: agent, namespace, body: { spec: { replicas } } }, merge);
}

/** Does it, unless the object is not there. */
export async function ifThere(action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof k8s.ApiException && error.code === 404)) throw error;
  }
}

function deleteSecret({ remote, namespace }: Place, name: string): Promise<unknown> {
  return core(remote).deleteNamespacedSecret({ name, namespace });
}

async function storeCertificate(
  { remote, namespace }: Place,
  issuers: Parameters<typeof createClientSecretData>[0],
  clusterName: string,
): Promise<void> {
  const data = await createClientSecretData(issuers, { clusterName });
  await writeSecret(remote.kubeConfig, { name: secretNames.client, namespace }, { ...data });
}
