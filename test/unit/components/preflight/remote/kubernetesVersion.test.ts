import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { defaultGeneration } from "../../../../../components/glooMesh/generation";
import { checkKubernetesVersion, parseVersion } from "../../../../../components/preflight/remote/kubernetesVersion";
import { status } from "../../../../support/fakeKubeApi";
import { requestFor } from "../../../../support/preflightRequest";
import { startApi } from "./world";

const vendor = requestFor({ agent: { version: "1.1.1" } }).settings.agent;

async function codes(
  context: TestContext,
  answer: { status: number; body: object },
  choice: Partial<typeof vendor> = {},
): Promise<string[]> {
  const { api, client } = await startApi(context);
  api.intervene = ({ path }) => (path === "/version" ? answer : undefined);
  const finding = await checkKubernetesVersion(client, { ...vendor, ...choice }, defaultGeneration);
  return finding ? [`${finding.severity} ${finding.code}`] : [];
}

const version = (body: object) => ({ status: 200, body });

describe("GMR120: the chart's CRDs and the version of Kubernetes", () => {
  test("the vendor's charts before 1.2 on Kubernetes 1.22 and later", async (context) => {
    for (const body of [
      { major: "1", minor: "22", gitVersion: "v1.22.0" },
      { major: "1", minor: "27+", gitVersion: "v1.27.3-eks-a5565ad" },
      { gitVersion: "v1.29.4-gke.1043002" },
      { major: "1", minor: "34+" },
      { gitVersion: "v2.0.0" },
    ]) {
      assert.deepEqual(await codes(context, version(body)), ["warning GMR120"], JSON.stringify(body));
    }
  });

  test("nothing on older ones, and where the version cannot be read", async (context) => {
    for (const body of [{ gitVersion: "v1.21.14+k3s1" }, { major: "1", minor: "9" }, { gitVersion: "unknown" }, {}]) {
      assert.deepEqual(await codes(context, version(body)), [], JSON.stringify(body));
    }
    assert.deepEqual(await codes(context, status(403, "Forbidden")), []);
    assert.deepEqual(await codes(context, status(500, "InternalError")), []);
  });

  test("nothing where the CRDs are left out, the chart is newer or of another place, or its version not known", async (context) => {
    const modern = version({ gitVersion: "v1.34.2" });
    for (const choice of [
      { skipCrds: true },
      { version: "1.2.0-beta1" },
      { version: "1.2.10" },
      { version: undefined },
      { repository: "https://charts.example.com" },
      { chart: "./enterprise-agent-1.0.4.tgz" },
    ]) {
      assert.deepEqual(await codes(context, modern, choice), [], JSON.stringify(choice));
    }
    assert.deepEqual(await codes(context, modern, { repository: `${vendor.repository}/` }), ["warning GMR120"]);
  });
});

test("forms of versions", () => {
  assert.deepEqual(parseVersion({ major: "1", minor: "27+" }), { major: 1, minor: 27 });
  assert.deepEqual(parseVersion({ gitVersion: "v1.29.4-gke.1" }), { major: 1, minor: 29 });
  assert.equal(parseVersion({ gitVersion: "main" }), undefined);
});
