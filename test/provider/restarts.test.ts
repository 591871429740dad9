import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createClientSecretData, createHubCertificates } from "../sandbox/relay";
import { type FakeKubeApi, type Intervention, secret, type Verb } from "../support/fakeKubeApi";
import { agentDeployment, helmRevision } from "../support/remoteObjects";
import {
  failureOf,
  later,
  podLabels,
  podsPath,
  proofWorld,
  putCrashingPod,
  readyPod,
  replicaSetsPath,
  rollOut,
  watching,
} from "./proofWorld";
import {
  certificatePath,
  clientSecret,
  deploymentPath,
  has,
  hubCertificates,
  mark,
  revisionPath,
  tokenPath,
} from "./world";

const nudged =
  /cluster-2: restarted the agent once, which was in CrashLoopBackOff \(6 restarts\), because what it needs exists now/g;

describe("an agent in CrashLoopBackOff", () => {
  test("is restarted once when what it needs is there, and not again", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    putCrashingPod(remote, "2m40s");
    const proving = process.create(certificateInputs());
    await remote.until(() =>
      remote.writes.some(({ verb, path }) => verb === "delete" && path === `${podsPath}/crashing`),
    );
    putCrashingPod(remote, "2m40s");
    const looks = remote.count("list", "/pods");
    await remote.until(() => remote.count("list", "/pods") >= looks + 2);
    remote.store.put(certificatePath, await clientSecret());
    await proving;
    assert.equal(process.output.match(nudged)?.length, 1);
    assert.ok(has(remote, `${podsPath}/crashing`));
  });

  test("is left alone while the token is missing, or when its back-off is short", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.remove(tokenPath);
    putCrashingPod(remote, "2m40s");
    const proving = process.create(certificateInputs());
    await remote.until(() => remote.count("get", tokenPath) === 1);
    putCrashingPod(remote, "10s");
    remote.store.put(tokenPath, secret({ token: "x" }));
    await remote.until(() => remote.count("get", tokenPath) === 2);
    remote.store.put(certificatePath, await clientSecret());
    await proving;
    assert.ok(has(remote, `${podsPath}/crashing`));
    assert.doesNotMatch(process.output, nudged);
  });

  test("is restarted with a good certificate that is provided, which needs no token", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(certificatePath, await clientSecret());
    remote.store.put(deploymentPath, agentDeployment(false));
    putCrashingPod(remote, "5m0s");
    const proving = process.create(
      certificateInputs({ certificate: "provided", rootCertificate: "", removeToken: false, removeOnDelete: false }),
    );
    await remote.until(() => remote.writes.some(({ path }) => path === `${podsPath}/crashing`));
    remote.store.put(deploymentPath, agentDeployment(true));
    await proving;
    assert.equal(process.output.match(nudged)?.length, 1);
  });
});

test("a registration whose state was lost, and which has no temporary token, restarts an agent from before its release, and none that came with it", async (context) => {
  const { remote, process, certificateInputs } = await proofWorld(context);
  remote.store.put(revisionPath(1), helmRevision({ status: "deployed", mark, created: new Date(later) }));
  remote.store.put(`${podsPath}/before`, readyPod(undefined, "2001-01-01T00:00:00Z"));
  remote.store.put(`${podsPath}/installed`, readyPod(undefined, later));
  const proving = process.create(certificateInputs({ removeToken: false, tokenWrittenAt: "" }));
  await watching(remote);
  assert.deepEqual([has(remote, `${podsPath}/before`), has(remote, `${podsPath}/installed`)], [false, true]);
  remote.store.put(certificatePath, await clientSecret());
  assert.equal((await proving).outs["proof"], "agent");
  assert.equal(process.output.match(/restarted the agent, which reads its Secrets only at start/g)?.length, 1);
});

