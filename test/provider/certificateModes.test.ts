import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createHubCertificates } from "../sandbox/relay";
import { agentDeployment } from "../support/remoteObjects";
import { failureOf, later, podsPath, proofWorld, readyPod } from "./proofWorld";
import { certificatePath, clientSecret, deploymentPath, has, hubCertificates, tokenPath } from "./world";

const provided = {
  certificate: "provided",
  rootCertificate: "",
  removeToken: false,
  removeOnDelete: false,
  bootstraps: 0,
  tokenWrittenAt: "",
} as const;

describe("a client certificate that the user provides", () => {
  test("is accepted as cert-manager makes it: type, common name and a bundle in ca.crt; nothing is written or deleted", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    const bundle = (await createHubCertificates()).root.certificatePem + (await hubCertificates()).root.certificatePem;
    const secret = await clientSecret({ commonName: "enterprise-networking-ca", caPem: bundle });
    remote.store.put(certificatePath, { ...secret, type: "kubernetes.io/tls" });
    const { outs } = await process.create(certificateInputs(provided));
    assert.deepEqual([outs["proof"], outs["dnsNames"]], ["agent", ["cluster-2"]]);
    assert.ok(has(remote, tokenPath), "a token that is there is not its business");
    assert.deepEqual(
      remote.writes.filter(({ path }) => path === certificatePath || path === tokenPath),
      [],
    );
  });

  test("is waited for, and the agent that started before it is restarted once", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(`${podsPath}/early`, readyPod(undefined, "2001-01-01T00:00:00Z"));
    remote.store.put(`${podsPath}/late`, readyPod(undefined, later));
    const proving = process.create(certificateInputs(provided));
    const reported = (words: string) =>
      remote.until(() => new RegExp(`^cluster-2 \\d+/60 s: ${words}$`, "m").test(process.output));
    await reported("waiting for the Secret gloo-mesh/relay-client-tls-secret");
    remote.store.put(certificatePath, await clientSecret({ dnsNames: ["cluster-9"] }));
    await reported("not acceptable: the certificate is for cluster-9");
    remote.store.put(certificatePath, await clientSecret());
    assert.equal((await proving).outs["proof"], "agent");
    assert.deepEqual([has(remote, `${podsPath}/early`), has(remote, `${podsPath}/late`)], [false, true]);
    const restarted =
      "cluster-2: restarted the agent, which started before the provided certificate existed and reads it only at start";
    assert.equal(process.output.split(restarted).length, 2);
  });

  test("restarts an agent that started before the content changed, by the API server's notes", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    const pod = (startedAt: string) => ({
      metadata: { labels: { app: "enterprise-agent" }, creationTimestamp: "2001-01-01T00:00:00Z" },
      status: {
        conditions: [{ type: "Ready", status: "True" }],
        containerStatuses: [{ name: "enterprise-agent", restartCount: 0, state: { running: { startedAt } } }],
      },
    });
    remote.store.put(`${podsPath}/before`, pod("2010-01-01T00:00:00Z"));
    remote.store.put(`${podsPath}/after`, pod("2030-01-01T00:00:00Z"));
    remote.store.put(certificatePath, {
      ...(await clientSecret()),
      metadata: {
        creationTimestamp: "2005-01-01T00:00:00Z",
        managedFields: [
          { time: "2020-01-01T00:00:00Z", fieldsV1: { "f:data": {} } },
          { time: "2040-01-01T00:00:00Z", fieldsV1: { "f:metadata": {} } },
        ],
      },
    });
    await process.create(certificateInputs(provided));
    assert.deepEqual([has(remote, `${podsPath}/before`), has(remote, `${podsPath}/after`)], [false, true]);
  });

  test("GMR501: it is missing", async (context) => {
    const { process, certificateInputs } = await proofWorld(context);
    const { message } = await failureOf(process.create(certificateInputs({ ...provided, timeoutSeconds: 2 })));
    assert.match(
      message,
      /^GMR501 The relay agent got no client certificate within 2 s — .* — the Secret gloo-mesh\/relay-client-tls-secret, which must be provided, does not exist.* — check what must create it; with cert-manager: kubectl --kubeconfig \S+ --context remote -n gloo-mesh describe certificates\.cert-manager\.io; then run pulumi up again/,
    );
  });

  test("GMR502: it stays bad, and is left as it is", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(certificatePath, await clientSecret({ dnsNames: ["cluster-9"] }));
    const { message } = await failureOf(process.create(certificateInputs({ ...provided, timeoutSeconds: 2 })));
    assert.match(
      message,
      /^GMR502 The client certificate is not acceptable: the certificate is for cluster-9 within 2 s — .* is provided, so this registration does not reissue it.* — replace it by one with tls\.crt for the DNS name cluster-2/,
    );
    assert.ok(has(remote, certificatePath));
  });

  test("renewed it is no change, and a refresh follows it; bad, it is a reason of the checks", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    const inputs = certificateInputs(provided);
    remote.store.put(certificatePath, await clientSecret());
    const { id, outs } = await process.create(inputs);
    remote.store.put(certificatePath, await clientSecret());
    assert.equal((await process.diff(id, outs, inputs)).changes, false);
    assert.notEqual((await process.read(id, outs)).props["fingerprint"], outs["fingerprint"]);
    const reason = "certificate-not-acceptable: Secret gloo-mesh/relay-client: tls.key does not belong to tls.crt";
    assert.equal((await process.diff(id, outs, { ...inputs, reason })).changes, true);
  });
});

describe("a relay without TLS", () => {
  const none = { ...provided, certificate: "none" } as const;

  test("is proven by the agent alone: no fact of a certificate, and no Secret of it is touched", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    const inputs = certificateInputs(none);
    const { id, outs } = await process.create(inputs);
    assert.equal(outs["proof"], "agent");
    for (const key of ["fingerprint", "serialNumber", "issuer", "notBefore", "notAfter"])
      assert.equal(outs[key], "", key);
    assert.deepEqual(outs["dnsNames"], []);
    assert.equal((await process.diff(id, outs, inputs)).changes, false);
    assert.equal((await process.read(id, outs)).props["fingerprint"], "");
    const touched = remote.requests.filter(
      ({ path, query }) => path === certificatePath || query.get("fieldSelector")?.includes("relay-client"),
    );
    assert.deepEqual(touched, []);
  });

  test("GMR503: the agent is not available", async (context) => {
    const { remote, process, certificateInputs } = await proofWorld(context);
    remote.store.put(deploymentPath, agentDeployment(false));
    const { message } = await failureOf(process.create(certificateInputs({ ...none, timeoutSeconds: 1 })));
    assert.match(message, /^GMR503 The relay agent is not available within 1 s — /);
  });
});
