import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { mapWith } from "../../components/base/json";
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
import type { PulumiWorkspace } from "../sandbox/workspace";
import { added, clientFingerprint, firstRecords, inventory, leftOn, makeNamespace } from "./support/clusters";
import { crdsFromElsewhere, generation, versions } from "./support/generation";
import { assertFailed, assertNoChanges, assertSucceeded, changesOf, registrationOf, textOf } from "./support/runs";
import { type ClusterSettings, World } from "./support/world";

const [first, second] = ["remote-1", "remote-2"] as const;
const connected = { proof: { level: "connected", timeoutSeconds: 60 } };

/** A management cluster without TLS for each value of the chart that a registration sets. */
const insecureLines = {
  "1.x": [
    { hubName: "insecure-10", version: versions.patch, cluster: first, value: "relay.insecure" },
    { hubName: "insecure-11", version: versions.otherMinor, cluster: second, value: "global.insecure" },
  ],
  "2.x": [{ hubName: "insecure", version: versions.usual, cluster: second, value: "glooAgent.insecure" }],
}[generation.name];

/** The sandbox of all modes; each describe leaves the remote clusters empty for the next. */
describe("modes of identity", () => {
  let world: World;
  let hub: RunningHub;
  let authority: CertificateAuthority;

  before(async () => {
    world = await World.start([first, second], {
      furtherHubs: Object.fromEntries(
        insecureLines.map(({ hubName, version }) => [
          hubName,
          { generation: generation.name, version, insecure: true },
        ]),
      ),
    });
    hub = world.sandbox.hubNamed("management");
    authority = await createClientAuthority();
    await hub.trustClients(authority);
    for (const name of [first, second]) await makeNamespace(world.sandbox.remote(name), "agents");
    for (const name of [first, second]) await makeNamespace(world.sandbox.remote(name), "certificates");
  });

  after(() => world?.stop());

  const ownCertificate = (clusterName: string) =>
    issueOwnCertificate(authority, { clusterName, commonName: "relay-agents", serverRootPem: hub.facts.rootCaPem });

  /** Proven in the outputs, and counted by the relay server. */
  const assertConnected = async (stack: PulumiWorkspace, clusterName: string, at = hub) => {
    const registration = await registrationOf(stack, clusterName);
    assert.equal(registration.proof, "connected");
    assert.equal(await at.connectedAgents(clusterName), 1);
    return registration;
  };

  const configure = (stack: PulumiWorkspace, clusterName: string, settings: ClusterSettings) =>
    stack.setConfig({ clusters: { [clusterName]: settings } });

  describe("a client certificate of one's own", () => {
    const provided = {
      namespace: { name: "agents", create: false },
      identity: "provided-certificate",
      ...connected,
    };
    const place = { name: secretNames.client, namespace: "agents" };
    let remote: SandboxCluster;
    let stack: PulumiWorkspace;

    before(async () => {
      remote = world.sandbox.remote(first);
      stack = await world.stack("provided", { clusters: { [first]: provided } });
    });

    const provide = (data: ClientSecretData) => writeTlsSecret(remote.kubeConfig, place, data);

    it("that is there beforehand registers the cluster without a token and without a root CA of ours", async () => {
      const own = await ownCertificate(first);
      await provide(own);
      assertSucceeded(await stack.up(["--skip-preview"]));
      const registration = await assertConnected(stack, first);
      assert.equal(registration.certificateFingerprint, fingerprintOf(own));
      assert.equal(registration.tokenExposureSeconds, 0);
      assert.deepEqual(await relaySecretWrites(remote), []);
      assertNoChanges(await stack.up(["--skip-preview"]));
    });

    it("that its owner renews is no change", async () => {
      const renewed = await ownCertificate(first);
      await provide(renewed);
      assertNoChanges(await stack.up(["--skip-preview"]));
      assert.equal(await clientFingerprint(remote, "agents"), fingerprintOf(renewed));
    });

    it("that is replaced by a bad one plans an update, fails with GMR502, and is proven again once its owner mends it", async () => {
      await provide(await ownCertificate("another"));
      const preview = await stack.preview();
      assertSucceeded(preview);
      assert.equal(changesOf(preview)["update"], 1, textOf(preview));
      assert.match(
        textOf(preview),
        /client certificate: Secret agents\/relay-client-tls-secret: .*another; you provide it/,
      );
      await configure(stack, first, { ...provided, proof: { ...connected.proof, timeoutSeconds: 3 } });
      assertFailed(
        await stack.up(["--skip-preview"]),
        /GMR502 .*another.*is provided, so this registration does not reissue it/,
      );

      const mended = await ownCertificate(first);
      await provide(mended);
      await configure(stack, first, provided);
      assertSucceeded(await stack.up(["--skip-preview"]));
      assert.equal((await assertConnected(stack, first)).certificateFingerprint, fingerprintOf(mended));
      assert.deepEqual(await relaySecretWrites(remote), []);
    });

    it("gives way to one that the relay server issues, when that is asked for, and comes back", async () => {
      const { identity: _, ...issued } = provided;
      await configure(stack, first, issued);
      const up = await stack.up(["--skip-preview"]);
      assertSucceeded(up);
      const registration = await assertConnected(stack, first);
      assert.equal(registration.certificateFingerprint, await clientFingerprint(remote, "agents"));
      assert.ok(registration.tokenExposureSeconds > 0);
      assert.equal(
        await readSecret(remote.kubeConfig, { name: secretNames.identityToken, namespace: "agents" }),
        undefined,
      );

      await configure(stack, first, provided);
      assertSucceeded(await stack.up(["--skip-preview"]));
      assert.equal(
        (await assertConnected(stack, first)).certificateFingerprint,
        registration.certificateFingerprint,
        "what lies at the place counts as provided from now on",
      );
      assert.equal(await readSecret(remote.kubeConfig, { name: secretNames.root, namespace: "agents" }), undefined);
    });

    it("stays when the registration is destroyed", async () => {
      const before = await clientFingerprint(remote, "agents");
      assert.ok(before);
      assertSucceeded(await stack.destroy(["--skip-preview"]));
      assert.equal(await clientFingerprint(remote, "agents"), before);
    });

    it("is awaited while cert-manager makes it, in another namespace than the agent's", async () => {
      const cluster = world.sandbox.remote(second);
      const secret = { name: "issued", namespace: "certificates" };
      const later = await world.stack("later", {
        clusters: {
          [second]: {
            namespace: { disableIstioInjection: true },
            identity: "provided-certificate",
            clientCertificate: { secret },
            ...connected,
          },
        },
      });
      const preview = await later.preview();
      assertSucceeded(preview);
      assert.match(textOf(preview), /GMR313 .*certificates\/issued.*the proof waits for it/);
      assert.match(
        textOf(preview),
        /client certificate: Secret certificates\/issued does not exist; you provide it, and the proof waits for it/,
      );

      const run = later.start("up", ["--skip-preview"]);
      await run.untilOutput(/ \d+\/\d+ s: waiting for the Secret certificates\/issued/);
      const own = await ownCertificate(second);
      await writeTlsSecret(cluster.kubeConfig, secret, own);
      assertSucceeded(await run.result);
      assert.equal((await assertConnected(later, second)).certificateFingerprint, fingerprintOf(own));
      assert.deepEqual(await relaySecretWrites(cluster), []);
      const core = cluster.kubeConfig.makeApiClient(k8s.CoreV1Api);
      const { metadata } = await core.readNamespace({ name: "gloo-mesh" });
      assert.equal(metadata?.labels?.["istio-injection"], "disabled");
      assertNoChanges(await later.up(["--skip-preview"]));

      assertSucceeded(await later.destroy(["--skip-preview"]));
      const left = await readSecret(cluster.kubeConfig, secret);
      assert.equal(left?.get("tls.crt"), own["tls.crt"]);
    });
  });

  describe("Secrets of other names, in other namespaces, under other keys", () => {
    const places = {
      rootCertificate: {
        source: { name: "mesh-root", namespace: "pki", key: "root.pem" },
        secret: { name: "the-root", namespace: "certificates" },
      },
      token: {
        source: { name: "mesh-token", namespace: "pki", key: "bootstrap" },
        secret: { name: "the-token", namespace: "certificates", key: "once" },
      },
      clientCertificate: { secret: { name: "the-client", namespace: "certificates" } },
    };
    const retained = { ...places, identity: "retained-token" };
    const at = (name: string) => ({ name, namespace: "certificates" });
    let remote: SandboxCluster;
    let stack: PulumiWorkspace;
    let untouched: ReadonlyMap<string, string>;

    before(async () => {
      remote = world.sandbox.remote(second);
      untouched = await inventory(remote);
      const { kubeConfig } = world.sandbox.management;
      await makeNamespace(world.sandbox.management, "pki");
      await writeSecret(kubeConfig, { name: "mesh-root", namespace: "pki" }, { "root.pem": hub.facts.rootCaPem });
      await writeSecret(kubeConfig, { name: "mesh-token", namespace: "pki" }, { bootstrap: hub.facts.token() });
      stack = await world.stack("names", { clusters: { [second]: { ...places, ...connected } } });
    });

    const fingerprint = async () =>
      fingerprintOf({ "tls.crt": (await readSecret(remote.kubeConfig, at("the-client")))?.get("tls.crt") ?? "" });
    const tokenKeys = async () => [...((await readSecret(remote.kubeConfig, at("the-token")))?.keys() ?? [])];

    it("are read, written and used there, and no others", async () => {
      assertSucceeded(await stack.up(["--skip-preview"]));
      assert.equal((await assertConnected(stack, second)).certificateFingerprint, await fingerprint());
      const root = await readSecret(remote.kubeConfig, at("the-root"));
      assert.deepEqual([...(root?.keys() ?? [])], ["ca.crt"]);
      assert.deepEqual(await tokenKeys(), []);
      assert.deepEqual(
        added(untouched, await inventory(remote)).filter((name) => name.startsWith("secrets ")),
        [
          "secrets certificates the-client",
          "secrets certificates the-root",
          ...firstRecords.map((name) => `secrets gloo-mesh ${name}`),
        ],
      );
      assertNoChanges(await stack.up(["--skip-preview"]));
    });

    it("take a token that is to stay from now on, and one that is not, without another bootstrap", async () => {
      const before = await fingerprint();
      await configure(stack, second, { ...retained, ...connected });
      assertSucceeded(await stack.up(["--skip-preview"]));
      assert.deepEqual(await tokenKeys(), ["once"]);

      await configure(stack, second, { ...places, ...connected });
      assertSucceeded(await stack.up(["--skip-preview"]));
      assert.deepEqual(await tokenKeys(), []);
      assert.equal((await assertConnected(stack, second)).certificateFingerprint, before);
    });

    it("go when the relay is to work without TLS, and come back with it", async () => {
      await configure(stack, second, { identity: "none", ...connected });
      assert.match(textOf(await stack.preview()), /TLS turned off: anyone can impersonate this cluster/);
      await hub.setInsecure(true);
      try {
        assertSucceeded(await stack.up(["--skip-preview"]));
        assert.equal((await assertConnected(stack, second)).certificateFingerprint, "");
      } finally {
        await hub.setInsecure(false);
      }
      assert.deepEqual(
        added(untouched, await inventory(remote)).filter((name) => name.startsWith("secrets certificates ")),
        [],
      );

      await configure(stack, second, { ...places, ...connected });
      assertSucceeded(await stack.up(["--skip-preview"]));
      assert.equal((await assertConnected(stack, second)).certificateFingerprint, await fingerprint());
    });

    it("are gone when the registration is destroyed", async () => {
      assertSucceeded(await stack.destroy(["--skip-preview"]));
      assert.deepEqual(remains(untouched, await inventory(remote)), []);
    });
  });

  it("root CA and token that are provided are used as they are, and stay", async () => {
    const remote = world.sandbox.remote(first);
    const namespace = "brought";
    await makeNamespace(remote, namespace);
    await writeSecret(remote.kubeConfig, { name: secretNames.root, namespace }, { "ca.crt": hub.facts.rootCaPem });
    await writeSecret(remote.kubeConfig, { name: secretNames.identityToken, namespace }, { token: hub.facts.token() });
    const brought = await inventory(remote);
    const stack = await world.stack("brought", {
      clusters: {
        [first]: {
          namespace: { name: namespace, create: false },
          rootCertificate: { provided: true },
          identity: "provided-token",
          ...crdsFromElsewhere,
          ...connected,
        },
      },
    });
    assertSucceeded(await stack.up(["--skip-preview"]));
    const registration = await assertConnected(stack, first);
    assert.equal(registration.certificateFingerprint, await clientFingerprint(remote, namespace));
    assertNoChanges(await stack.up(["--skip-preview"]));
    assertSucceeded(await stack.destroy(["--skip-preview"]));
    const left = await inventory(remote);
    assert.deepEqual(remains(brought, left), []);
    for (const name of [secretNames.root, secretNames.identityToken]) {
      assert.equal(left.get(`secrets ${namespace} ${name}`), brought.get(`secrets ${namespace} ${name}`));
    }
  });

  describe("a relay without TLS", () => {
    const settings = (hubName: string, version: string) => ({
      management: { context: hubName },
      defaults: { relay: { serverAddress: world.sandbox.hubNamed(hubName).address }, agent: { version } },
    });

    for (const { hubName, version, cluster, value } of insecureLines) {
      it(`of version ${version} registers with ${value}, copies no Secret, and is warned of in each run`, async () => {
        const remote = world.sandbox.remote(cluster);
        const untouched = await inventory(remote);
        const insecure = { [cluster]: { identity: "none", ...connected } };
        const stack = await world.stack(hubName, { clusters: insecure, ...settings(hubName, version) });
        const [up, again] = [await stack.up(["--skip-preview"]), await stack.preview()];
        for (const run of [up, again]) {
          assertSucceeded(run);
          assert.match(textOf(run), /warning: GMR214 The relay of remote-\d works without TLS/);
        }
        assertNoChanges(again);
        const registration = await assertConnected(stack, cluster, world.sandbox.hubNamed(hubName));
        assert.deepEqual([registration.certificateFingerprint, registration.agentVersion], ["", version]);
        assert.deepEqual(
          added(untouched, await inventory(remote)).filter((name) => name.startsWith("secrets ")),
          firstRecords.map((name) => `secrets gloo-mesh ${name}`),
        );
        assertSucceeded(await stack.destroy(["--skip-preview"]));
      });
    }

    it("that the chart's values ask for is refused, since only identity may ask for it", async () => {
      const names = [first, second];
      const clusters = Object.fromEntries(
        generation.values.insecure.map(({ path }, index) => [
          names[index],
          { agent: { values: mapWith(path, index === 0 ? true : "true") } },
        ]),
      );
      const stack = await world.stack("by-values", { clusters });
      const preview = await stack.preview();
      for (const name of names) {
        assertFailed(
          preview,
          new RegExp(`${name} create error: GMR008 The chart's values turn TLS off .*set \\[identity\\] to "none"`),
        );
      }
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
