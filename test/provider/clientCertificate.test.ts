import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { Secret } from "../../components/kubernetes/objects";
import { type FakeKubeApi, secret, status } from "../support/fakeKubeApi";
import { agentDeployment, helmRevision } from "../support/remoteObjects";
import { failureOf, later, proofWorld, putCrashingPod, watching } from "./proofWorld";
import {
  certificatePath,
  clientSecret,
  deploymentPath,
  has,
  namespacePath,
  registrationAnnotation,
  revisionPath,
  tokenPath,
} from "./world";

/** Lists of the Secret by its name; those of the Helm release have another selector. */
const listed = (remote: FakeKubeApi) =>
  remote.requests.filter(
    ({ verb, query }) => verb === "list" && query.get("fieldSelector") === "metadata.name=relay-client-tls-secret",
  ).length;

describe("the wait for the client certificate", () => {
  test("ends when the agent writes it: facts as outputs, token removed, nothing secret reported", async (context) => {
    const { remote, hub, token, process, certificateInputs } = await proofWorld(context);
    const proving = process.create(certificateInputs());
    await watching(remote);
    const written = (await clientSecret()) as Secret;
    remote.store.put(certificatePath, written);
    const { id, outs } = await proving;

    assert.equal(id, `${remote.identity}/gloo-mesh/relay-client-tls-secret`);
    assert.equal(outs["proof"], "agent");
    assert.deepEqual(outs["dnsNames"], ["cluster-2"]);
    assert.match(String(outs["fingerprint"]), /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    for (const key of ["serialNumber", "issuer", "notBefore", "notAfter"]) assert.ok(outs[key], key);
    assert.equal(typeof outs["tokenExposureSeconds"], "number");
    const seconds = outs["seconds"] as Readonly<Record<string, number>>;
    assert.deepEqual(Object.keys(seconds).sort(), ["agent", "certificate", "connection", "token"]);
    assert.ok(Object.values(seconds).every((one) => one >= 0 && one < 60));
    assert.equal(seconds["connection"], 0);
    const [client, ...issuers] = outs["certificates"] as { kind: string; fingerprint: string; where: string }[];
    assert.deepEqual([client?.kind, client?.fingerprint], ["client", outs["fingerprint"]]);
    assert.equal(client?.where, "cluster cluster-2, Secret gloo-mesh/relay-client-tls-secret");
    assert.ok(issuers.length > 0 && issuers.every(({ kind }) => kind === "root" || kind === "intermediate"));
    assert.ok(!has(remote, tokenPath));
    const output = JSON.stringify(outs) + process.output;
    const key = written.data?.["tls.key"] ?? "";
    for (const hidden of [token, key.slice(0, 60), "PRIVATE KEY", hub.bearer, remote.bearer])
      assert.ok(!output.includes(hidden));
  });

  test("looks at the management cluster through one client, and reads its identity once", async (context) => {
    const { remote, hub, process, certificateInputs } = await proofWorld(context);
    putCrashingPod(remote, "10s");
    const proving = process.create(certificateInputs());
    await hub.until(() => hub.count("get", "/deployments/enterprise-networking") === 2);
    assert.equal(hub.count("get", "/namespaces/kube-system"), 1);
    remote.store.put(certificatePath, await clientSecret());
    await proving;
  });

  test("names the current context in the commands of its messages, which the reader may change", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.remove(deploymentPath);
    const { kubeconfig } = remote.access;
    const { message } = await failureOf(
      process.create(certificateInputs({ remote: { kubeconfig }, timeoutSeconds: 5 })),
    );
    assert.match(
      message,
      /^GMR501 .*helm --kubeconfig \S+ --kube-context remote -n gloo-mesh uninstall enterprise-agent/,
    );
  });

  test("learns of the Secret from the watch: no second list is asked for", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    const proving = process.create(certificateInputs());
    await watching(remote);
    remote.store.put(certificatePath, await clientSecret());
    await proving;
    assert.equal(listed(remote), 1);
  });

  test("needs no watch when the certificate is there", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(certificatePath, await clientSecret());
    await process.create(certificateInputs());
    assert.equal(remote.count("watch", "/secrets"), 0);
  });

  test("does not end with wrong certificates, reports the one that stays, and ends with the good one", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    const proving = process.create(certificateInputs());
    await watching(remote);
    const good = (await clientSecret()) as Secret;
    const wrong = await clientSecret({ mismatchedKey: true });
    remote.store.put(certificatePath, secret({ "tls.crt": "" }));
    remote.store.put(certificatePath, wrong);
    remote.store.put(certificatePath, {
      ...wrong,
      type: "kubernetes.io/tls",
    });
    const line = /^cluster-2 \d+\/\d+ s: not acceptable: tls\.key does not belong to tls\.crt$/m;
    await remote.until(() => line.test(process.output));
    remote.store.put(certificatePath, good);
    await proving;
    assert.doesNotMatch(process.output, /the Secret lacks/);
  });

  test("continues until the agent is available, and only then removes the token", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(deploymentPath, agentDeployment(false));
    const proving = process.create(certificateInputs());
    remote.store.put(certificatePath, await clientSecret());
    await remote.until(() => remote.count("watch", "/deployments") === 1);
    assert.ok(has(remote, tokenPath));
    remote.store.put(deploymentPath, agentDeployment(true));
    await proving;
    assert.ok(!has(remote, tokenPath));
  });

  for (const how of ["end", "reset"] as const) {
    test(`survives a watch that is cut (${how})`, async (context) => {
      const { remote, process, certificateInputs } = await proofWorld(context);
      const proving = process.create(certificateInputs());
      await watching(remote);
      remote.cutWatches(how);
      await watching(remote, 2);
      remote.store.put(certificatePath, await clientSecret());
      assert.equal((await proving).outs["proof"], "agent");
    });
  }

  test("survives a resource version that is too old, reported in the stream and as an answer", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    const proving = process.create(certificateInputs());
    await watching(remote);
    remote.tellWatches({ type: "ERROR", object: status(410, "Expired").body });
    await watching(remote, 2);
    let refused = 0;
    remote.intervene = ({ verb }) => (verb === "watch" && refused++ === 0 ? status(410, "Expired", "x") : undefined);
    remote.cutWatches("end");
    await watching(remote, 4);
    remote.store.put(certificatePath, await clientSecret());
    assert.equal((await proving).outs["proof"], "agent");
  });

  test("survives an API server that fails for a while", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    const proving = process.create(certificateInputs());
    await watching(remote);
    let failures = 0;
    remote.intervene = ({ verb }) =>
      verb === "list" && failures++ < 2 ? status(503, "ServiceUnavailable") : undefined;
    remote.cutWatches("end");
    await watching(remote, 2);
    remote.store.put(certificatePath, await clientSecret());
    assert.equal((await proving).outs["proof"], "agent");
  });

  test("ends at once when the credentials are taken away", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    const proving = failureOf(process.create(certificateInputs()));
    await watching(remote);
    remote.intervene = () => status(401, "Unauthorized");
    remote.cutWatches("end");
    assert.match((await proving).message, /^GMR115 /);
  });
});

