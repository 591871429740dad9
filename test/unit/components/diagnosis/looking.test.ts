import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { conclude, diagnose } from "../../../../components/diagnosis/diagnosis";
import { readAgentState } from "../../../../components/diagnosis/readAgent";
import { isForTheHub, readHubState, withHub } from "../../../../components/diagnosis/readHub";
import { defaultGeneration } from "../../../../components/glooMesh/generation";
import { KubernetesClient } from "../../../../components/kubernetes/client";
import { FakeKubeApi, status } from "../../../support/fakeKubeApi";
import { place } from "./fixtures/fixture";

const never = new AbortController().signal;
const deployments = "/apis/apps/v1/namespaces/gloo-mesh/deployments";
const pods = "/api/v1/namespaces/gloo-mesh/pods";
const agent = "enterprise-agent";

async function cluster(context: TestContext) {
  const api = await FakeKubeApi.start("remote");
  context.after(() => api.stop());
  return { api, client: await KubernetesClient.open(api.access) };
}

function putAgent(api: FakeKubeApi, name: string, creationTimestamp: string, state: object, restartCount = 0): void {
  api.store.put(`${deployments}/${agent}`, { spec: { replicas: 1 } });
  api.store.put(`${pods}/${name}`, {
    metadata: { labels: { app: agent }, creationTimestamp },
    status: { containerStatuses: [{ name: agent, ready: false, restartCount, state }] },
  });
}

function look(client: KubernetesClient, signal = never) {
  return readAgentState({ client, namespace: "gloo-mesh", agentName: agent, signal });
}

const creating = { waiting: { reason: "ContainerCreating" } };
const mount = {
  metadata: { name: "e-1" },
  reason: "FailedMount",
  message: 'MountVolume.SetUp failed for volume "ca" : configmap "ca" not found',
  involvedObject: { kind: "Pod", name: "agent-2" },
};

describe("a look at the agent", () => {
  test("reads the events of the newest pod while its container does not run", async (context) => {
    const { api, client } = await cluster(context);
    putAgent(api, "agent-1", "2026-11-22T16:00:00Z", { running: {} });
    putAgent(api, "agent-2", "2026-11-22T17:00:00Z", creating);
    const other = { ...mount, involvedObject: { kind: "Pod", name: "other" } };
    api.intervene = ({ path }) =>
      path.endsWith("/events") ? { status: 200, body: { metadata: {}, items: [mount, other] } } : undefined;
    const state = await look(client);
    assert.deepEqual(state.events, [mount]);
    assert.equal(diagnose(state, place).id, "volume-mount");
    const asked = api.requests.find(({ path }) => path.endsWith("/events"));
    assert.equal(asked?.query.get("fieldSelector"), "involvedObject.kind=Pod,involvedObject.name=agent-2");
  });

  test("leaves them out while it runs: its log says more", async (context) => {
    const { api, client } = await cluster(context);
    putAgent(api, "agent-1", "2026-11-22T16:00:00Z", { running: {} });
    api.intervene = ({ path }) => (path.endsWith("/log") ? { status: 200, body: "one\n\ntwo\n" } : undefined);
    const state = await look(client);
    assert.deepEqual([state.log, state.events], [["one", "two"], []]);
    assert.ok(!api.requests.some(({ path }) => path.endsWith("/events")));
  });

  for (const [what, state, expected] of [
    ["has only begun again below the run before", { running: {} }, ["before", "now"]],
    ["has ended alone, not the one before it", { terminated: { exitCode: 1 } }, ["now"]],
    ["waits to begin again alone", { waiting: { reason: "CrashLoopBackOff" } }, ["now"]],
  ] as const) {
    test(`reads the log of a run that ${what}`, async (context) => {
      const { api, client } = await cluster(context);
      putAgent(api, "agent-1", "2026-11-22T16:00:00Z", state, 2);
      api.intervene = ({ path, query }) =>
        path.endsWith("/log") ? { status: 200, body: query.has("previous") ? "before\n" : "now\n" } : undefined;
      assert.deepEqual((await look(client)).log, expected);
    });
  }

  test("reads the log of the run that has ended, though the next one begins meanwhile", async (context) => {
    const { api, client } = await cluster(context);
    putAgent(api, "agent-1", "2026-11-22T16:00:00Z", { terminated: { exitCode: 1 } });
    api.intervene = ({ path, query }) => {
      if (!path.endsWith("/log")) return undefined;
      putAgent(api, "agent-1", "2026-11-22T16:00:00Z", { running: {} }, 1);
      return { status: 200, body: query.has("previous") ? "began\nconnection refused\n" : "began\n" };
    };
    const state = await look(client);
    assert.deepEqual(state.log, ["began", "connection refused", "began"]);
  });

  test("does without log and events that it may not read", async (context) => {
    const { api, client } = await cluster(context);
    putAgent(api, "agent-1", "2026-11-22T16:00:00Z", creating);
    api.intervene = ({ path }) => (/\/(?:events|log)$/.test(path) ? status(403, "Forbidden") : undefined);
    const state = await look(client);
    assert.deepEqual([state.log, state.events], [[], []]);
    assert.equal(diagnose(state, place).id, "starting");
  });

  test("asks the ReplicaSets where there is no pod", async (context) => {
    const { api, client } = await cluster(context);
    api.store.put(`${deployments}/${agent}`, { spec: { replicas: 1 } });
    const involvedObject = { kind: "ReplicaSet", name: `${agent}-7d9f8b6c54` };
    const event = { ...mount, reason: "FailedCreate", message: "exceeded quota: compute", involvedObject };
    api.intervene = ({ path }) =>
      path.endsWith("/events") ? { status: 200, body: { metadata: {}, items: [event] } } : undefined;
    assert.equal(diagnose(await look(client), place).id, "quota-exceeded");
  });

  test("ends when it is told to", async (context) => {
    const { client } = await cluster(context);
    await assert.rejects(look(client, AbortSignal.abort(new Error("over"))), /over/);
  });
});

