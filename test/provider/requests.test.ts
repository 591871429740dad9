import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { withDefaults } from "../../components/glooMesh/settings";
import { SharedLookups } from "../../components/kubernetes/lookups";
import { examine } from "../../components/preflight/preflight";
import type { FakeKubeApi } from "../support/fakeKubeApi";
import { requestFor } from "../support/preflightRequest";
import { clusters, mark, register } from "../support/registeredClusters";
import { agentDeployment, helmRevision } from "../support/remoteObjects";
import { podsPath, readyPod, watching } from "./proofWorld";
import {
  certificatePath,
  clientSecret,
  deploymentPath,
  namespacePath,
  mark as ofProvider,
  ownProvider,
  revisionPath,
  world,
} from "./world";

// Each request costs a round trip, and API servers are 20 to 150 ms away: these are all requests of a run. The program makes one more after its checks, for
// the UID of the release's record, where there was a release before; and one in the checks of the vendor's charts before 1.2, for the version of Kubernetes.

const deployment = "/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-agent";

async function requestsOfChecks(
  context: TestContext,
  isRegistered: boolean,
): Promise<{ hub: string[]; remote: string[] }> {
  const { hub, remote } = await clusters(context);
  hub.store.put("/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-networking", { kind: "Deployment" });
  if (isRegistered) {
    await register({ hub, remote });
    const annotations = {
      "meta.helm.sh/release-name": "enterprise-agent",
      "meta.helm.sh/release-namespace": "gloo-mesh",
    };
    const installed = agentDeployment(true) as { metadata: object };
    const labels = { app: "enterprise-agent" };
    remote.store.put(deployment, { ...installed, metadata: { ...installed.metadata, annotations, labels } });
  }
  const given = requestFor();
  const relay = { serverAddress: "127.0.0.1:1" };
  const settings = withDefaults(
    { clusterName: "cluster-2", relay, agent: { version: "1.0.4", repository: "https://charts.test" } },
    false,
    given.generation,
  );
  const request = { ...given, settings, ownership: { mark, accepted: [mark] } };
  const side = ({ access }: FakeKubeApi) => ({ cluster: new SharedLookups(), access });
  await examine(side(hub), side(remote), request);
  return { hub: linesOf(hub), remote: linesOf(remote) };
}

/** The requests, sorted: those side by side come in any order. */
function linesOf(api: FakeKubeApi): string[] {
  return api.requests
    .map(
      ({ verb, path }) => `${verb} ${path.replace(/^.*\/namespaces\/gloo-mesh\/|^.*\/(?=[a-z]+(?:\/[\w.-]+)?$)/, "")}`,
    )
    .toSorted();
}

const ofHub = [
  "create selfsubjectaccessreviews",
  "get deployments/enterprise-networking",
  "get namespaces/kube-system",
  "get secrets/relay-identity-token-secret",
  "get secrets/relay-root-tls-secret",
  "list kubernetesclusters",
];

describe("the requests of a run", () => {
  test("with nothing to do are six to each cluster, with that of the record", async (context) => {
    const { hub, remote } = await requestsOfChecks(context, true);
    assert.deepEqual(hub, ofHub);
    assert.deepEqual(remote, [
      "create selfsubjectaccessreviews",
      "get namespaces/gloo-mesh",
      "get namespaces/kube-system",
      "list deployments",
      "list secrets",
    ]);
  });

  test("for a first registration are eleven in its checks: a namespace that does not exist holds nothing", async (context) => {
    const { hub, remote } = await requestsOfChecks(context, false);
    assert.deepEqual(hub, ofHub);
    assert.deepEqual(remote, [
      "create selfsubjectaccessreviews",
      "get clusterrolebindings/enterprise-agent",
      "get clusterroles/enterprise-agent",
      "get namespaces/gloo-mesh",
      "get namespaces/kube-system",
    ]);
  });

  test("for a first registration are nineteen in its operations, until the agent is proven", async (context) => {
    const { hub, remote, preparationInputs, tokenInputs, certificateInputs } = await world(context);
    remote.store.remove(namespacePath);
    const { outs } = await (await ownProvider(context, "preparation")).create(preparationInputs());
    assert.deepEqual(linesOf(remote), [
      "get clusterroles/enterprise-agent",
      "get namespaces/gloo-mesh",
      "get namespaces/kube-system",
    ]);

    remote.store.put(namespacePath, { kind: "Namespace" });
    remote.requests.length = 0;
    const token = await (await ownProvider(context, "bootstrapToken")).create(tokenInputs());
    assert.deepEqual(linesOf(remote), [
      "create secrets",
      "get namespaces/kube-system",
      "get secrets/relay-client-tls-secret",
    ]);
    assert.deepEqual(linesOf(hub), ["get namespaces/kube-system", "get secrets/relay-identity-token-secret"]);

    remote.store.put(revisionPath(1), helmRevision({ status: "deployed", mark: ofProvider }));
    remote.store.put(deploymentPath, agentDeployment(true));
    remote.store.put(`${podsPath}/first`, readyPod());
    remote.requests.length = 0;
    const proving = (await ownProvider(context, "clientCertificate")).create(
      certificateInputs({
        releaseUid: "",
        incarnation: String(outs["incarnation"]),
        tokenWrittenAt: String(token.outs["writtenAt"]),
      }),
    );
    await watching(remote, 1);
    remote.store.put(certificatePath, await clientSecret());
    const proven = await proving;
    assert.equal(proven.outs["releaseUid"], remote.store.get(revisionPath(1))?.metadata.uid);
    assert.deepEqual(linesOf(remote), [
      "delete secrets/relay-identity-token-secret",
      "get namespaces/kube-system",
      "get secrets/relay-client-tls-secret",
      "get secrets/relay-identity-token-secret",
      "list deployments",
      "list pods",
      "list pods",
      "list secrets",
      "list secrets",
      "patch secrets/sh.helm.release.v1.enterprise-agent.v1",
      "watch secrets",
    ]);
  });
});