describe("a wait that fails", () => {
  test("GMR501: at the limit it is kept with id and inputs, and the next run resumes it", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    const inputs = certificateInputs({ timeoutSeconds: 1 });
    const failure = await failureOf(process.create(inputs));
    assert.match(failure.message, /^GMR501 The relay agent got no client certificate within 1 s/);
    assert.deepEqual(failure.reasons, [failure.message]);
    assert.equal(failure.properties?.["clusterName"], "cluster-2");
    assert.ok(has(remote, tokenPath));
    remote.store.put(certificatePath, await clientSecret());
    const updated = await process.update(failure.id ?? "", failure.properties ?? {}, certificateInputs());
    assert.equal(updated["proof"], "agent");
    assert.ok(!has(remote, tokenPath));
  });

  test("GMR502: a certificate that stays wrong is the reason", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    const failing = failureOf(process.create(certificateInputs({ timeoutSeconds: 3 })));
    await watching(remote);
    remote.store.put(certificatePath, await clientSecret({ mismatchedKey: true }));
    const failure = await failing;
    assert.match(
      failure.message,
      /^GMR502 The client certificate is not acceptable: tls\.key does not belong to tls\.crt/,
    );
    assert.ok(has(remote, tokenPath));
  });

  test("GMR503: an agent that is not available is the reason", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(certificatePath, await clientSecret());
    remote.store.put(deploymentPath, agentDeployment(false));
    assert.match((await failureOf(process.create(certificateInputs({ timeoutSeconds: 1 })))).message, /^GMR503 /);
    assert.ok(has(remote, tokenPath));
  });

  test("GMR504: a release that Helm does not call deployed", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(revisionPath(2), helmRevision({ status: "failed", revision: 2, mark: "x" }));
    assert.match((await failureOf(process.create(certificateInputs()))).message, /^GMR504 .* is failed/);
    remote.store.remove(revisionPath(1));
    remote.store.remove(revisionPath(2));
    assert.match(
      (await failureOf(process.create(certificateInputs()))).message,
      /^GMR504 The Helm release enterprise-agent does not exist — .* — somebody changed or removed it outside Pulumi — run: pulumi up --refresh/,
    );
  });

  test("GMR505: a token that does not go away", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(certificatePath, await clientSecret());
    const finalizer = { status: 200, body: {} };
    remote.intervene = ({ verb, path }) => (verb === "delete" && path === tokenPath ? finalizer : undefined);
    assert.match((await failureOf(process.create(certificateInputs()))).message, /^GMR505 /);
  });

  test("GMR505: an API server that falls silent during the token's removal is the cause, and no agent", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(certificatePath, await clientSecret());
    remote.intervene = ({ path }) => (path === tokenPath ? "hang" : undefined);
    const failure = await failureOf(process.create(certificateInputs({ timeoutSeconds: 4 })));
    assert.match(
      failure.message,
      /^GMR505 The bootstrap token could not be found and removed in time — .*, Secret gloo-mesh\/relay-identity-token-secret — the API server does not answer — .*run pulumi up again, which removes it/,
    );
    remote.intervene = () => undefined;
    const inputs = certificateInputs();
    assert.equal((await process.update(failure.id ?? "", failure.properties ?? {}, inputs))["proof"], "agent");
    assert.ok(!has(remote, tokenPath));
  });

  test("is proven when the API server fails for a moment as the token is removed", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(certificatePath, await clientSecret());
    let failures = 0;
    remote.intervene = ({ verb, path }) => {
      if (verb !== "delete" || path !== tokenPath || failures > 0) return undefined;
      failures += 1;
      return "close";
    };
    const { outs } = await process.create(certificateInputs());
    assert.deepEqual([outs["proof"], failures, has(remote, tokenPath)], ["agent", 1, false]);
  });

  test("GMR310: another cluster is not touched", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    const failure = await failureOf(process.create(certificateInputs({ remoteIdentity: "another" })));
    assert.match(failure.message, /^GMR310 /);
    assert.deepEqual(remote.writes, []);
  });

  test("an API server that never answers is reported with a code when the limit is short", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.intervene = () => "hang";
    assert.match((await failureOf(process.create(certificateInputs({ timeoutSeconds: 1 })))).message, /^GMR\d{3} /);
  });

  test("reports the cause from the agent's log, masked", async (context) => {
    const { remote, token, process, certificateInputs } = await proofWorld(context);
    const pod = `${namespacePath}/pods/agent-1`;
    remote.store.put(pod, {
      metadata: { labels: { app: "enterprise-agent" }, creationTimestamp: later },
      status: { containerStatuses: [{ name: "agent", ready: false, restartCount: 0, state: { running: {} } }] },
    });
    const line = `rpc error: code = Unauthenticated desc = token ${token} rejected`;
    remote.intervene = ({ path }) => (path.endsWith("/log") ? { status: 200, body: `${line}\n` } : undefined);
    const proving = process.create(certificateInputs());
    const cause = /^cluster-2 \d+\/\d+ s: token-rejected: Unauthenticated: token token-\*\*\* rejected$/m;
    await remote.until(() => cause.test(process.output));
    remote.store.put(certificatePath, await clientSecret());
    await proving;
    assert.ok(!process.output.includes(token.slice(6)));
  });
});

