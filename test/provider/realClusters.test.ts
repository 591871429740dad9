import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { KubernetesClient } from "../../components/kubernetes/client";
import { readClusterIdentity } from "../../components/kubernetes/clusterIdentity";

import { checkClock } from "../../components/preflight/clock";
import { checkRights } from "../../components/preflight/rights/checkRights";
import { type NeededRight, remoteRights } from "../../components/preflight/rights/neededRights";
import type { OperationsName } from "../../components/registration/providerText";
import {
  auditEvents,
  type ControlPlane,
  isWrite,
  mintUser,
  startControlPlanes,
  writeKubeconfig,
} from "../sandbox/controlplane";
import { Processes } from "../sandbox/processes";
import { createClientSecretData, readSecret, writeSecret } from "../sandbox/relay";
import { DynamicProvider } from "../support/dynamicProvider";
import { requestFor } from "../support/preflightRequest";
import { helmRevision } from "../support/remoteObjects";
import { ensureTools } from "../toolchain";
import { hubCertificates, inputsFor, mark, registrationAnnotation, type World } from "./world";

// The operations against real API servers: what the fake one lets pass, these check. Not proven here: Helm itself, and the agent.

const namespace = "gloo-mesh";
const token = "the-bootstrap-token-of-the-hub-0123456789";
const tokenSecret = { namespace, name: "relay-identity-token-secret" };
const clientSecret = { namespace, name: "relay-client-tls-secret" };

let folder = "";
let processes: Processes;
let hub: ControlPlane;
let remote: ControlPlane;
let inputs: Pick<World, "tokenInputs" | "certificateInputs" | "preparationInputs">;

before(async () => {
  const tools = await ensureTools({ report: (line) => console.error(line) });
  folder = mkdtempSync("/tmp/prov-");
  processes = await Processes.start();
  processes.removeWhenAbandoned(folder);
  const planes = await startControlPlanes(["management", "remote"], { folder, tools, processes });
  [hub, remote] = planes as [ControlPlane, ControlPlane];
  const kubeconfig = `${folder}/kubeconfig`;
  await writeKubeconfig(kubeconfig, planes);
  for (const plane of planes) {
    await plane.kubeConfig.makeApiClient(k8s.CoreV1Api).createNamespace({ body: { metadata: { name: namespace } } });
  }
  await writeSecret(hub.kubeConfig, tokenSecret, { token });
  const identity = async (context: string) => readClusterIdentity(await KubernetesClient.open({ kubeconfig, context }));
  inputs = inputsFor({
    management: { kubeconfig, context: "management" },
    managementIdentity: await identity("management"),
    remote: { kubeconfig, context: "remote" },
    remoteIdentity: await identity("remote"),
    rootCertificate: (await hubCertificates()).root.certificatePem,
  });
});