describe("a Deployment that rolls out another cluster name", () => {
  test("has its newest pods restarted alone, and is proven when no older one is left", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    rollOut(remote);
    remote.store.put(`${podsPath}/older`, readyPod(podLabels("old"), "2001-01-01T00:00:00Z"));
    remote.store.put(`${podsPath}/newer`, readyPod(podLabels("new"), "2001-01-01T00:00:00Z"));
    remote.store.put(certificatePath, await clientSecret({ dnsNames: ["former-name"] }));
    const proving = process.create(certificateInputs());
    await watching(remote);
    assert.deepEqual([has(remote, `${podsPath}/older`), has(remote, `${podsPath}/newer`)], [true, false]);
    remote.store.put(certificatePath, await clientSecret());
    await remote.until(() => /cluster-2 \d+\/\d+ s: older pods not gone yet: older$/m.test(process.output));
    assert.ok(has(remote, tokenPath));
    remote.store.remove(`${podsPath}/older`);
    // The stand-in for the controllers makes another one of the same kind.
    const made = remote.store.list(podsPath).find(({ metadata }) => metadata.labels?.["pod-template-hash"] === "old");
    const replacement = `${podsPath}/${made?.metadata.name}`;
    remote.store.put(replacement, readyPod(podLabels("new")));
    await proving;
    assert.ok(!has(remote, tokenPath));
  });

  test("GMR503: an older pod that does not go is the reason", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    rollOut(remote);
    const older = readyPod(podLabels("old")) as { metadata: object };
    const metadata = { ...older.metadata, deletionTimestamp: "2001-01-01T00:00:00Z" };
    remote.store.put(`${podsPath}/older`, { ...older, metadata });
    remote.store.put(certificatePath, await clientSecret());
    const { message } = await failureOf(process.create(certificateInputs({ timeoutSeconds: 2 })));
    assert.match(
      message,
      /^GMR503 The client certificate is good, but the older pods of the relay agent are not gone within 2 s — .* — older is being deleted; its node may be lost.* — look at it: kubectl --kubeconfig \S+ --context remote -n gloo-mesh get pods -l app=enterprise-agent -o wide/,
    );
  });

  test("is proven beside an evicted pod of the earlier revision, which no controller takes away", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    rollOut(remote);
    const evicted = { phase: "Failed", reason: "Evicted" };
    remote.store.put(`${podsPath}/evicted`, { ...readyPod(podLabels("old")), status: evicted });
    remote.store.put(`${podsPath}/newer`, readyPod(podLabels("new")));
    remote.store.put(certificatePath, await clientSecret());
    assert.equal((await process.create(certificateInputs())).outs["proof"], "agent");
    assert.ok(has(remote, `${podsPath}/evicted`));
  });

  test("removes certificates of the previous name that are stored during the wait, twice, and no good one", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    rollOut(remote);
    remote.store.put(`${podsPath}/newer`, readyPod(podLabels("new"), later));
    const former = await clientSecret({ dnsNames: ["former-name"] });
    const proving = process.create(certificateInputs());
    for (const time of [1, 2, 3]) {
      await watching(remote, time);
      remote.store.put(certificatePath, former);
    }
    await remote.until(() => process.output.includes("not acceptable: the certificate is for former-name"));
    assert.ok(has(remote, certificatePath), "the third is left for a person to see");
    remote.store.put(certificatePath, await clientSecret());
    await proving;
    const removed =
      /cluster-2: removing a client certificate that was stored during the wait: the certificate is for former-name/g;
    assert.equal(process.output.match(removed)?.length, 2);
    assert.equal(
      process.output.match(/cluster-2: restarted the agent, which reads its Secrets only at start/g)?.length,
      2,
    );
    assert.ok(has(remote, certificatePath));
  });

  test("keeps a good certificate that took the place of a bad one before it was removed", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(certificatePath, await clientSecret({ dnsNames: ["former-name"] }));
    const good = await clientSecret();
    remote.intervene = ({ verb, path }) => {
      if (verb === "delete" && path === certificatePath) remote.store.put(certificatePath, good);
      return undefined;
    };
    await process.create(certificateInputs());
    assert.ok(has(remote, certificatePath));
  });
});

