import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { isToTakeOver } from "../../components/glooMesh/ownership";
import type { KubernetesObject, Secret } from "../../components/kubernetes/objects";
import { type FakeKubeApi, secret, status } from "../support/fakeKubeApi";
import { helmRevision } from "../support/remoteObjects";
import {
  certificatePath,
  clientSecret,
  world as clusters,
  mark,
  namespacePath,
  registrationAnnotation,
  revisionPath,
  sharedProvider,
  tokenPath,
  type World,
} from "./world";

const rootPath = `${namespacePath}/secrets/relay-root-tls-secret`;
const kubernetesClusterPath = "/apis/multicluster.solo.io/v1alpha1/namespaces/gloo-mesh/kubernetesclusters/cluster-2";
const reason = "release-taken-over: taken over: namespace gloo-mesh; Helm release gloo-mesh/enterprise-agent";
const foreign = "flux/stack/cluster-2";

/** What meshctl left on both clusters, with the record of who wrote the root CA; `owner` is the mark of a registration of another stack. */
async function registered(context: TestContext, owner?: string): Promise<World> {
  const found = await clusters(context);
  const { hub, remote } = found;
  const annotations = owner === undefined ? {} : { [registrationAnnotation]: owner };
  const written = {
    manager: "meshctl",
    operation: "Update",
    apiVersion: "v1",
    fieldsType: "FieldsV1",
    fieldsV1: { "f:data": { "f:ca.crt": {} }, "f:metadata": { "f:labels": { "f:team": {} } } },
  };
  remote.store.put(namespacePath, { kind: "Namespace", metadata: { annotations } });
  const root = secret({ "ca.crt": found.rootCertificate }) as Secret;
  remote.store.put(rootPath, { ...root, metadata: { annotations, labels: { team: "a" }, managedFields: [written] } });
  remote.store.put(tokenPath, secret({ token: "left" }, annotations));
  remote.store.put(certificatePath, await clientSecret());
  remote.store.put(revisionPath(1), helmRevision({ status: "deployed", mark: owner, recorded: owner !== undefined }));
  hub.store.put(kubernetesClusterPath, { kind: "KubernetesCluster", metadata: { annotations } });
  return found;
}