after(async () => {
  await processes?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function withProvider<T>(name: OperationsName, use: (provider: DynamicProvider) => Promise<T>): Promise<T> {
  const provider = await DynamicProvider.start(name);
  try {
    return await use(provider);
  } finally {
    await provider.stop();
  }
}

const core = () => remote.kubeConfig.makeApiClient(k8s.CoreV1Api);

/** The agent's Deployment, whose pod the test itself makes ready: there is no kubelet. */
async function runAgent(): Promise<void> {
  const labels = { app: "enterprise-agent" };
  const spec = { containers: [{ name: "agent", image: "agent" }] };
  const body = {
    metadata: { name: "enterprise-agent" },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
  await remote.kubeConfig.makeApiClient(k8s.AppsV1Api).createNamespacedDeployment({ namespace, body });
  const pods = new k8s.Watch(remote.kubeConfig);
  const name = await new Promise<string>((resolve, reject) => {
    const query = { labelSelector: "app=enterprise-agent" };
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const seen = (_type: string, pod: k8s.V1Pod) => {
      resolve(pod.metadata?.name ?? "");
      void watch.then((controller) => controller.abort());
    };
    const watch = pods.watch(path, query, seen, (error) => reject(error ?? new Error("no pod came")));
  });
  const pod = await core().readNamespacedPod({ namespace, name });
  const now = new Date();
  const ready = ["Ready", "ContainersReady"].map((type) => ({ type, status: "True", lastTransitionTime: now }));
  await core().replaceNamespacedPodStatus({
    namespace,
    name,
    body: { ...pod, status: { phase: "Running", conditions: ready } },
  });
}

describe("a registration on real clusters", { concurrency: false }, () => {
  test("a release that a killed run left pending is marked failed", async () => {
    const created = (await core().createNamespacedSecret({
      namespace,
      fieldManager: "Helm",
      body: helmRevision({ status: "pending-install", mark }) as k8s.V1Secret,
    })) as k8s.V1Secret;
    const { outs } = await withProvider("preparation", (one) =>
      one.create(inputs.preparationInputs({ abandonedAfterSeconds: 1 })),
    );
    assert.equal(outs["recoveries"], 1);
    const name = created.metadata?.name ?? "";
    assert.equal((await core().readNamespacedSecret({ namespace, name })).metadata?.labels?.["status"], "failed");
    await core().deleteNamespacedSecret({ namespace, name });
  });

  test("the token is copied, the certificate awaited and proven, and the token removed", async () => {
    const bootstrap = await DynamicProvider.start("bootstrapToken");
    const proof = await DynamicProvider.start("clientCertificate");
    try {
      const tokenState = await bootstrap.create(inputs.tokenInputs());
      assert.equal((await readSecret(remote.kubeConfig, tokenSecret))?.get("token"), token);
      const copy = await core().readNamespacedSecret(tokenSecret);
      assert.equal(copy.metadata?.annotations?.[registrationAnnotation], mark);

      await core().createNamespacedSecret({
        namespace,
        fieldManager: "Helm",
        body: helmRevision({ status: "deployed", mark }) as k8s.V1Secret,
      });
      const given = inputs.certificateInputs({ tokenWrittenAt: String(tokenState.outs["writtenAt"]) });
      const proving = proof.create(given);
      await runAgent();
      const data = await createClientSecretData(await hubCertificates(), { clusterName: "cluster-2" });
      await writeSecret(remote.kubeConfig, clientSecret, { ...data });
      const proven = await proving;
      assert.equal(proven.outs["proof"], "agent");
      assert.equal(await readSecret(remote.kubeConfig, tokenSecret), undefined);

      assert.equal((await bootstrap.diff(tokenState.id, tokenState.outs, inputs.tokenInputs())).changes, false);
      await proof.delete(proven.id, proven.outs);
      await bootstrap.delete(tokenState.id, tokenState.outs);
      assert.ok(await readSecret(remote.kubeConfig, clientSecret), "the preparation removes it");
      for (const process of [bootstrap, proof]) assert.ok(!process.output.includes(token));
    } finally {
      await bootstrap.stop();
      await proof.stop();
    }
  });

  test("the management cluster is only ever read", async () => {
    const requests = await auditEvents(hub, ({ userAgent }) => userAgent === "gloo-mesh-relay-registration/operations");
    assert.ok(requests.length > 0);
    assert.deepEqual(requests.filter(isWrite), []);
  });
});

describe("the rights of a user, asked of a real API server", { concurrency: false }, () => {
  const needs = remoteRights(requestFor({ namespace: { name: namespace } }));
  const ruleOf = ({ apiGroup, resource, subresource, resourceName, verbs }: NeededRight): k8s.V1PolicyRule => ({
    apiGroups: [apiGroup],
    resources: [subresource === undefined ? resource : `${resource}/${subresource}`],
    ...(resourceName === undefined ? {} : { resourceNames: [resourceName] }),
    verbs: [...verbs],
  });
  const rulesIn = (where: string | undefined, rights: readonly NeededRight[]) =>
    rights.filter((right) => right.namespace === where).map(ruleOf);

  /** What the user lacks, and the manifest that grants it. The API server follows changes of Roles a moment later. */
  async function askUntil(client: KubernetesClient, expected: string | undefined) {
    const limit = Date.now() + 20_000;
    for (;;) {
      const manifests: string[] = [];
      const finding = await checkRights(client, needs, (text) => manifests.push(text));
      const isExpected = finding?.what === expected;
      if (isExpected || Date.now() > limit) return { finding, manifest: manifests.join() };
    }
  }

  test("an administrator lacks nothing, and a clock on the same machine does not differ", async () => {
    const client = await KubernetesClient.open({ kubeconfig: remote.kubeConfig.exportConfig() });
    assert.equal(await checkRights(client, needs, assert.fail), undefined);
    assert.equal(checkClock(client), undefined);
  });

  test("a user with the needed rights lacks those left out, and none once the manifest is applied; nothing is stored", async () => {
    const granted = needs
      .filter(({ resource, subresource }) => resource !== "clusterroles" && subresource !== "log")
      .map((right) => (right.resource === "secrets" ? { ...right, verbs: ["get", "list", "watch"] } : right));
    const user = await mintUser(remote, {
      name: "clerk",
      clusterRules: rulesIn(undefined, granted),
      rules: { [namespace]: rulesIn(namespace, granted) },
    });
    const client = await KubernetesClient.open({ kubeconfig: user.exportConfig() });
    const expected =
      `Rights are missing: create, update, patch, delete secrets in ${namespace}; get pods/log in ${namespace}; ` +
      "get, create, patch, delete, escalate, bind clusterroles.rbac.authorization.k8s.io";
    const { finding, manifest } = await askUntil(client, expected);
    assert.deepEqual([finding?.code, finding?.what], ["GMR116", expected]);

    await applyManifest(manifest);
    assert.equal((await askUntil(client, undefined)).finding, undefined);
    const writes = await auditEvents(remote, (event) => isWrite(event) && event.user === "clerk");
    assert.deepEqual(writes, []);
  });

  /** As an administrator does: the Roles as they are printed, and the bindings of the comments beside them. */
  async function applyManifest(manifest: string): Promise<void> {
    const rbac = remote.kubeConfig.makeApiClient(k8s.RbacAuthorizationV1Api);
    const subjects = [{ kind: "User", name: "clerk", apiGroup: "rbac.authorization.k8s.io" }];
    for (const document of parseAllDocuments(manifest)) {
      const role = document.toJS() as k8s.V1Role & { kind: "Role" | "ClusterRole" };
      const name = role.metadata?.name ?? "";
      const roleRef = { kind: role.kind, name, apiGroup: "rbac.authorization.k8s.io" };
      const binding = { metadata: { name }, subjects, roleRef };
      if (role.kind === "Role") {
        await rbac.createNamespacedRole({ namespace: role.metadata?.namespace ?? "", body: role });
        await rbac.createNamespacedRoleBinding({ namespace: role.metadata?.namespace ?? "", body: binding });
      } else {
        await rbac.createClusterRole({ body: role });
        await rbac.createClusterRoleBinding({ body: binding });
      }
    }
  }
});
