import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { Secret } from "../../components/kubernetes/objects";
import type { DynamicProvider } from "../support/dynamicProvider";
import { type FakeKubeApi, status } from "../support/fakeKubeApi";
import { helmRevision, type RevisionOptions, releaseIn } from "../support/remoteObjects";
import {
  certificatePath,
  clientSecret,
  world as clusters,
  deploymentPath,
  has,
  mark,
  namespacePath,
  ownProvider,
  revisionPath,
  sharedProvider,
  type World,
} from "./world";

interface PreparationWorld extends World {
  readonly process: DynamicProvider;
}

async function world(context: TestContext): Promise<PreparationWorld> {
  const found = await clusters(context);
  return { ...found, process: await sharedProvider("preparation") };
}

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

function install(remote: FakeKubeApi, options: RevisionOptions): void {
  remote.store.put(revisionPath(options.revision ?? 1), helmRevision({ mark, created: minutesAgo(5), ...options }));
}

const revision = (remote: FakeKubeApi, number = 1) => remote.store.get(revisionPath(number)) as Secret;

describe("on a fresh cluster", () => {
  test("nothing is written", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    const { id, outs } = await process.create(preparationInputs());
    assert.equal(id, `${remote.identity}/gloo-mesh/enterprise-agent`);
    assert.equal(outs["recoveries"], 0);
    assert.deepEqual(remote.writes, []);
    assert.deepEqual(await process.diff(id, outs, preparationInputs()), { changes: false, replaces: [] });
    assert.deepEqual(await process.read(id, outs), { id, props: outs });
    await process.delete(id, outs);
    assert.deepEqual(remote.writes, []);
  });
});

describe("an agent that someone else installed", () => {
  const helm = { "meta.helm.sh/release-name": "agent", "meta.helm.sh/release-namespace": "gloo-mesh" };
  const stored = { ...helm, "meta.helm.sh/release-name": "enterprise-agent" };
  const cases: Readonly<Record<string, readonly [path: string, metadata: object]>> = {
    "with Argo CD": [deploymentPath, { annotations: { "argocd.argoproj.io/tracking-id": "mesh:x" } }],
    "with kubectl": [deploymentPath, {}],
    "with Helm under another name": [deploymentPath, { annotations: helm }],
    "in another namespace": ["/apis/rbac.authorization.k8s.io/v1/clusterroles/enterprise-agent", { annotations: helm }],
  };
  for (const [name, [path, metadata]] of Object.entries(cases)) {
    test(`${name} is refused with GMR315, and nothing is written`, async (context) => {
      const { remote, process, preparationInputs } = await world(context);
      remote.store.put(path, { metadata });
      remote.store.put(certificatePath, await clientSecret());
      await assert.rejects(process.create(preparationInputs()), /GMR315 .*enterprise-agent/);
      assert.deepEqual(remote.writes, []);
    });
  }

  test("and whose release Helm stores elsewhere keeps its certificate", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    remote.store.put(deploymentPath, { metadata: { annotations: stored } });
    remote.store.put(certificatePath, await clientSecret());
    await process.create(preparationInputs());
    assert.deepEqual(remote.writes, []);
  });

  for (const release of [
    { status: "deployed", mark: undefined },
    { status: "failed", mark: undefined },
    { status: "failed", mark: "other/stack/x", recorded: true },
  ]) {
    test(`as a release of Helm keeps its certificate, with GMR506: ${release.status}, ${release.mark ?? "no mark"}`, async (context) => {
      const { remote, process, preparationInputs } = await world(context);
      install(remote, release);
      remote.store.put(certificatePath, await clientSecret());
      await assert.rejects(process.create(preparationInputs()), /GMR506 .*this registration did not install it/);
      assert.deepEqual(remote.writes, []);
    });
  }

  test("after this registration has left keeps its certificate", async (context) => {
    const found = await world(context);
    found.remote.store.put(deploymentPath, { metadata: { labels: { "argocd.argoproj.io/instance": "mesh" } } });
    found.remote.store.put(certificatePath, await clientSecret());
    await found.process.delete("id", { ...found.preparationInputs({ removeNamespace: false }), recoveries: 0 });
    assert.deepEqual(found.remote.writes, []);
  });
});