describe("an agent that has to bootstrap again", () => {
  const pods = `${namespacePath}/pods`;
  const pod = (app: string, creationTimestamp: string) => ({ metadata: { labels: { app }, creationTimestamp } });

  /** Runs the operation until it waits, and then lets the agent get its certificate. */
  async function proving(remote: FakeKubeApi, operation: Promise<unknown>): Promise<void> {
    await watching(remote);
    remote.store.put(certificatePath, await clientSecret());
    await operation;
  }

  test("loses a bad certificate and is restarted, all its pods and no others", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(certificatePath, await clientSecret({ dnsNames: ["former-name"] }));
    for (const name of ["agent-1", "agent-2"]) remote.store.put(`${pods}/${name}`, pod("enterprise-agent", later));
    remote.store.put(`${pods}/other`, pod("other", later));
    await proving(remote, process.create(certificateInputs()));
    assert.deepEqual(
      ["agent-1", "agent-2", "other"].map((name) => has(remote, `${pods}/${name}`)),
      [false, false, true],
    );
    assert.match(process.output, /removing an unusable client certificate: the certificate is for former-name/);
  });

  test("is restarted when it started before the token was written, and only then", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(`${pods}/before`, pod("enterprise-agent", "2001-01-01T00:00:00Z"));
    remote.store.put(`${pods}/after`, pod("enterprise-agent", later));
    await proving(remote, process.create(certificateInputs()));
    assert.deepEqual([has(remote, `${pods}/before`), has(remote, `${pods}/after`)], [false, true]);
  });

  test("is restarted where the token is retained, once the registration exists", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    const inputs = certificateInputs({ removeToken: false, tokenWrittenAt: "" });
    remote.store.put(`${pods}/agent-1`, pod("enterprise-agent", later));
    await proving(remote, process.create(inputs));
    assert.ok(has(remote, `${pods}/agent-1`), "a new one needs no restart");
    remote.store.remove(certificatePath);
    const updating = process.update("id", inputs, inputs);
    await watching(remote, 2);
    remote.store.put(certificatePath, await clientSecret());
    await updating;
    assert.ok(!has(remote, `${pods}/agent-1`));
  });

  test("keeps its bad certificate on the management cluster itself, where nothing is deleted", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(certificatePath, await clientSecret({ dnsNames: ["former-name"] }));
    const inputs = certificateInputs({ removeToken: false, removeOnDelete: false, tokenWrittenAt: "" });
    await proving(remote, process.create(inputs));
    assert.deepEqual(
      remote.writes.filter(({ verb }) => verb === "delete"),
      [],
    );
  });
});

