import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { auditEvents, isWrite } from "../sandbox/controlplane";
import {
  type CertificateAuthority,
  type ClientSecretData,
  createClientAuthority,
  issueOwnCertificate,
  type RunningHub,
  readSecret,
  secretNames,
  writeSecret,
  writeTlsSecret,
} from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiResult, PulumiWorkspace } from "../sandbox/workspace";
import { added, clientFingerprint, firstRecords, inventory, leftOn, makeNamespace } from "./support/clusters";
import { generation, only, versions } from "./support/generation";
import { assertFailed, assertNoChanges, assertSucceeded, registrationOf, textOf } from "./support/runs";
import { type ClusterSettings, World } from "./support/world";

const [own, places, brought, awaited] = ["own", "places", "brought", "awaited"] as const;
const remotes = [own, places, brought, awaited];

const connected = { proof: { level: "connected", timeoutSeconds: 60 } };
const theClient = { name: "the-client", namespace: "certificates" };
const issued = { name: "issued", namespace: "certificates" };
const elsewhere = {
  rootCertificate: {
    source: { name: "mesh-root", namespace: "pki", key: "root.pem" },
    secret: { name: "the-root", namespace: "certificates" },
  },
  token: {
    source: { name: "mesh-token", namespace: "pki", key: "bootstrap" },
    secret: { name: "the-token", namespace: "certificates", key: "once" },
  },
  clientCertificate: { secret: theClient },
};

const provided = { identity: "provided-certificate" };
const withToken = { namespace: { disableIstioInjection: true }, clientCertificate: { secret: issued }, ...connected };
const initial = {
  [own]: { namespace: { name: "agents", create: false }, ...provided, ...connected },
  [places]: { ...elsewhere, ...connected },
  [brought]: {
    namespace: { name: "brought", create: false },
    rootCertificate: { provided: true },
    identity: "provided-token",
    ...connected,
  },
  [awaited]: { ...withToken, ...provided },
};