describe("a release that a killed run left behind", () => {
  for (const pending of ["pending-install", "pending-upgrade", "pending-rollback", "uninstalling"]) {
    test(`${pending} is marked failed, in the label and in Helm's own payload`, async (context) => {
      const { remote, process, preparationInputs } = await world(context);
      install(remote, { status: pending });
      const { outs } = await process.create(preparationInputs());
      assert.equal(outs["recoveries"], 1);
      assert.equal(revision(remote).metadata.labels?.["status"], "failed");
      const release = releaseIn(revision(remote));
      assert.equal(release.info.status, "failed");
      assert.match(release.info.description, new RegExp(`left ${pending} by an earlier run`));
      assert.deepEqual(
        [release["name"], release["version"], release["manifest"], release["config"]],
        ["enterprise-agent", 1, "---", { global: { glooMeshRelayRegistration: mark } }],
      );
      assert.match(process.output, /an earlier run left it/);
    });
  }

  test("is recovered by an update when a preview finds it, which writes nothing itself", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    const { id, outs } = await process.create(preparationInputs());
    install(remote, { status: "deployed", recorded: true });
    install(remote, { status: "pending-upgrade", revision: 2 });
    const reason = "release-pending: an earlier run left the Helm release enterprise-agent pending-upgrade";
    assert.equal((await process.diff(id, outs, preparationInputs({ reason }))).changes, true);
    assert.deepEqual(remote.writes, []);
    const updated = await process.update(id, outs, preparationInputs());
    assert.equal(updated["recoveries"], 1);
    assert.equal(revision(remote, 2).metadata.labels?.["status"], "failed");
    assert.equal(revision(remote, 1).metadata.labels?.["status"], "deployed");
    install(remote, { status: "deployed", recorded: true, revision: 3 });
    assert.equal((await process.diff(id, updated, preparationInputs())).changes, false);
  });

  test("that failed has Helm run again, and is not written to", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    const { id, outs } = await process.create(preparationInputs());
    install(remote, { status: "failed" });
    const reason = "release-failed: the Helm release enterprise-agent failed in an earlier run";
    assert.equal((await process.diff(id, outs, preparationInputs({ reason }))).changes, true);
    assert.equal((await process.update(id, outs, preparationInputs({ reason })))["recoveries"], 1);
    assert.deepEqual(remote.writes, []);
    assert.match(process.output, /revision 1 failed in an earlier run; Helm runs again/);
  });

  test("deployed but never recorded by Pulumi is marked failed, too", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    install(remote, { status: "deployed", created: new Date() });
    assert.equal((await process.create(preparationInputs())).outs["recoveries"], 1);
    assert.equal(revision(remote).metadata.labels?.["status"], "failed");
  });

  test("is given the time of quiet first", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    install(remote, { status: "pending-install", created: new Date() });
    const { outs } = await process.create(preparationInputs({ abandonedAfterSeconds: 2 }));
    assert.equal(outs["recoveries"], 1);
    assert.match(
      process.output,
      /has been pending-install for \d s; if nothing happens for 2 s it counts as abandoned/,
    );
  });

  test("under a previous name of the component is recovered, too, even if the run of the rename got no further", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    const { id, outs } = await process.create(preparationInputs());
    install(remote, { status: "failed" });
    const renamed = preparationInputs({ mark: "project/stack/renamed" });
    const updated = await process.update(id, outs, renamed);
    assert.equal(updated["recoveries"], 1);
    install(remote, { status: "pending-upgrade", revision: 2 });
    assert.equal((await process.update(id, updated, renamed))["recoveries"], 2);
    assert.equal(revision(remote, 2).metadata.labels?.["status"], "failed");
    install(remote, { status: "failed", revision: 3, mark: "other/stack/x" });
    await assert.rejects(process.update(id, updated, renamed), /GMR506 .*other\/stack\/x/);
  });

  test("uninstalling is given its time of quiet from when Helm wrote that, not from when the revision was made", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    const { id, outs } = await process.create(preparationInputs());
    const uninstalling = helmRevision({ status: "uninstalling", mark, recorded: true }) as { metadata: object };
    const written = { manager: "helm", time: new Date().toISOString(), fieldsV1: { "f:data": {} } };
    const metadata = {
      ...uninstalling.metadata,
      creationTimestamp: minutesAgo(60).toISOString(),
      managedFields: [written],
    };
    remote.store.put(revisionPath(1), { ...uninstalling, metadata });
    const updated = await process.update(id, outs, preparationInputs({ abandonedAfterSeconds: 2 }));
    assert.equal(updated["recoveries"], 1);
    assert.match(process.output, /has been uninstalling for \d s; if nothing happens for 2 s it counts as abandoned/);
  });

  test("that another run finishes meanwhile is left alone", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    const { id, outs } = await process.create(preparationInputs());
    install(remote, { status: "pending-upgrade", created: new Date() });
    const before = remote.count("list", "/secrets");
    const preparing = process.update(id, outs, preparationInputs({ abandonedAfterSeconds: 600 }));
    await remote.until(() => remote.count("list", "/secrets") > before);
    install(remote, { status: "deployed", recorded: true });
    assert.equal((await preparing)["recoveries"], 0);
    assert.deepEqual(remote.writes, []);
  });

  test("and that works but is unknown to a new state is opened for the installation over it", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    install(remote, { status: "deployed", recorded: true });
    assert.equal((await process.create(preparationInputs())).outs["recoveries"], 1);
    assert.equal(revision(remote).metadata.labels?.["status"], "failed");
    assert.equal(revision(remote).metadata.labels?.["gloo-mesh-relay-registration/recorded"], undefined);
  });

  test("that Helm writes at the same moment is not overwritten", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    install(remote, { status: "pending-install" });
    remote.intervene = ({ verb, path }) => (verb === "patch" ? status(409, "Conflict", path) : undefined);
    await assert.rejects(process.create(preparationInputs()));
    assert.equal(revision(remote).metadata.labels?.["status"], "pending-install");
  });

  test("a wait for it ends with a code when the run is cancelled", async (context) => {
    const { remote, preparationInputs } = await clusters(context);
    const process = await ownProvider(context, "preparation");
    install(remote, { status: "pending-install", created: new Date() });
    const preparing = assert.rejects(process.create(preparationInputs({ abandonedAfterSeconds: 3600 })), /GMR507 /);
    await remote.until(() => remote.count("list", "/secrets") >= 1);
    await process.cancel();
    await preparing;
  });
});

