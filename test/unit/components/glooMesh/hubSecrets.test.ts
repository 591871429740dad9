import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { problemsOf } from "../../../../components/base/problems";
import { readRootCertificate } from "../../../../components/glooMesh/hubSecrets";
import { KubernetesClient } from "../../../../components/kubernetes/client";
import { FakeKubeApi } from "../../../support/fakeKubeApi";

const source = { name: "relay-root-tls-secret", namespace: "gloo-mesh", key: "ca.crt" };
let api: FakeKubeApi;
let client: KubernetesClient;
before(async () => {
  api = await FakeKubeApi.start("management");
  client = await KubernetesClient.open(api.access);
});
after(() => api.stop());

test("GMR202: the command for a missing root CA Secret names the management cluster and its namespace", async () => {
  api.store.put("/api/v1/namespaces/gloo-mesh", { kind: "Namespace" });
  const error = await readRootCertificate(client, source, "gloo-mesh").catch((reason: unknown) => reason);
  assert.deepEqual(problemsOf(error), [
    {
      code: "GMR202",
      what: "The relay's root CA Secret is missing",
      where: `${client.where}, Secret gloo-mesh/relay-root-tls-secret`,
      cause: "the installation of Gloo Mesh Enterprise is incomplete, or [managementNamespace] names another namespace",
      next: `check with: kubectl --kubeconfig ${api.access.kubeconfig} --context management -n gloo-mesh get secrets`,
    },
  ]);
});
