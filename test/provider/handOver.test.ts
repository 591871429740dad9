import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { managerOf } from "../../components/kubernetes/objectManager";
import type { Secret } from "../../components/kubernetes/objects";
import { type FakeKubeApi, secret, status } from "../support/fakeKubeApi";
import { helmRevision, releaseIn, releaseName, revisionName } from "../support/remoteObjects";
import { processOf, stateOf } from "./leavingWorld";
import {
  certificatePath,
  clientSecret,
  world as clusters,
  has,
  mark,
  namespacePath,
  ours,
  revisionPath,
  temporary,
  tokenPath,
  type World,
} from "./world";

// The end of a registration that leaves its cluster running, and ends that would stop an agent which is to keep running.

const prefix = "gloo-mesh-relay-registration";
const incarnation = "first";
const rootPath = `${namespacePath}/secrets/relay-root-tls-secret`;
const crdsPath = `${namespacePath}/secrets/${revisionName(1, "gloo-platform-crds")}`;
const kubernetesClusterPath = "/apis/multicluster.solo.io/v1alpha1/namespaces/gloo-mesh/kubernetesclusters/cluster-2";
const another = "urn:pulumi:prod::other::gloo-mesh-relay:index:GlooMeshRelayRegistration::cluster-2";
const fieldManager = { "pulumi.com/patchFieldManager": "pulumi-kubernetes-gloo-mesh-0123456789ab" };
const leaving = { leaveRunning: true, incarnation };

/** A revision as a proof has marked it. */
function revision(options: Partial<Parameters<typeof helmRevision>[0]> = {}): Secret {
  const made = helmRevision({ status: "deployed", mark, recorded: true, ...options }) as Secret;
  const labels = { ...made.metadata.labels, [`${prefix}/incarnation`]: incarnation };
  return { ...made, metadata: { ...made.metadata, labels } };
}

async function registered(world: World): Promise<void> {
  const { hub, remote } = world;
  const annotations = {
    ...ours,
    ...fieldManager,
    team: "edge",
    [`${prefix}/cluster-identity`]: remote.identity,
    [`${prefix}/incarnation`]: incarnation,
    [`${prefix}/leave-running`]: "true",
  };
  hub.store.put(kubernetesClusterPath, { kind: "KubernetesCluster", metadata: { annotations } });
  remote.store.put(namespacePath, { kind: "Namespace", metadata: { annotations: { ...ours, ...fieldManager } } });
  remote.store.put(rootPath, secret({ "ca.crt": "a" }, { ...ours, ...fieldManager }));
  remote.store.put(certificatePath, await clientSecret());
  remote.store.put(revisionPath(1), revision({ status: "superseded", values: { global: { other: 1 }, a: 1 } }));
  remote.store.put(revisionPath(2), revision({ revision: 2, values: { a: 2 } }));
}

/** The writes, in their order where it matters: those to one path. */
function linesOf({ writes }: FakeKubeApi): string[] {
  return writes.map(({ verb, path }) => `${verb} ${path.split("/").slice(-2).join("/")}`);
}

function annotationsOf(api: FakeKubeApi, path: string): object {
  return api.store.get(path)?.metadata.annotations ?? {};
}

function secretAt({ remote }: World, path: string): Secret | undefined {
  return remote.store.get(path);
}

function marksOn(record: Secret | undefined): unknown {
  assert.ok(record);
  const labels = Object.keys(record.metadata.labels ?? {}).filter((label) => label.startsWith(prefix));
  return { labels, config: releaseIn(record)["config"] };
}

async function end(world: World, changes: object = leaving): Promise<string> {
  const process = await processOf("preparation");
  await process.delete("id", stateOf(world, "preparation", changes));
  return process.output;
}