describe("an API server that fails for a moment", () => {
  const broken: Intervention = { status: 500, body: { kind: "Status", message: "etcdserver: leader changed" } };

  /** Answers a request of this kind so for one time, after it has been let through as often as that. */
  function failOnce(remote: FakeKubeApi, verb: Verb, path: string, how: Intervention, before = 0): () => boolean {
    let seen = 0;
    remote.intervene = (request) => {
      if (request.verb !== verb || request.path !== path) return undefined;
      seen += 1;
      return seen === before + 1 ? how : undefined;
    };
    return () => seen > before;
  }

  test("is waited out while an older pod is left", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    rollOut(remote);
    remote.store.put(`${podsPath}/newer`, readyPod(podLabels("new")));
    remote.store.put(`${podsPath}/older`, readyPod(podLabels("old")));
    remote.store.put(certificatePath, await clientSecret());
    const hasFailed = failOnce(remote, "list", replicaSetsPath, broken, 1);
    const proving = process.create(certificateInputs());
    await remote.until(hasFailed);
    remote.store.put(`${podsPath}/older`, { ...readyPod(podLabels("old")), status: { phase: "Succeeded" } });
    assert.equal((await proving).outs["proof"], "agent");
  });

  test("is waited out when the certificate is read for the last time", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(certificatePath, await clientSecret());
    const hasFailed = failOnce(remote, "get", certificatePath, "close");
    assert.equal((await process.create(certificateInputs())).outs["proof"], "agent");
    assert.ok(hasFailed());
  });

  for (const [what, verb, path, how] of [
    ["looked at", "list", podsPath, broken],
    ["deleted", "delete", `${podsPath}/early`, "close"],
  ] as const) {
    test(`is waited out when a pod that is to be restarted is ${what}`, async (context) => {
      const { remote, process, certificateInputs } = await proofWorld(context);
      remote.store.put(`${podsPath}/early`, readyPod(undefined, "2001-01-01T00:00:00Z"));
      const hasFailed = failOnce(remote, verb, path, how);
      const proving = process.create(certificateInputs());
      await watching(remote);
      remote.store.put(certificatePath, await clientSecret());
      assert.equal((await proving).outs["proof"], "agent");
      assert.deepEqual([hasFailed(), has(remote, `${podsPath}/early`)], [true, false]);
      assert.equal(process.output.match(/restarted the agent/g)?.length, 1);
    });
  }
});

describe("a release that someone else deleted", () => {
  const reason = "release-missing: the agent's Helm release is not installed";

  test("restored under the same revision is proven again, and recorded", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(certificatePath, await clientSecret());
    const inputs = certificateInputs();
    const { id, outs } = await process.create(inputs);
    remote.store.put(revisionPath(1), helmRevision({ status: "deployed", mark }));
    assert.equal((await process.diff(id, outs, { ...inputs, reason })).changes, true);
    const updated = await process.update(id, outs, { ...inputs, reason });
    assert.equal(updated["proof"], "agent");
    const recorded = "gloo-mesh-relay-registration/recorded";
    assert.equal(remote.store.get(revisionPath(1))?.metadata.labels?.[recorded], "true");
  });

  test("is left to a refresh: a plain run keeps the earlier proof, and the reason for the next", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(certificatePath, await clientSecret());
    const inputs = certificateInputs();
    const { id, outs } = await process.create(inputs);
    remote.store.remove(revisionPath(1));
    const writes = remote.writes.length;
    const kept = await process.update(id, outs, { ...inputs, reason });
    assert.deepEqual(kept, { ...outs, reason });
    assert.equal(remote.writes.length, writes);
    assert.equal((await process.diff(id, kept, { ...inputs, reason })).changes, true);
  });

  test("GMR504: is an error where another change needs the proof", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(certificatePath, await clientSecret());
    const { id, outs } = await process.create(certificateInputs());
    remote.store.remove(revisionPath(1));
    const failure = await failureOf(
      process.update(id, outs, certificateInputs({ reason, kubernetesClusterUid: "new" })),
    );
    assert.match(failure.message, /^GMR504 /);
  });
});

