import type { TestContext } from "node:test";
import type { Ownership } from "../../../../../components/glooMesh/ownership";
import { KubernetesClient } from "../../../../../components/kubernetes/client";
import { FakeKubeApi } from "../../../../support/fakeKubeApi";

export const mark = "project/stack/cluster-2";
export const ownership: Ownership = { mark, accepted: [mark, "project/stack/former"] };
export const ours = { "gloo-mesh-relay-registration/registration": mark };
export const others = { "gloo-mesh-relay-registration/registration": "other/stack/cluster-9" };

/** An API server that ends with the test, and a client of it. */
export async function startApi(context: TestContext): Promise<{ api: FakeKubeApi; client: KubernetesClient }> {
  const api = await FakeKubeApi.start("remote");
  context.after(() => api.stop());
  return { api, client: await KubernetesClient.open(api.access) };
}