test("a release that someone uninstalled with its history kept is marked failed, which Helm upgrades", async (context) => {
  const { remote, process, preparationInputs } = await world(context);
  const { id, outs } = await process.create(preparationInputs());
  install(remote, { status: "uninstalled", recorded: true });
  const reason = "release-uninstalled: someone else uninstalled the Helm release enterprise-agent and kept its history";
  assert.equal((await process.diff(id, outs, preparationInputs({ reason }))).changes, true);
  assert.equal((await process.update(id, outs, preparationInputs({ reason })))["recoveries"], 1);
  assert.equal(revision(remote).metadata.labels?.["status"], "failed");
});

describe("a release that is not to be touched", () => {
  for (const [name, owner] of Object.entries({
    "somebody with helm": undefined,
    "another registration": "other/stack/x",
  })) {
    test(`GMR506: it is pending by ${name}`, async (context) => {
      const { remote, process, preparationInputs } = await world(context);
      install(remote, { status: "pending-upgrade", mark: owner });
      await assert.rejects(process.create(preparationInputs()), /^Error: GMR506 /);
      assert.deepEqual(remote.writes, []);
    });
  }

  test("it is deployed in the ordinary way", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    const { id, outs } = await process.create(preparationInputs());
    install(remote, { status: "deployed", recorded: true });
    assert.equal((await process.diff(id, outs, preparationInputs())).changes, false);
    assert.equal((await process.update(id, outs, preparationInputs()))["recoveries"], 0);
    assert.deepEqual(remote.writes, []);
  });

  test("it is the kept history of an uninstalled release", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    install(remote, { status: "uninstalled", mark: undefined });
    assert.equal((await process.create(preparationInputs())).outs["recoveries"], 0);
    assert.deepEqual(remote.writes, []);
  });
});

describe("the client certificate of an earlier registration", () => {
  test("is removed, and reported", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    remote.store.put(certificatePath, await clientSecret());
    await process.create(preparationInputs());
    assert.ok(!has(remote, certificatePath));
    assert.match(process.output, /removed the client certificate of an earlier registration/);
  });

  test("stays, with GMR315, where an agent under another name has been installed since the checks", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    remote.store.put(certificatePath, await clientSecret());
    remote.store.put("/apis/apps/v1/namespaces/gloo-mesh/deployments/prod-enterprise-agent", {
      metadata: { labels: { app: "enterprise-agent" } },
    });
    await assert.rejects(process.create(preparationInputs()), /GMR315 .*Deployment gloo-mesh\/prod-enterprise-agent/);
    assert.deepEqual(remote.writes, []);
  });

  test("stays, with GMR506, where another registration's agent was installed since the checks", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    remote.store.put(certificatePath, await clientSecret());
    remote.store.put(revisionPath(1), helmRevision({ status: "deployed", mark: "other/stack/x" }));
    await assert.rejects(process.create(preparationInputs()), /GMR506 .*other\/stack\/x/);
    assert.ok(has(remote, certificatePath));
  });

  test("stays with self-registration, and at every update", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    remote.store.put(certificatePath, await clientSecret());
    const inputs = preparationInputs({ removeEarlierCertificate: false });
    const { id, outs } = await process.create(inputs);
    await process.update(id, outs, preparationInputs());
    assert.ok(has(remote, certificatePath));
  });
});

