import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Secret } from "../../components/kubernetes/objects";
import { secret } from "../support/fakeKubeApi";
import { helmRevision, manifestOf } from "../support/remoteObjects";
import { namespaceOfOurs, processOf, stateOf } from "./leavingWorld";
import { podsPath, proofWorld, readyPod, watching } from "./proofWorld";
import {
  certificatePath,
  clientSecret,
  world as clusters,
  has,
  mark,
  namespacePath,
  ours,
  registrationAnnotation,
  revisionPath,
  temporary,
  tokenPath,
} from "./world";

// A component that an alias has renamed: what it made under its previous name is its own. Everything on the clusters carries the previous mark.

const renamed = { mark: "project/stack/renamed", formerMarks: [mark] };
const rootPath = `${namespacePath}/secrets/relay-root-tls-secret`;
const kubernetesClusterPath = "/apis/multicluster.solo.io/v1alpha1/namespaces/gloo-mesh/kubernetesclusters/cluster-2";
const clusterRolePath = "/apis/rbac.authorization.k8s.io/v1/clusterroles/enterprise-agent";

describe("under its previous name", () => {
  test("all that a killed run left behind is removed, on both clusters", async (context) => {
    const world = await clusters(context);
    const { hub, remote } = world;
    const annotations = { ...ours, "gloo-mesh-relay-registration/cluster-identity": remote.identity };
    hub.store.put(kubernetesClusterPath, { metadata: { annotations } });
    remote.store.put(namespacePath, namespaceOfOurs);
    remote.store.put(rootPath, secret({ "ca.crt": "a" }, ours));
    remote.store.put(certificatePath, await clientSecret());
    const manifest = manifestOf(["rbac.authorization.k8s.io/v1", "ClusterRole", "enterprise-agent"]);
    remote.store.put(revisionPath(1), helmRevision({ status: "failed", mark, manifest }));
    const ofRelease = {
      "meta.helm.sh/release-name": "enterprise-agent",
      "meta.helm.sh/release-namespace": "gloo-mesh",
    };
    remote.store.put(clusterRolePath, { metadata: { annotations: ofRelease } });
    await (await processOf("preparation")).delete("id", stateOf(world, "preparation", renamed));
    for (const path of [rootPath, certificatePath, revisionPath(1), clusterRolePath, namespacePath])
      assert.ok(!has(remote, path), path);
    assert.ok(!has(hub, kubernetesClusterPath));
  });

  test("an object in the namespace does not keep it", async (context) => {
    const world = await clusters(context);
    world.remote.store.put(namespacePath, { kind: "Namespace", metadata: { annotations: ours } });
    world.remote.store.put(`${namespacePath}/configmaps/marked`, { metadata: { annotations: ours } });
    await (await processOf("preparation")).delete("id", stateOf(world, "preparation", renamed));
    assert.ok(!has(world.remote, namespacePath));
  });

  test("an unfinished release is recovered by the first run under the new name", async (context) => {
    const { remote, preparationInputs } = await clusters(context);
    const created = new Date(Date.now() - 300_000);
    remote.store.put(revisionPath(1), helmRevision({ status: "pending-install", mark, created }));
    const process = await processOf("preparation");
    assert.equal((await process.create(preparationInputs(renamed))).outs["recoveries"], 1);
  });

  test("a token is taken over when one is needed, and removed when it is not", async (context) => {
    const { remote, token, tokenInputs } = await clusters(context);
    remote.store.put(tokenPath, secret({ token: "previous" }, temporary));
    const process = await processOf("bootstrapToken");
    const { id, outs } = await process.create(tokenInputs(renamed));
    const taken = remote.store.get(tokenPath) as Secret;
    assert.equal(Buffer.from(taken.data?.["token"] ?? "", "base64").toString(), token);
    assert.equal(taken.metadata.annotations?.[registrationAnnotation], renamed.mark);
    remote.store.put(tokenPath, secret({ token: "previous" }, temporary));
    await process.delete(id, outs);
    assert.ok(!has(remote, tokenPath));
  });

  test("a token is removed by the proof", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(`${podsPath}/agent`, readyPod());
    const proof = process.create(certificateInputs(renamed));
    await watching(remote);
    remote.store.put(certificatePath, await clientSecret());
    await proof;
    assert.ok(!has(remote, tokenPath));
  });
});

describe("previous marks", () => {
  test("that a state lacks, or has in addition, are no change", async (context) => {
    const world = await clusters(context);
    const { remote, tokenInputs, certificateInputs, preparationInputs } = world;
    remote.store.put(certificatePath, await clientSecret());
    remote.store.put(revisionPath(1), helmRevision({ status: "deployed", mark: renamed.mark, recorded: true }));
    const { mark: present } = renamed;
    const kept = { recoveries: 0, bootstraps: 0, writtenAt: "", proof: "agent" };
    const none = { changes: false, replaces: [] };
    const both = [
      ["preparation", preparationInputs({ mark: present }), preparationInputs(renamed)],
      ["bootstrapToken", tokenInputs({ mark: present }), tokenInputs(renamed)],
      ["clientCertificate", certificateInputs({ mark: present }), certificateInputs(renamed)],
    ] as const;
    for (const [name, without, withMarks] of both) {
      const process = await processOf(name);
      assert.deepEqual(await process.diff("id", { ...kept, ...without }, withMarks), none, name);
      assert.deepEqual(await process.diff("id", { ...kept, ...withMarks }, without), none, name);
    }
  });

  test("stay in the state of the preparation until the component is deregistered", async (context) => {
    const { preparationInputs } = await clusters(context);
    const process = await processOf("preparation");
    const { id, outs } = await process.create(preparationInputs(renamed));
    const third = preparationInputs({ mark: "project/stack/third", formerMarks: [mark] });
    assert.deepEqual((await process.update(id, outs, third))["formerMarks"], [mark, renamed.mark]);
  });
});