// One stack with a cluster for each mode; each describe is one run, and goes on where the one before ended.
describe("modes of identity", () => {
  let world: World;
  let hub: RunningHub;
  let authority: CertificateAuthority;
  let stack: PulumiWorkspace;
  let run: PulumiResult;
  /** What each cluster held before the first registration. */
  const untouched = new Map<string, ReadonlyMap<string, string>>();
  /** The certificates that are to stay. */
  const fingerprints = new Map<string, string>();

  before(async () => {
    world = await World.start(remotes, {
      furtherHubs:
        generation.name === "1.x"
          ? { insecure: { generation: generation.name, version: versions.otherMinor, insecure: true } }
          : {},
    });
    hub = world.sandbox.hubNamed("management");
    authority = await createClientAuthority();
    await hub.trustClients(authority);
    await makeNamespace(remote(own), "agents");
    for (const name of [places, awaited]) await makeNamespace(remote(name), "certificates");
    await makeNamespace(remote(brought), "brought");
    for (const [name, data] of Object.entries({
      [secretNames.root]: { "ca.crt": hub.facts.rootCaPem },
      [secretNames.identityToken]: { token: hub.facts.token() },
    }))
      await writeSecret(remote(brought).kubeConfig, { name, namespace: "brought" }, data);
    const { kubeConfig } = world.sandbox.management;
    await makeNamespace(world.sandbox.management, "pki");
    await writeSecret(kubeConfig, { name: "mesh-root", namespace: "pki" }, { "root.pem": hub.facts.rootCaPem });
    await writeSecret(kubeConfig, { name: "mesh-token", namespace: "pki" }, { bootstrap: hub.facts.token() });
    for (const name of remotes) untouched.set(name, await inventory(remote(name)));
    stack = await world.stack("modes", { clusters: initial });
  });

  after(() => world?.stop());

  const remote = (name: string) => world.sandbox.remote(name);
  const configure = (clusters: Readonly<Record<string, ClusterSettings>>) => stack.setConfig({ clusters });
  const ownCertificate = (clusterName: string) =>
    issueOwnCertificate(authority, { clusterName, commonName: "relay-agents", serverRootPem: hub.facts.rootCaPem });
  const provide = (data: ClientSecretData) =>
    writeTlsSecret(remote(own).kubeConfig, { name: secretNames.client, namespace: "agents" }, data);
  const addedTo = async (name: string, kind: string) =>
    added(untouched.get(name) ?? new Map(), await inventory(remote(name))).filter((object) => object.startsWith(kind));
  const remainsOn = async (name: string) => remains(untouched.get(name) ?? new Map(), await inventory(remote(name)));
  const secretOf = (name: string, at: { name: string; namespace: string }) => readSecret(remote(name).kubeConfig, at);
  const fingerprintAt = async (name: string, at: { name: string; namespace: string }) =>
    fingerprintOf({ "tls.crt": (await secretOf(name, at))?.get("tls.crt") ?? "" });
  const tokenKeys = async () => [...((await secretOf(places, elsewhere.token.secret))?.keys() ?? [])];

  /** Proven in the outputs, and counted by the relay server. */
  const assertConnected = async (clusterName: string, at = hub, of = stack) => {
    const registration = await registrationOf(of, clusterName);
    assert.equal(registration.proof, "connected");
    assert.equal(await at.connectedAgents(clusterName), 1);
    return registration;
  };

  describe("in the first run", () => {
    let ofOwn: ClientSecretData;
    let ofAwaited: ClientSecretData;

    before(async () => {
      ofOwn = await ownCertificate(own);
      await provide(ofOwn);
      ofAwaited = await ownCertificate(awaited);
      const running = stack.start("up");
      await running.untilOutput(/ \d+\/\d+ s: waiting for the Secret certificates\/issued/);
      await writeTlsSecret(remote(awaited).kubeConfig, issued, ofAwaited);
      run = await running.result;
      assertSucceeded(run);
    });

    it("a client certificate of one's own registers the cluster without a token and without a root CA of ours", async () => {
      const registration = await assertConnected(own);
      assert.equal(registration.certificateFingerprint, fingerprintOf(ofOwn));
      assert.equal(registration.tokenExposureSeconds, 0);
      assert.deepEqual(await relaySecretWrites(remote(own)), []);
    });

    it("one is awaited while cert-manager makes it, in another namespace than the agent's", async () => {
      assert.match(textOf(run), /GMR313 .*certificates\/issued.*the proof waits for it/);
      assert.match(
        textOf(run),
        /client certificate: Secret certificates\/issued does not exist; you provide it, and the proof waits for it/,
      );
      assert.equal((await assertConnected(awaited)).certificateFingerprint, fingerprintOf(ofAwaited));
      assert.deepEqual(await relaySecretWrites(remote(awaited)), []);
      const core = remote(awaited).kubeConfig.makeApiClient(k8s.CoreV1Api);
      const { metadata } = await core.readNamespace({ name: "gloo-mesh" });
      assert.equal(metadata?.labels?.["istio-injection"], "disabled");
    });

    it("Secrets of other names, in other namespaces, under other keys are read, written and used there, and no others", async () => {
      assert.equal((await assertConnected(places)).certificateFingerprint, await fingerprintAt(places, theClient));
      const root = await secretOf(places, elsewhere.rootCertificate.secret);
      assert.deepEqual([...(root?.keys() ?? [])], ["ca.crt"]);
      assert.deepEqual(await tokenKeys(), []);
      assert.deepEqual(await addedTo(places, "secrets "), [
        "secrets certificates the-client",
        "secrets certificates the-root",
        ...firstRecords.map((name) => `secrets gloo-mesh ${name}`),
      ]);
    });

    it("root CA and token that are provided are used as they are", async () => {
      const registration = await assertConnected(brought);
      assert.equal(registration.certificateFingerprint, await clientFingerprint(remote(brought), "brought"));
    });
  });

  it("the next run changes none of them, nor a certificate that its owner has renewed", async () => {
    const renewed = await ownCertificate(own);
    await provide(renewed);
    assertNoChanges(await stack.up(["--skip-preview"]));
    assert.equal(await clientFingerprint(remote(own), "agents"), fingerprintOf(renewed));
  });

  it("a client certificate of one's own that is replaced by a bad one plans an update, and fails with GMR502", async () => {
    await provide(await ownCertificate("another"));
    await configure({ ...initial, [own]: { ...initial[own], proof: { ...connected.proof, timeoutSeconds: 3 } } });
    run = await stack.up();
    assert.match(textOf(run), /^Resources:\n +~ 1 to update\n +\d+ unchanged\n\nUpdating /m);
    assert.match(textOf(run), /client certificate: Secret agents\/relay-client-tls-secret: .*another; you provide it/);
    assertFailed(run, /GMR502 .*another.*is provided, so this registration does not reissue it/);
  });

  describe("in a run that changes them", () => {
    let mended: ClientSecretData;

    before(async () => {
      mended = await ownCertificate(own);
      await provide(mended);
      const retained = { ...elsewhere, identity: "retained-token", ...connected };
      await configure({ ...initial, [places]: retained, [awaited]: withToken });
      fingerprints.set(places, await fingerprintAt(places, theClient));
      assertSucceeded(await stack.up(["--skip-preview"]));
    });

    it("a client certificate of one's own is proven again once its owner has mended it", async () => {
      assert.equal((await assertConnected(own)).certificateFingerprint, fingerprintOf(mended));
      assert.deepEqual(await relaySecretWrites(remote(own)), []);
    });

    it("one gives way to one that the relay server issues, when that is asked for", async () => {
      const registration = await assertConnected(awaited);
      assert.equal(registration.certificateFingerprint, await fingerprintAt(awaited, issued));
      assert.ok(registration.tokenExposureSeconds > 0);
      fingerprints.set(awaited, registration.certificateFingerprint);
      assert.equal(await secretOf(awaited, { name: secretNames.identityToken, namespace: "gloo-mesh" }), undefined);
    });

    it("Secrets at other places take a token that is to stay from now on", async () => {
      assert.deepEqual(await tokenKeys(), ["once"]);
    });
  });

  describe("in a run that takes that back", () => {
    before(async () => {
      await configure(initial);
      assertSucceeded(await stack.up(["--skip-preview"]));
    });

    it("what lies at the place of a client certificate counts as provided from now on", async () => {
      assert.equal((await assertConnected(awaited)).certificateFingerprint, fingerprints.get(awaited));
      assert.equal(await secretOf(awaited, { name: secretNames.root, namespace: "gloo-mesh" }), undefined);
    });

    it("Secrets at other places lose the token, without another bootstrap", async () => {
      assert.deepEqual(await tokenKeys(), []);
      assert.equal((await assertConnected(places)).certificateFingerprint, fingerprints.get(places));
    });
  });

  describe("when one relay is to work without TLS, and the other registrations go", () => {
    let ofOwn: string | undefined;

    before(async () => {
      ofOwn = await clientFingerprint(remote(own), "agents");
      await configure({ [places]: { identity: "none", ...connected } });
      await hub.setInsecure(true);
      run = await stack.up();
      assertSucceeded(run);
    });

    it("the plan warns of it", () => {
      assert.match(textOf(run), /TLS turned off: anyone can impersonate this cluster/);
    });

    it("it is proven without a certificate, its Secrets go, and each run warns of it", async () => {
      assert.equal((await assertConnected(places)).certificateFingerprint, "");
      assert.deepEqual(await addedTo(places, "secrets certificates "), []);
      const again = await stack.preview();
      assertNoChanges(again);
      for (const each of [run, again])
        assert.match(textOf(each), /warning: GMR214 The relay of places works without TLS/);
    });

    it("a client certificate of one's own stays, also one that was issued before", async () => {
      assert.ok(ofOwn);
      assert.equal(await clientFingerprint(remote(own), "agents"), ofOwn);
      assert.equal(await fingerprintAt(awaited, issued), fingerprints.get(awaited));
    });

    it("root CA and token that are provided stay, and nothing else", async () => {
      const left = await inventory(remote(brought));
      assert.deepEqual(await remainsOn(brought), []);
      for (const name of [secretNames.root, secretNames.identityToken]) {
        const key = `secrets brought ${name}`;
        assert.ok(left.get(key));
        assert.equal(left.get(key), untouched.get(brought)?.get(key));
      }
    });
  });

  it("Secrets at other places come back with TLS, and are gone when the registration is destroyed", async () => {
    await hub.setInsecure(false);
    await configure({ [places]: initial[places] });
    assertSucceeded(await stack.up(["--skip-preview"]));
    assert.equal((await assertConnected(places)).certificateFingerprint, await fingerprintAt(places, theClient));
    assertSucceeded(await stack.destroy(["--skip-preview"]));
    assert.deepEqual(await remainsOn(places), []);
  });

  // The one above sets relay.insecure.
  only("1.x", () => {
    it("a later minor version registers without TLS with global.insecure, and copies no Secret", async () => {
      const at = world.sandbox.hubNamed("insecure");
      const version = versions.otherMinor;
      const later = await world.stack("insecure", {
        management: { context: "insecure" },
        defaults: { relay: { serverAddress: at.address }, agent: { version } },
        clusters: { [awaited]: { identity: "none", ...connected } },
      });
      const before = await inventory(remote(awaited));
      assertSucceeded(await later.up(["--skip-preview"]));
      const registration = await assertConnected(awaited, at, later);
      assert.deepEqual([registration.certificateFingerprint, registration.agentVersion], ["", version]);
      assert.deepEqual(
        added(before, await inventory(remote(awaited))).filter((name) => name.startsWith("secrets ")),
        firstRecords.map((name) => `secrets gloo-mesh ${name}`),
      );
    });
  });
});

function fingerprintOf(data: Pick<ClientSecretData, "tls.crt">): string {
  return new X509Certificate(data["tls.crt"]).fingerprint256;
}

/** What came and stays, but what every destroy leaves, and what Kubernetes itself puts into each namespace. */
function remains(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return leftOn(before, after).filter((name) => !/ (kube-root-ca\.crt|default)$/.test(name));
}

/** Every write to a Secret with the name of the relay's root CA or token, as the API server noted it. */
async function relaySecretWrites({ plane }: SandboxCluster): Promise<string[]> {
  const names: readonly string[] = [secretNames.root, secretNames.identityToken];
  const events = await auditEvents(
    plane,
    (event) => isWrite(event) && event.resource === "secrets" && names.includes(event.name),
  );
  return events.map(({ verb, requestUri }) => `${verb} ${requestUri}`);
}