describe("a registration that leaves its cluster running", () => {
  test("takes its marks off all objects and all revisions, the newest last, and deletes nothing", async (context) => {
    const world = await clusters(context);
    await registered(world);
    const before = [rootPath, certificatePath].map((path) => secretAt(world, path)?.data);
    assert.match(await end(world), /cluster-2: handed over; the agent keeps running/);
    assert.deepEqual(linesOf(world.hub), ["patch kubernetesclusters/cluster-2"]);
    const writes = linesOf(world.remote);
    assert.deepEqual(writes.slice(0, 2).toSorted(), [
      "patch namespaces/gloo-mesh",
      "patch secrets/relay-root-tls-secret",
    ]);
    assert.deepEqual(
      writes.slice(2),
      [1, 2].map((number) => `patch secrets/${revisionName(number)}`),
    );
    assert.deepEqual(annotationsOf(world.hub, kubernetesClusterPath), { team: "edge" });
    for (const path of [namespacePath, rootPath]) assert.deepEqual(annotationsOf(world.remote, path), {}, path);
    assert.deepEqual(
      [1, 2].map((number) => marksOn(secretAt(world, revisionPath(number)))),
      [
        { labels: [], config: { global: { other: 1 }, a: 1 } },
        { labels: [], config: { a: 2 } },
      ],
    );
    assert.deepEqual(
      [rootPath, certificatePath].map((path) => secretAt(world, path)?.data),
      before,
    );
  });

  test("does so for the release of its CRDs, too, and leaves a revision that cannot be decoded without labels", async (context) => {
    const world = await clusters(context);
    await registered(world);
    world.remote.store.put(crdsPath, revision({ name: "gloo-platform-crds", values: {} }));
    const broken = revision({ status: "superseded" });
    world.remote.store.put(revisionPath(1), { ...broken, data: { release: "bm90IGEgcmVsZWFzZQ==" } });
    await end(world, { ...leaving, crdsReleaseName: "gloo-platform-crds" });
    assert.deepEqual(marksOn(secretAt(world, crdsPath)), { labels: [], config: {} });
    const left = secretAt(world, revisionPath(1));
    assert.deepEqual(
      [left?.data?.["release"], left?.metadata.labels?.[`${prefix}/recorded`]],
      ["bm90IGEgcmVsZWFzZQ==", undefined],
    );
  });

  test("removes a temporary token that an interrupted run has left, and keeps one that it retains", async (context) => {
    for (const [annotations, isKept] of [
      [temporary, false],
      [ours, true],
    ] as const) {
      const world = await clusters(context);
      await registered(world);
      world.remote.store.put(tokenPath, secret({ token: world.token }, annotations));
      await end(world);
      assert.equal(has(world.remote, tokenPath), isKept);
      assert.deepEqual(annotationsOf(world.remote, tokenPath), {});
    }
  });

  test("writes nothing the second time, and nothing to what belongs to someone else", async (context) => {
    const world = await clusters(context);
    await registered(world);
    await end(world);
    const [hub, remote] = [world.hub.writes.length, world.remote.writes.length];
    await end(world);
    assert.deepEqual([world.hub.writes.length, world.remote.writes.length], [hub, remote]);
    const theirs = await clusters(context);
    await registered(theirs);
    for (const path of [namespacePath, rootPath])
      theirs.remote.store.put(path, { metadata: { annotations: { [`${prefix}/registration`]: another } } });
    theirs.remote.store.put(revisionPath(2), revision({ revision: 2, mark: another }));
    await end(theirs);
    assert.deepEqual(theirs.remote.writes, []);
  });

  for (const stop of [1, 2, 3, 4]) {
    test(`ends in a second run what failed at write ${stop} to the remote cluster`, async (context) => {
      const world = await clusters(context);
      await registered(world);
      let writes = 0;
      world.remote.intervene = ({ verb }) => (verb === "patch" && ++writes >= stop ? status(500, "killed") : undefined);
      await assert.rejects(end(world), /GMR117 /);
      world.remote.intervene = () => undefined;
      await end(world);
      assert.deepEqual(annotationsOf(world.hub, kubernetesClusterPath), { team: "edge" });
      for (const path of [namespacePath, rootPath]) assert.deepEqual(annotationsOf(world.remote, path), {}, path);
      assert.deepEqual(marksOn(secretAt(world, revisionPath(1))), {
        labels: [],
        config: { global: { other: 1 }, a: 1 },
      });
      assert.deepEqual(marksOn(secretAt(world, revisionPath(2))), {
        labels: [],
        config: { a: 2 },
      });
    });
  }

  test("changes nothing when its preparation is only replaced", async (context) => {
    const world = await clusters(context);
    await registered(world);
    await end(world, { ...leaving, incarnation: "earlier" });
    assert.deepEqual([...world.hub.writes, ...world.remote.writes], []);
  });

  test("reports the marks that stay on an unreachable cluster, and no command that deletes", async (context) => {
    const world = await clusters(context);
    await registered(world);
    world.remote.intervene = () => "close";
    const process = await processOf("preparation", { PULUMI_K8S_DELETE_UNREACHABLE: "true" });
    await process.delete("id", stateOf(world, "preparation", leaving));
    assert.match(
      process.output,
      /GMR602 Left behind on the remote cluster, which cannot be reached: the marks of the handed over registration/,
    );
    assert.doesNotMatch(process.output, /uninstall|delete/);
    assert.deepEqual(annotationsOf(world.hub, kubernetesClusterPath), { team: "edge" });
  });

  test("is not moved to another cluster: GMR607", async (context) => {
    const world = await clusters(context);
    const process = await processOf("preparation");
    const olds = stateOf(world, "preparation", leaving);
    const elsewhere = { remote: { ...world.remote.access, context: "other" }, remoteIdentity: "another" };
    const news = world.preparationInputs({ leaveRunning: true, ...elsewhere });
    await assert.rejects(process.diff("id", olds, news), /GMR607 cluster-2 would be registered on another cluster/);
    const { leaveRunning: _, ...deregistering } = news;
    await assert.rejects(process.diff("id", olds, deregistering), /GMR607 /);
    assert.deepEqual(await process.diff("id", stateOf(world, "preparation"), news), {
      changes: true,
      replaces: ["remoteIdentity"],
    });
  });

  test("is a change when the argument is set and when it is taken away", async (context) => {
    const world = await clusters(context);
    const process = await processOf("preparation");
    const [plain, left] = [world.preparationInputs(), world.preparationInputs({ leaveRunning: true })];
    const isChange = async (olds: object, news: object) => (await process.diff("id", olds, news)).changes;
    const state = (inputs: object) => ({ ...inputs, recoveries: 0 });
    assert.deepEqual(await Promise.all([isChange(state(plain), left), isChange(state(left), plain)]), [true, true]);
    assert.deepEqual(await Promise.all([isChange(state(plain), plain), isChange(state(left), left)]), [false, false]);
  });
});