describe("diff, read and delete", () => {
  async function proven(context: TestContext) {
    const found = await proofWorld(context);
    found.remote.store.put(certificatePath, await clientSecret());
    const inputs = found.certificateInputs();
    const { id, outs } = await found.process.create(inputs);
    return { ...found, inputs, id, outs };
  }

  test("a proven registration has no changes, and proves again after a new release or bootstrap", async (context) => {
    const { process, inputs, id, outs } = await proven(context);
    assert.deepEqual(await process.diff(id, outs, inputs), { changes: false, replaces: [] });
    assert.equal((await process.diff(id, outs, { ...inputs, releaseRevision: 2 })).changes, true);
    assert.equal((await process.diff(id, outs, { ...inputs, kubernetesClusterUid: "a81d" })).changes, true);
    assert.equal((await process.diff(id, outs, { ...inputs, bootstraps: 2 })).changes, true);
  });

  test("a proof that failed is made again, also after a refresh has taken the failure out of the state", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(certificatePath, await clientSecret());
    remote.store.put(deploymentPath, agentDeployment(false));
    const inputs = certificateInputs({ timeoutSeconds: 1 });
    const { id = "", properties = {} } = await failureOf(process.create(inputs));
    const refreshed = await process.read(id, properties);
    assert.equal((await process.diff(id, refreshed.props ?? {}, inputs)).changes, true);
  });

  test("a reason of the checks has it proven again, without a request of the diff", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(certificatePath, await clientSecret());
    const inputs = certificateInputs({ removeToken: false });
    const { id, outs } = await process.create(inputs);
    assert.ok(has(remote, tokenPath));
    const before = remote.requests.length;
    assert.equal((await process.diff(id, outs, inputs)).changes, false);
    const reason = "certificate-missing: Secret gloo-mesh/relay-client-tls-secret does not exist";
    assert.equal((await process.diff(id, outs, { ...inputs, reason })).changes, true);
    assert.equal((await process.diff(id, { ...outs, reason }, inputs)).changes, false);
    assert.equal(remote.requests.length, before);
  });

  test("where the token is retained, an update removes a bad certificate and has the agent begin again", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(certificatePath, await clientSecret());
    const inputs = certificateInputs({ removeToken: false });
    const { id, outs } = await process.create(inputs);
    const pod = `${namespacePath}/pods/agent-1`;
    remote.store.put(pod, { metadata: { labels: { app: "enterprise-agent" } } });
    remote.store.put(certificatePath, await clientSecret({ dnsNames: ["cluster-9"] }));
    const updating = process.update(id, outs, inputs);
    await watching(remote);
    assert.deepEqual([has(remote, certificatePath), has(remote, pod), has(remote, tokenPath)], [false, false, true]);
    remote.store.put(certificatePath, await clientSecret());
    assert.equal((await updating)["proof"], "agent");
    assert.ok(has(remote, tokenPath));
  });

  test("GMR310: another cluster behind the same context", async (context) => {
    const { process, inputs, id, outs } = await proven(context);
    await assert.rejects(process.diff(id, outs, { ...inputs, remoteIdentity: "another" }), /GMR310 /);
  });

  test("read follows a renewed certificate", async (context) => {
    const { remote, process, id, outs } = await proven(context);
    remote.store.put(certificatePath, await clientSecret());
    const { props } = await process.read(id, outs);
    assert.notEqual(props["fingerprint"], outs["fingerprint"]);
    assert.equal((props["certificates"] as { fingerprint: string }[])[0]?.fingerprint, props["fingerprint"]);
    await assert.rejects(process.read(id, { ...outs, remoteIdentity: "another" }), /GMR310 /);
    remote.store.remove(namespacePath);
    assert.equal((await process.read(id, { ...outs, remoteIdentity: "another" })).id, "");
  });

  test("marks the release as recorded, and leaves foreign tokens", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(tokenPath, secret({ token: "x" }, { [registrationAnnotation]: "other" }));
    remote.store.put(certificatePath, await clientSecret());
    await process.create(certificateInputs());
    assert.ok(has(remote, tokenPath));
    assert.equal(remote.store.get(revisionPath(1))?.metadata.labels?.["gloo-mesh-relay-registration/recorded"], "true");
  });

  /** The state after a run that could not yet remove what the agent used before. */
  const formerSecrets = [{ name: "relay-client-tls-secret", namespace: "gloo-mesh", clusterName: "cluster-2" }];

  test("delete leaves the agent's Secret to the deregistration, and removes one that the agent used before", async (context) => {
    const { remote, process, id, outs } = await proven(context);
    await process.delete(id, outs);
    assert.ok(has(remote, certificatePath));
    await process.delete(id, { ...outs, formerSecrets });
    assert.ok(!has(remote, certificatePath));
    await process.delete(id, { ...outs, formerSecrets });
  });

  test("delete leaves the Secret of an agent that another registration has installed under the same name", async (context) => {
    const { remote, process, id, outs } = await proven(context);
    remote.store.put(revisionPath(1), helmRevision({ status: "deployed", mark: "project/other/cluster-2" }));
    await assert.rejects(process.delete(id, { ...outs, formerSecrets }), /GMR606 /);
    // A hand-over uninstalls nothing, and needs no refusal.
    await process.delete(id, { ...outs, formerSecrets, leaveRunning: true });
    assert.ok(has(remote, certificatePath));
  });

  test("delete leaves a Secret that names another cluster", async (context) => {
    const { remote, process, id, outs } = await proven(context);
    remote.store.put(certificatePath, await clientSecret({ dnsNames: ["cluster-9"] }));
    await process.delete(id, { ...outs, formerSecrets });
    assert.ok(has(remote, certificatePath));
  });

  test("GMR310: delete ends the whole leaving at another cluster behind the same context", async (context) => {
    const { remote, process, id, outs } = await proven(context);
    const before = remote.writes.length;
    await assert.rejects(process.delete(id, { ...outs, remoteIdentity: "another" }), /GMR310 /);
    await assert.rejects(process.delete(id, { ...outs, managementIdentity: "another" }), /GMR310 /);
    assert.ok(has(remote, certificatePath));
    assert.equal(remote.writes.length, before);
  });

  test("delete leaves the Secret with self-registration", async (context) => {
    const { remote, process, id, outs } = await proven(context);
    await process.delete(id, { ...outs, removeOnDelete: false });
    assert.ok(has(remote, certificatePath));
  });
});