describe("a look at the hub", () => {
  const look = (client: KubernetesClient) => readHubState(client, "gloo-mesh", defaultGeneration, "cluster-2", never);
  const kubernetesCluster = "/apis/multicluster.solo.io/v1alpha1/namespaces/gloo-mesh/kubernetesclusters/cluster-2";

  test("finds relay server and cluster", async (context) => {
    const { api, client } = await cluster(context);
    const server = { spec: { replicas: 1 }, status: { availableReplicas: 1 } };
    api.store.put(`${deployments}/enterprise-networking`, server);
    api.store.put(kubernetesCluster, { spec: {} });
    assert.deepEqual(await look(client), { relayServer: "available", clusterKnown: true });
  });

  test("finds neither", async (context) => {
    const { client } = await cluster(context);
    assert.deepEqual(await look(client), { relayServer: "missing", clusterKnown: false });
  });

  test("finds a relay server that is not up", async (context) => {
    const { api, client } = await cluster(context);
    api.store.put(`${deployments}/enterprise-networking`, { spec: { replicas: 0 }, status: {} });
    assert.equal((await look(client)).relayServer, "not available");
  });

  test("calls unknown what it cannot see, and never throws", async (context) => {
    const { api, client } = await cluster(context);
    api.intervene = () => status(403, "Forbidden");
    assert.deepEqual(await look(client), { relayServer: "unknown", clusterKnown: undefined });
    api.intervene = () => "close";
    assert.deepEqual(await look(client), { relayServer: "unknown", clusterKnown: undefined });
  });
});

describe("the hub's side makes a diagnosis more precise", () => {
  const of = (id: Parameters<typeof conclude>[0]["id"]) => conclude({ id, evidence: "a line" }, place);
  const down = { relayServer: "not available", clusterKnown: true } as const;
  const unregistered = { relayServer: "available", clusterKnown: false } as const;
  const unseen = { relayServer: "unknown", clusterKnown: undefined } as const;

  test("hub-not-running: a server that is not there explains every silence", () => {
    for (const id of ["refused", "no-answer", "connection-broken", "proxy-answers", "crash", "unknown"] as const) {
      const diagnosis = withHub(of(id), down, place);
      assert.equal(diagnosis.id, "hub-not-running");
      assert.equal(diagnosis.evidence, "the relay server's Deployment is not available; the agent: a line");
    }
  });

  test("a cluster that the hub does not know explains a crash and silence, not a refused connection", () => {
    assert.equal(withHub(of("crash"), unregistered, place).id, "cluster-unknown");
    assert.equal(withHub(of("unknown"), unregistered, place).id, "cluster-unknown");
    assert.equal(withHub(of("refused"), unregistered, place).id, "refused");
  });

  test("what has its reason on the agent's side stays, and the hub need not be asked", () => {
    for (const id of ["dns", "unknown-authority", "image-not-found", "unschedulable"] as const) {
      assert.equal(isForTheHub(of(id)), false);
      assert.equal(withHub(of(id), down, place).id, id);
    }
  });

  test("what the hub does not show changes nothing", () =>
    assert.deepEqual(withHub(of("refused"), unseen, place), of("refused")));
});