describe("the writers of what is handed over", () => {
  const provider = { manager: "pulumi-kubernetes-gloo-mesh-0123456789ab", operation: "Apply", apiVersion: "v1" };
  const helm = { manager: "pulumi-resource-kubernetes", operation: "Update", apiVersion: "v1" };
  const proof = { manager: prefix, operation: "Update", apiVersion: "v1" };

  test("are without Pulumi, so that another program does not take the objects for managed ones", async (context) => {
    const world = await clusters(context);
    await registered(world);
    const annotated = { "f:metadata": { "f:annotations": { [`f:${prefix}/registration`]: {} } }, "f:data": {} };
    const root = secretAt(world, rootPath);
    const managedFields = [{ ...provider, fieldsV1: annotated }];
    world.remote.store.put(rootPath, { ...root, metadata: { ...root?.metadata, managedFields } });
    const record = revision({ revision: 2 });
    const writers = [
      { ...helm, fieldsV1: { "f:data": {}, "f:type": {} } },
      { ...proof, fieldsV1: { "f:metadata": { "f:labels": {} } } },
    ];
    world.remote.store.put(revisionPath(2), { ...record, metadata: { ...record.metadata, managedFields: writers } });
    await end(world);
    const writersOf = (path: string) => secretAt(world, path)?.metadata.managedFields;
    assert.deepEqual(writersOf(rootPath), [{ ...provider, manager: prefix, fieldsV1: annotated }]);
    const joined = { "f:data": {}, "f:type": {}, "f:metadata": { "f:labels": {} } };
    assert.deepEqual(writersOf(revisionPath(2)), [{ ...proof, fieldsV1: joined }]);
    for (const path of [namespacePath, rootPath, revisionPath(2)]) {
      const left = secretAt(world, path);
      assert.equal(left && managerOf(left), undefined, path);
    }
  });
});

