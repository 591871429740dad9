import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { createClientSecretData, createHubCertificates, type HubCertificates } from "../sandbox/relay";
import { DynamicProvider } from "../support/dynamicProvider";
import { secret } from "../support/fakeKubeApi";
import { failureOf, later, podsPath, proofWorld, readyPod, watching } from "./proofWorld";
import { certificatePath, clientSecret, has, hubCertificates, tokenPath } from "./world";

// A good certificate that is reissued all the same.

const lacking =
  /cluster-2: removing a good client certificate to have it reissued: the ca\.crt beside it, which the agent trusts, lacks a root CA of the management cluster/;
const asked =
  /cluster-2: removing a good client certificate to have it reissued: clientCertificate\.reissue has changed/;

let tokens: DynamicProvider;
before(async () => {
  tokens = await DynamicProvider.start("bootstrapToken");
});
after(() => tokens?.stop());

/** The hub's root and the next one. */
async function roots(): Promise<{ next: HubCertificates; both: string }> {
  const next = await createHubCertificates();
  return { next, both: (await hubCertificates()).root.certificatePem + next.root.certificatePem };
}

/** Registered with a good certificate that was there before any token of these tests. */
async function registered(context: TestContext) {
  const found = await proofWorld(context);
  const { remote, process, tokenInputs, certificateInputs } = found;
  remote.store.remove(tokenPath);
  remote.store.put(certificatePath, await old(clientSecret()));
  tokens.output = "";
  const token = await tokens.create(tokenInputs());
  const tokenWrittenAt = String(token.outs["writtenAt"]);
  const proof = await process.create(certificateInputs({ bootstraps: 0, tokenWrittenAt }));
  process.output = "";
  return { ...found, token, proof };
}

async function old(made: Promise<object>): Promise<object> {
  return { ...(await made), metadata: { creationTimestamp: "2001-01-01T00:00:00Z" } };
}

async function issuedUnder(hub: HubCertificates, caPem: string): Promise<object> {
  const data = await createClientSecretData(hub, { clusterName: "cluster-2", caPem });
  return { ...secret({ ...data }), metadata: { creationTimestamp: later } };
}

describe("the token of a good certificate", () => {
  test("is written when the root CA has changed to a bundle that the ca.crt beside it lacks", async (context) => {
    const { remote, token, tokenInputs } = await registered(context);
    const news = tokenInputs({ rootCertificate: (await roots()).both });
    assert.equal((await tokens.diff(token.id, token.outs, news)).changes, true);
    const updated = await tokens.update(token.id, token.outs, news);
    assert.equal(updated["bootstraps"], 1);
    assert.ok(has(remote, tokenPath));
  });

  test("is written for another value of reissue, and not for one that is taken away", async (context) => {
    const { remote, token, tokenInputs } = await registered(context);
    const news = tokenInputs({ reissue: "2027" });
    assert.equal((await tokens.diff(token.id, token.outs, news)).changes, true);
    const updated = await tokens.update(token.id, token.outs, news);
    assert.ok(has(remote, tokenPath));
    remote.store.put(certificatePath, { ...(await clientSecret()), metadata: { creationTimestamp: later } });
    const emptied = await tokens.update(token.id, updated, tokenInputs());
    assert.equal(emptied["bootstraps"], 1);
    assert.ok(!has(remote, tokenPath));
  });

  test("is not written when the ca.crt holds the new bundle already, nor when the root is the same", async (context) => {
    const { remote, token, tokenInputs } = await registered(context);
    const { both } = await roots();
    const before = await tokens.update(token.id, token.outs, tokenInputs());
    remote.store.put(certificatePath, await old(clientSecret({ caPem: both })));
    const updated = await tokens.update(token.id, before, tokenInputs({ rootCertificate: both }));
    assert.deepEqual([updated["bootstraps"], has(remote, tokenPath)], [0, false]);
    // The relay server never puts the whole bundle there: the change alone was a reason.
    remote.store.put(certificatePath, await old(clientSecret()));
    assert.equal((await tokens.diff(token.id, updated, tokenInputs({ rootCertificate: both }))).changes, false);
  });

  test("stays for the next run while the certificate is older, and goes once it was issued", async (context) => {
    const { remote, token, tokenInputs } = await registered(context);
    const news = tokenInputs({ reissue: "2027" });
    const updated = await tokens.update(token.id, token.outs, news);
    const reason = "token-left-behind: an earlier run left the bootstrap token on the remote cluster";
    assert.equal((await tokens.diff(token.id, updated, { ...news, reason })).changes, true);
    const resumed = await tokens.update(token.id, updated, news);
    assert.deepEqual([resumed["bootstraps"], has(remote, tokenPath)], [2, true]);
    remote.store.put(certificatePath, { ...(await clientSecret()), metadata: { creationTimestamp: later } });
    assert.equal((await tokens.update(token.id, resumed, news))["bootstraps"], 2);
    assert.ok(!has(remote, tokenPath));
  });
});