describe("a registration that meshctl or helm made", () => {
  test("gets the mark on each object, and keeps certificate, labels and content", async (context) => {
    const { hub, remote, preparationInputs } = await registered(context);
    const content = (remote.store.get(rootPath) as Secret).data;
    const { outs } = await (await sharedProvider("preparation")).create(preparationInputs({ reason }));
    assert.deepEqual(written(hub), [`patch ${kubernetesClusterPath}`]);
    assert.deepEqual(written(remote), [
      `patch ${rootPath}`,
      `patch ${tokenPath}`,
      `patch ${namespacePath}`,
      `patch ${revisionPath(1)}`, // the mark
      `patch ${revisionPath(1)}`, // failed, as Helm wants it
      `patch ${revisionPath(1)}`, // the incarnation
    ]);
    for (const [api, path] of all(hub, remote)) assert.equal(markOn(api, path), mark, path);
    const root = remote.store.get(rootPath) as Secret;
    assert.deepEqual([root.data, root.metadata.labels], [content, { team: "a" }]);
    const fields = (root.metadata.managedFields ?? []).map(({ manager, fieldsV1 }) => [manager, fieldsV1]);
    assert.deepEqual(fields[0], ["meshctl", { "f:metadata": { "f:labels": { "f:team": {} } } }]);
    assert.match(String(fields[1]?.[0]), /^pulumi-kubernetes-gloo-mesh-/);
    assert.ok(remote.store.get(certificatePath));
    assert.equal(outs["recoveries"], 1);
    assert.equal((remote.store.get(revisionPath(1)) as Secret).metadata.labels?.["status"], "failed");
  });

  test("has its release read once for each write on it", async (context) => {
    const { remote, preparationInputs } = await registered(context);
    await (await sharedProvider("preparation")).create(preparationInputs({ reason }));
    const writes = remote.writes.filter(({ path }) => path === revisionPath(1));
    assert.deepEqual([remote.count("list", "/secrets"), writes.length], [3, 3]);
  });

  test("is taken over by an update, too", async (context) => {
    const { hub, remote, preparationInputs } = await registered(context);
    const process = await sharedProvider("preparation");
    const olds = { ...preparationInputs(), recoveries: 0, incarnation: "first" };
    const outs = await process.update("id", olds, preparationInputs({ reason }));
    for (const [api, path] of all(hub, remote)) assert.equal(markOn(api, path), mark, path);
    assert.equal(outs["recoveries"], 1);
  });

  test("leaves a KubernetesCluster that another tool owns", async (context) => {
    const { hub, remote, preparationInputs } = await registered(context);
    const inputs = preparationInputs({ reason, kubernetesClusterProvided: true });
    await (await sharedProvider("preparation")).create(inputs);
    assert.deepEqual(written(hub), []);
    assert.equal(markOn(remote, rootPath), mark);
  });

  test("is not touched without the reason that the checks give", async (context) => {
    const { hub, remote, preparationInputs } = await registered(context);
    await assert.rejects((await sharedProvider("preparation")).create(preparationInputs()), /GMR506/);
    assert.equal(markOn(remote, rootPath), undefined);
    assert.deepEqual(written(hub), []);
  });

  for (const killedAt of [1, 2, 3, 4, 5, 6, 7]) {
    test(`killed before write ${killedAt}: the next run ends it, with the same certificate`, async (context) => {
      const { hub, remote, preparationInputs } = await registered(context);
      let writes = 0;
      for (const api of [hub, remote]) {
        api.intervene = ({ verb }) => (verb === "patch" && ++writes >= killedAt ? status(500, "killed") : undefined);
      }
      const process = await sharedProvider("preparation");
      await assert.rejects(process.create(preparationInputs({ reason })), /GMR117/);
      for (const api of [hub, remote]) api.intervene = () => undefined;
      // The checks of the next run give the reason as long as something has no mark.
      const rest = all(hub, remote).some(([api, path]) =>
        isToTakeOver(api.store.get(path) as KubernetesObject, { mark, accepted: [mark], takesOver: true }),
      );
      await process.create(preparationInputs({ reason: rest ? reason : "" }));
      for (const [api, path] of all(hub, remote)) assert.equal(markOn(api, path), mark, path);
      assert.ok(remote.store.get(certificatePath));
      assert.equal((remote.store.get(revisionPath(1)) as Secret).metadata.labels?.["status"], "failed");
    });
  }
});

describe("a registration of another stack", () => {
  test("is taken over with its mark", async (context) => {
    const { hub, remote, preparationInputs } = await registered(context, foreign);
    const inputs = preparationInputs({ reason, takenFrom: foreign, formerMarks: [foreign] });
    await (await sharedProvider("preparation")).create(inputs);
    for (const [api, path] of all(hub, remote)) assert.equal(markOn(api, path), mark, path);
    assert.ok(remote.store.get(certificatePath));
  });

  test("is not taken over as one that nobody has marked", async (context) => {
    const { hub, remote, preparationInputs } = await registered(context, foreign);
    await assert.rejects((await sharedProvider("preparation")).create(preparationInputs({ reason })), /GMR506/);
    for (const [api, path] of all(hub, remote).slice(0, -1)) assert.equal(markOn(api, path), foreign, path);
  });
});

function all(hub: FakeKubeApi, remote: FakeKubeApi): readonly (readonly [FakeKubeApi, string])[] {
  const paths = [namespacePath, rootPath, tokenPath, revisionPath(1)];
  return [[hub, kubernetesClusterPath], ...paths.map((path) => [remote, path] as const)];
}

function markOn(api: FakeKubeApi, path: string): string | undefined {
  return api.store.get(path)?.metadata.annotations?.[registrationAnnotation];
}

function written(api: FakeKubeApi): string[] {
  return api.writes.map(({ verb, path }) => `${verb} ${path}`);
}