describe("the first delete", () => {
  const own = { incarnation };

  async function firstDelete(world: World, changes: object = own): Promise<void> {
    const process = await processOf("clientCertificate");
    await process.delete("id", { ...stateOf(world, "clientCertificate"), ...changes });
  }

  test("refuses where another registration has the release by now, with the command that forgets: GMR606", async (context) => {
    const world = await clusters(context);
    await registered(world);
    world.remote.store.put(revisionPath(2), helmRevision({ status: "deployed", revision: 2, mark: another }));
    const urn = "urn:pulumi:dev::edge::gloo-mesh-relay:index:GlooMeshRelayRegistration::cluster-2";
    await assert.rejects(
      firstDelete(world, { ...own, mark: urn }),
      new RegExp(
        `GMR606 Another registration has taken cluster-2 over, .* Helm release gloo-mesh/${releaseName} — it belongs to the registration ${another} — .*: pulumi state delete --target-dependents ${urn}`,
      ),
    );
    assert.deepEqual([...world.hub.writes, ...world.remote.writes], []);
  });

  test("refuses where another registration has the KubernetesCluster of this cluster, and only then: GMR606", async (context) => {
    const world = await clusters(context);
    await registered(world);
    const taken = (identity: string) => {
      const annotations = { [`${prefix}/registration`]: another, [`${prefix}/cluster-identity`]: identity };
      world.hub.store.put(kubernetesClusterPath, { metadata: { annotations } });
    };
    taken(world.remote.identity);
    await assert.rejects(
      firstDelete(world),
      /GMR606 .*context "management".*, KubernetesCluster gloo-mesh\/cluster-2 — /,
    );
    taken("of-another-cluster");
    await firstDelete(world);
    assert.deepEqual([...world.hub.writes, ...world.remote.writes], []);
  });

  test("goes on for a mark that an alias has brought in the same run", async (context) => {
    const world = await clusters(context);
    await registered(world);
    const renamed = revision({ revision: 2, mark: another });
    world.remote.store.put(revisionPath(2), renamed);
    const annotations = { [`${prefix}/registration`]: another, [`${prefix}/incarnation`]: incarnation };
    world.hub.store.put(kubernetesClusterPath, { metadata: { annotations } });
    await firstDelete(world);
    // The other stack has begun to take the cluster over: it marks the record, and the incarnation comes later.
    const { metadata } = renamed;
    const taken = { ...metadata, annotations: { [`${prefix}/registration`]: another } };
    world.remote.store.put(revisionPath(2), { ...renamed, metadata: taken });
    await assert.rejects(firstDelete(world), /GMR606 /);
  });

  test("refuses an end whose preview says hand-over while Pulumi would uninstall the agent: GMR608", async (context) => {
    const world = await clusters(context);
    await registered(world);
    await assert.rejects(firstDelete(world), /GMR608 cluster-2 is to be handed over, .*run pulumi up to its end/);
    await firstDelete(world, leaving);
    assert.deepEqual([...world.hub.writes, ...world.remote.writes], []);
  });

  test("writes no record of a release that somebody uninstalled, when the cluster is handed over", async (context) => {
    const world = await clusters(context);
    await registered(world);
    for (const number of [1, 2]) world.remote.store.remove(revisionPath(number));
    await firstDelete(world, leaving);
    assert.deepEqual(world.remote.writes, []);
  });
});