describe("a root CA that is replaced on the management cluster", () => {
  const bundle = async () => {
    const next = await createHubCertificates();
    return { next, both: (await hubCertificates()).root.certificatePem + next.root.certificatePem };
  };

  test("old to old and new, as the ca.crt beside it is already: the certificate stays, and the agent is restarted once, even if the run before failed", async (context) => {
    const { remote, process, certificateInputs, rootCertificate } = await proofWorld(context);
    const { both } = await bundle();
    remote.store.put(certificatePath, await clientSecret({ caPem: both }));
    const { id, outs } = await process.create(certificateInputs());
    const inputs = certificateInputs({ rootCertificate: both });
    const failure = await failureOf(process.update(id, outs, { ...inputs, releaseName: "gone" }));
    assert.match(failure.message, /^GMR504 /);
    assert.equal(failure.properties?.["rootCertificate"], rootCertificate, "the agent still trusts the old one alone");
    remote.store.put(`${podsPath}/agent-1`, readyPod());
    const updated = await process.update(id, failure.properties ?? {}, inputs);
    assert.equal(updated["fingerprint"], outs["fingerprint"]);
    assert.ok(!has(remote, `${podsPath}/agent-1`));
    assert.equal(process.output.match(/restarted the agent, which reads its Secrets only at start/g)?.length, 1);
    assert.equal((await process.diff(id, updated, inputs)).changes, false);
  });

  test("both to the new one alone: a certificate of the old is removed and reissued", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    const { next, both } = await bundle();
    remote.store.put(certificatePath, await clientSecret());
    const { id, outs } = await process.create(certificateInputs({ rootCertificate: both }));
    remote.store.put(`${podsPath}/agent-1`, readyPod());
    const updating = process.update(id, outs, certificateInputs({ rootCertificate: next.root.certificatePem }));
    await watching(remote);
    assert.deepEqual([has(remote, certificatePath), has(remote, `${podsPath}/agent-1`)], [false, false]);
    remote.store.put(
      certificatePath,
      secret({ ...(await createClientSecretData(next, { clusterName: "cluster-2" })) }),
    );
    assert.notEqual((await updating)["fingerprint"], outs["fingerprint"]);
  });

  test("both to the new one alone: a certificate of the new one stays", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    const { next, both } = await bundle();
    remote.store.put(
      certificatePath,
      secret({ ...(await createClientSecretData(next, { clusterName: "cluster-2" })) }),
    );
    const { id, outs } = await process.create(certificateInputs({ rootCertificate: both }));
    const updated = await process.update(id, outs, certificateInputs({ rootCertificate: next.root.certificatePem }));
    assert.equal(updated["fingerprint"], outs["fingerprint"]);
  });
});

describe("a client Secret at another place", () => {
  const elsewhere = { name: "another-client-secret", namespace: "gloo-mesh" };
  const otherPath = certificatePath.replace("relay-client-tls-secret", elsewhere.name);
  const removed = "cluster-2: removed the client certificate at its previous place (gloo-mesh/relay-client-tls-secret)";

  test("is removed at its previous place when the proof has succeeded at the new one, even if that takes two runs", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(certificatePath, await clientSecret());
    const { id, outs } = await process.create(certificateInputs());
    const inputs = certificateInputs({ clientSecret: elsewhere, timeoutSeconds: 2 });
    const failure = await failureOf(process.update(id, outs, inputs));
    assert.match(failure.message, /^GMR501 /);
    assert.ok(has(remote, certificatePath));
    remote.store.put(otherPath, await clientSecret());
    await process.update(id, failure.properties ?? {}, certificateInputs({ clientSecret: elsewhere }));
    assert.deepEqual([has(remote, certificatePath), has(remote, otherPath)], [false, true]);
    assert.ok(process.output.includes(removed));
  });

  test("is not removed there when it was the user's, or names another cluster", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(otherPath, await clientSecret());
    remote.store.put(certificatePath, await clientSecret({ dnsNames: ["cluster-9"] }));
    const news = certificateInputs({ clientSecret: elsewhere });
    await process.update("id", certificateInputs({ removeOnDelete: false }), news);
    await process.update("id", certificateInputs(), news);
    assert.ok(has(remote, certificatePath));
    assert.ok(!process.output.includes(removed));
  });
});