describe("a proven release that the state does not have", () => {
  test("is adopted with its certificate, and belongs to this preparation from now on", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    install(remote, { status: "deployed", recorded: true });
    remote.store.put(certificatePath, await clientSecret());
    const { outs } = await process.create(preparationInputs());
    assert.ok(has(remote, certificatePath));
    const release = remote.store.get(revisionPath(1)) as Secret;
    assert.equal(release.metadata.labels?.["status"], "failed", "Helm takes over only a failed one");
    assert.equal(release.metadata.labels?.["gloo-mesh-relay-registration/incarnation"], outs["incarnation"]);
  });

  test("GMR317: is refused with the mark of an alias, since the state may have it under another URN", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    install(remote, { status: "deployed", recorded: true });
    const renamed = preparationInputs({ mark: "project/stack/renamed", formerMarks: [mark] });
    await assert.rejects(
      process.create(renamed),
      /GMR317 The cluster is registered as project\/stack\/cluster-2, .* declare it as project\/stack\/cluster-2 again/,
    );
    assert.deepEqual(remote.writes, []);
  });
});

describe("another cluster behind the same context", () => {
  test("GMR310 in create, update, diff and refresh; nothing is written", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    install(remote, { status: "pending-install" });
    remote.store.put(certificatePath, await clientSecret());
    const another = preparationInputs({ remoteIdentity: "another" });
    await assert.rejects(process.create(another), /^Error: GMR310 /);
    await assert.rejects(process.update("id", { ...another, recoveries: 0 }, another), /^Error: GMR310 /);
    await assert.rejects(process.diff("id", another, preparationInputs()), /GMR310 /);
    await assert.rejects(process.read("id", another), /GMR310 /);
    assert.deepEqual(remote.writes, []);
    remote.store.remove(namespacePath);
    const { id, props } = await process.read("id", another);
    assert.deepEqual([id, props["isElsewhere"]], ["id", true], "an empty cluster: the next run may register it");
    const { replaces } = await process.diff("id", props, preparationInputs());
    assert.deepEqual(replaces, ["remoteIdentity"]);
  });

  test("GMR310: another hub behind its context is refused in diff until a refresh has found it", async (context) => {
    const { remote, process, preparationInputs } = await world(context);
    const another = preparationInputs({ managementIdentity: "another" });
    await assert.rejects(process.diff("id", another, preparationInputs()), /GMR310 /);
    const { props } = await process.read("id", another);
    assert.deepEqual((await process.diff("id", props, preparationInputs())).replaces, ["remoteIdentity"]);
    const elsewhere = { ...another, management: { context: "former-hub" } };
    assert.equal(
      (await process.diff("id", elsewhere, preparationInputs())).changes,
      true,
      "a new context is a new hub",
    );
    assert.deepEqual(remote.writes, []);
  });

  test("a new context with a new cluster is a replacement", async (context) => {
    const { process, preparationInputs } = await world(context);
    const before = preparationInputs({ remoteIdentity: "former", remote: { kubeconfig: "/former" } });
    assert.deepEqual((await process.diff("id", before, preparationInputs())).replaces, ["remoteIdentity"]);
  });
});

test("GMR308: an agent cannot be moved to another namespace", async (context) => {
  const { remote, process, preparationInputs } = await world(context);
  const { id, outs } = await process.create(preparationInputs());
  const before = remote.writes.length;
  await assert.rejects(
    process.diff(id, outs, preparationInputs({ namespace: "agents" })),
    /GMR308 .* from the namespace gloo-mesh to agents/,
  );
  assert.equal(remote.writes.length, before);
});

test("GMR325: a registration does not change its product generation in place", async (context) => {
  const { remote, process, preparationInputs } = await world(context);
  const { id, outs } = await process.create(preparationInputs());
  const before = remote.writes.length;
  await assert.rejects(
    process.diff(id, outs, preparationInputs({ generation: "2.x" })),
    /GMR325 cluster-2 is registered with Gloo Mesh 1\.x, and \[generation\] is 2\.x/,
  );
  assert.equal((await process.diff(id, outs, preparationInputs())).changes, false);
  assert.equal(remote.writes.length, before);
});

describe("another cluster name", () => {
  test("is an update, which remembers the one before", async (context) => {
    const { hub, process, preparationInputs } = await world(context);
    const { id, outs } = await process.create(preparationInputs());
    const renamed = preparationInputs({ clusterName: "cluster-3" });
    const diff = await process.diff(id, outs, renamed);
    assert.deepEqual([diff.changes, diff.replaces], [true, []]);
    const updated = await process.update(id, outs, renamed);
    const path = "/apis/multicluster.solo.io/v1alpha1/namespaces/gloo-mesh/kubernetesclusters/cluster-2";
    assert.deepEqual(updated["previous"], [{ identity: hub.identity, path }]);
    // Back again: the name is in use.
    const back = await process.update(id, updated, preparationInputs());
    assert.deepEqual(back["previous"], [{ identity: hub.identity, path: path.replace("cluster-2", "cluster-3") }]);
  });
});