describe("the proof of a good certificate", () => {
  test("has it reissued when it lacks a root of the management cluster, and once only", async (context) => {
    const { remote, process, proof, certificateInputs } = await registered(context);
    const { both } = await roots();
    const inputs = certificateInputs({ rootCertificate: both });
    remote.store.put(`${podsPath}/agent-1`, readyPod());
    const updating = process.update(proof.id, proof.outs, inputs);
    await watching(remote);
    assert.deepEqual([has(remote, certificatePath), has(remote, `${podsPath}/agent-1`)], [false, false]);
    assert.match(process.output, lacking);
    // A relay server that gives its own root alone.
    remote.store.put(certificatePath, { ...(await clientSecret()), metadata: { creationTimestamp: later } });
    const updated = await updating;
    assert.notEqual(updated["fingerprint"], proof.outs["fingerprint"]);
    const again = await process.update(proof.id, updated, { ...inputs, timeoutSeconds: 61 });
    assert.equal(again["fingerprint"], updated["fingerprint"]);
  });

  test("has it reissued for another value of reissue, and once only", async (context) => {
    const { remote, process, proof, certificateInputs } = await registered(context);
    const inputs = certificateInputs({ reissue: "2027" });
    const updating = process.update(proof.id, proof.outs, inputs);
    await watching(remote);
    assert.ok(!has(remote, certificatePath));
    assert.match(process.output, asked);
    remote.store.put(certificatePath, await clientSecret());
    const updated = await updating;
    const again = await process.update(proof.id, updated, { ...inputs, timeoutSeconds: 61 });
    assert.equal(again["fingerprint"], updated["fingerprint"]);
  });

  test("resumes it after a run that failed before, and not after one that failed later", async (context) => {
    const { remote, process, proof, certificateInputs } = await registered(context);
    const inputs = certificateInputs({ reissue: "2027" });
    const early = await failureOf(process.update(proof.id, proof.outs, { ...inputs, releaseName: "gone" }));
    assert.match(early.message, /^GMR504 /);
    assert.equal(early.properties?.["reissue"], "");
    const late = await failureOf(process.update(proof.id, early.properties ?? {}, { ...inputs, timeoutSeconds: 2 }));
    assert.match(late.message, /^GMR501 /);
    assert.equal(late.properties?.["reissue"], "2027");
    assert.ok(!has(remote, certificatePath));
    remote.store.put(certificatePath, await clientSecret());
    await process.update(proof.id, late.properties ?? {}, inputs);
    assert.ok(has(remote, certificatePath));
  });

  test("keeps what was issued for the token after a run that was killed", async (context) => {
    const { remote, process, proof, certificateInputs } = await registered(context);
    remote.store.put(certificatePath, { ...(await clientSecret()), metadata: { creationTimestamp: later } });
    const updated = await process.update(proof.id, proof.outs, certificateInputs({ reissue: "2027" }));
    assert.notEqual(updated["fingerprint"], proof.outs["fingerprint"]);
    assert.doesNotMatch(process.output, asked);
  });

  test("removes nothing on the management cluster itself", async (context) => {
    const { remote, process, proof, certificateInputs } = await registered(context);
    const inputs = certificateInputs({ rootCertificate: (await roots()).both, removeOnDelete: false });
    const updated = await process.update(proof.id, proof.outs, inputs);
    assert.equal(updated["fingerprint"], proof.outs["fingerprint"]);
    assert.ok(has(remote, certificatePath));
  });

  test("of the staged root stays when the old one leaves", async (context) => {
    const { remote, process, proof, certificateInputs } = await registered(context);
    const { next, both } = await roots();
    remote.store.put(certificatePath, await issuedUnder(next, both));
    const news = certificateInputs({ rootCertificate: next.root.certificatePem });
    const updated = await process.update(proof.id, { ...proof.outs, rootCertificate: both }, news);
    assert.ok(has(remote, certificatePath));
    assert.equal((await process.diff(proof.id, updated, news)).changes, false);
  });
});
