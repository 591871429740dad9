import { strict as assert } from "node:assert";
import { X509Certificate } from "node:crypto";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import {
  type CertificateAuthority,
  createClientAuthority,
  createClientSecretData,
  issueOwnCertificate,
  type RelayAgentOptions,
  type RelayServerOptions,
  readSecret,
  relayAgentProgram,
  relayServerProgram,
  secretNames,
  writeSecret,
} from "../sandbox/relay";
import { Sandbox } from "../sandbox/sandbox";
import { PlatformWorld } from "./platformWorld";
import { ProgramRun } from "./programRun";
import { freePort } from "./relayWorld";

const namespace = "gloo-mesh";
const clientSecret = { name: secretNames.client, namespace };
// Short, so that an agent that cannot succeed ends soon.
const patience = { retrySeconds: 0.1, maximumRetrySeconds: 0.4, giveUpSeconds: 3 };
/** What the chart passes where a token is configured. */
const withToken = { "relay-identity-token-secret-name": secretNames.identityToken };

describe("postures of the relay in 2.x", { timeout: 300_000 }, () => {
  let sandbox: Sandbox;
  let authority: CertificateAuthority;
  const worlds = new Map<string, PlatformWorld>();
  const runs = new Set<ProgramRun>();
  before(async () => {
    authority = await createClientAuthority();
    sandbox = await Sandbox.start({
      remotes: ["remote-1"],
      backOff: { initialSeconds: 0.5, maximumSeconds: 2 },
      hub: { generation: "2.x", server: { clientCertificateSeconds: 20 } },
      furtherHubs: {
        simple: { generation: "2.x", simpleTls: true },
        plain: { generation: "2.x", insecure: true },
        own: { generation: "2.x", ownCertificates: true, clientAuthorities: [authority] },
      },
    });
    for (const name of ["management", "simple", "plain", "own"]) {
      worlds.set(name, PlatformWorld.of(sandbox, "remote-1", name));
    }
  });
  after(() => sandbox?.stop());
  afterEach(async () => {
    for (const run of runs) await run.stop();
    runs.clear();
    await worldOf("management").removeAgent();
  });

  function worldOf(hub: string): PlatformWorld {
    const world = worlds.get(hub);
    assert.ok(world);
    return world;
  }

  /** An agent without a pod. */
  function runAgent(
    clusterName: string,
    address: string,
    settings: { flags?: object; env?: Readonly<Record<string, string>>; options?: RelayAgentOptions } = {},
  ): ProgramRun {
    const all = { cluster: clusterName, "relay-address": address, ...settings.flags };
    const run = new ProgramRun(relayAgentProgram({ generation: "2.x", ...patience, ...settings.options }), {
      kubeConfig: sandbox.remote("remote-1").kubeConfig,
      namespace,
      image: "gcr.io/gloo-mesh/gloo-mesh-agent:2.14.0",
      args: Object.entries(all).map(([name, value]) => `--${name}=${value}`),
      env: settings.env ?? {},
    });
    runs.add(run);
    return run;
  }

  /** One more server for the management cluster, without a pod. It returns its address. */
  async function runServer(options: Omit<RelayServerOptions, "listen" | "generation">): Promise<string> {
    const port = await freePort();
    const listen = { host: "127.0.0.1", port } as const;
    const run = new ProgramRun(relayServerProgram({ generation: "2.x", listen, ...options }), {
      kubeConfig: sandbox.management.kubeConfig,
      namespace,
      image: "gcr.io/gloo-mesh/gloo-mesh-mgmt-server:2.14.0",
      args: [],
    });
    runs.add(run);
    await run.log.until(/relay server is listening/);
    return `127.0.0.1:${port}`;
  }

  async function serial(): Promise<string> {
    const data = await readSecret(sandbox.remote("remote-1").kubeConfig, clientSecret);
    return new X509Certificate(data?.get("tls.crt") ?? "").serialNumber;
  }

  async function serialAfter(previous: string): Promise<string> {
    for (const deadline = performance.now() + 30_000; performance.now() < deadline; await delay(50)) {
      const current = await serial();
      if (current !== previous) return current;
    }
    throw new Error("the client certificate has not been renewed within 30 s");
  }

  const secretsOf = async (hub: string) => {
    const core = worldOf(hub).management.kubeConfig.makeApiClient(k8s.CoreV1Api);
    return (await core.listNamespacedSecret({ namespace })).items.map(({ metadata }) => metadata?.name).sort();
  };

  test("simple TLS: the token from a Secret is all that an agent needs, and no certificate is ever stored", async () => {
    const world = worldOf("simple");
    assert.deepEqual(await secretsOf("simple"), [secretNames.root, secretNames.server, secretNames.sharedToken]);
    await world.clusters.create("cluster-simple");
    await world.provide({ token: false });
    const token = { name: secretNames.sharedToken, namespace };
    await writeSecret(world.remote.kubeConfig, token, { token: world.hub.facts.token() });
    const source = "glooAgent.extraEnvs.RELAY_TOKEN.valueFrom.secretKeyRef";
    await world.installAgent("cluster-simple", { [`${source}.name`]: token.name, [`${source}.key`]: "token" });
    await world.agentAvailable();
    assert.equal(await world.hub.connectedAgents("cluster-simple"), 1);
    assert.equal(await readSecret(world.remote.kubeConfig, clientSecret), undefined);
    const log = await world.kubectl("logs", "deployment/gloo-mesh-agent");
    assert.ok(!log.includes(world.hub.facts.token()), "the token is in the agent's log");
  });

  test("simple TLS: another token is refused, a certificate alone too, and none is issued", async () => {
    const world = worldOf("simple");
    await world.clusters.create("cluster-refused");
    const trusting = { RELAY_DISABLE_SERVER_CERTIFICATE_VALIDATION: "true" };
    const other = runAgent("cluster-refused", world.hub.address, { env: { ...trusting, RELAY_TOKEN: "another" } });
    assert.equal(await other.exit, 1);
    assert.match(other.log.text, /code = Unauthenticated desc = relay token is not valid/);
    await world.provide();
    const managed = runAgent("cluster-refused", world.hub.address, { flags: withToken });
    assert.equal(await managed.exit, 1);
    assert.match(managed.log.text, /code = Unimplemented desc = this server issues no client certificates/);
    const { certificates } = world.hub.facts;
    const data = await createClientSecretData(certificates, { clusterName: "cluster-refused" });
    await writeSecret(world.remote.kubeConfig, clientSecret, { ...data });
    const certified = runAgent("cluster-refused", world.hub.address, { flags: withToken });
    assert.equal(await certified.exit, 1);
    assert.match(certified.log.text, /code = Unauthenticated desc = relay token is not valid/);
  });

  test("without TLS an agent needs no Secret", async () => {
    const world = worldOf("plain");
    assert.deepEqual(await secretsOf("plain"), []);
    await world.clusters.create("cluster-plain");
    await world.provide({ rootCa: false, token: false });
    await world.installAgent("cluster-plain", { "glooAgent.insecure": "true" });
    await world.agentAvailable();
    assert.equal(await world.hub.connectedAgents("cluster-plain"), 1);
    await world.installAgent("cluster-plain", { "common.insecure": "true" });
    await world.agentAvailable();
  });

  test("own certificates: the hub has no token, and an agent with its certificate and null for the token connects", async () => {
    const world = worldOf("own");
    assert.deepEqual(await secretsOf("own"), [secretNames.root, secretNames.server]);
    const root = await readSecret(world.management.kubeConfig, { name: secretNames.root, namespace });
    assert.deepEqual([...(root?.keys() ?? [])], ["ca.crt"]);
    await world.clusters.create("cluster-own");
    await world.provide({ rootCa: false, token: false });
    const serverRootPem = world.hub.facts.rootCaPem;
    const data = await issueOwnCertificate(authority, { clusterName: "cluster-own", serverRootPem });
    const { kubeConfig } = world.remote;
    await writeSecret(kubeConfig, { name: "issued", namespace }, { ...data });
    const token = "glooAgent.relay.tokenSecret";
    await world.installAgent("cluster-own", {
      "glooAgent.relay.clientTlsSecret.name": "issued",
      ...{ [`${token}.name`]: "null", [`${token}.namespace`]: "null", [`${token}.key`]: "null" },
    });
    await world.agentAvailable();
    assert.equal(await world.hub.connectedAgents("cluster-own"), 1);
    assert.equal((await readSecret(kubeConfig, { name: "issued", namespace }))?.get("tls.crt"), data["tls.crt"]);
  });

  test("own certificates: an agent without one, with a token, or with one without SAN ends", async () => {
    const world = worldOf("own");
    await world.clusters.create("cluster-bad");
    await world.provide();
    const none = runAgent("cluster-bad", world.hub.address);
    assert.equal(await none.exit, 1);
    assert.match(none.log.text, /relay-client-tls-secret holds no complete client certificate, and no identity token/);
    const bootstrapping = runAgent("cluster-bad", world.hub.address, { flags: withToken });
    assert.equal(await bootstrapping.exit, 1);
    assert.match(bootstrapping.log.text, /this server issues no client certificates/);
    const serverRootPem = world.hub.facts.rootCaPem;
    const nameless = await issueOwnCertificate(authority, { clusterName: "cluster-bad", dnsNames: [], serverRootPem });
    await writeSecret(world.remote.kubeConfig, clientSecret, { ...nameless });
    const unnamed = runAgent("cluster-bad", world.hub.address);
    assert.equal(await unnamed.exit, 1);
    assert.match(unnamed.log.text, /client certificate has no subject alternative name/);
  });

  test("an agent renews its certificate before it ends, also when the token is gone, and stays connected", async () => {
    const world = worldOf("management");
    await world.clusters.create("cluster-renewed");
    await world.provide();
    await world.installAgent("cluster-renewed", {
      "glooAgent.relay.clientTlsSecretRotationGracePeriodRatio": "0.9",
    });
    await world.agentAvailable();
    await world.core.deleteNamespacedSecret({ name: secretNames.identityToken, namespace });
    await serialAfter(await serialAfter(await serial()));
    assert.equal(await world.hub.connectedAgents("cluster-renewed"), 1);
    const pods = await world.core.listNamespacedPod({ namespace, labelSelector: "app=gloo-mesh-agent" });
    assert.deepEqual(
      pods.items.map(({ status }) => status?.containerStatuses?.[0]?.restartCount),
      [0],
    );
  });

  test("a server that renews for the token alone refuses an agent whose token is gone", async () => {
    const world = worldOf("management");
    await world.clusters.create("cluster-tokenless");
    await world.provide();
    const address = await runServer({ clientCertificateSeconds: 20, renewalDemandsToken: true });
    const flags = { ...withToken, "relay-client-cert-rotation-grace-period-ratio": "0.9" };
    const agent = runAgent("cluster-tokenless", address, { flags });
    await agent.log.until(/renewed client certificate/);
    await world.core.deleteNamespacedSecret({ name: secretNames.identityToken, namespace });
    await agent.log.until(/cannot renew the client certificate.*identity token is not valid/);
  });

  test("a server can accept a cluster whose agent it has not seen", async () => {
    const { clusters } = worldOf("management");
    await clusters.create("cluster-before");
    await runServer({ approvesUnseen: true });
    const { metadata, status } = await clusters.read("cluster-before");
    const accepted = { approval: "ACCEPTED", observedGeneration: metadata?.generation };
    assert.deepEqual(status?.common?.State, accepted);
    await clusters.create("cluster-after");
    for (const deadline = performance.now() + 30_000; ; await delay(50)) {
      const state = (await clusters.read("cluster-after")).status?.common?.State;
      if (state !== undefined || performance.now() > deadline) {
        assert.deepEqual(state, accepted);
        break;
      }
    }
  });
});
