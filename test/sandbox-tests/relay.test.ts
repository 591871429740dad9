import { strict as assert } from "node:assert";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { after, afterEach, before, describe, test } from "node:test";
import {
  createClientSecretData,
  createHubCertificates,
  type HubFacts,
  readSecret,
  secretNames,
  validFor,
  writeHubSecrets,
  writeSecret,
} from "../sandbox/relay";
import * as x509 from "../sandbox/x509";
import { freePort, RelayWorld } from "./relayWorld";

const clientSecret = { name: secretNames.client, namespace: "gloo-mesh" };

describe("relay stand-ins as pods of real control planes", { timeout: 300_000 }, () => {
  let world: RelayWorld;
  before(async () => {
    world = await RelayWorld.start();
  });
  after(() => world?.stop());
  afterEach(() => world.removeAgent());

  test("a registered cluster gets a client certificate, connects, and disconnects with its release", async () => {
    await world.register("cluster-ok");
    await world.copySecrets();
    await world.installAgent({ clusterName: "cluster-ok" });
    await world.agentLog.until(/connected to relay server/);
    assert.match(await world.metrics(), /^relay_push_clients_connected\{cluster="cluster-ok"\} 1$/m);
    const data = await readSecret(world.remote.kubeConfig, clientSecret);
    assert.deepEqual([...(data?.keys() ?? [])].sort(), ["ca.crt", "tls.crt", "tls.key"]);
    assertIssued(data, world.hub, "cluster-ok");
    await world.kubectl(world.remote, "rollout", "status", "deployment/enterprise-agent", "--timeout=30s");
    await world.helm("test", "enterprise-agent", "--timeout", "30s");

    await world.helm("uninstall", "enterprise-agent");
    await world.serverLog.until(/agent disconnected.*cluster-ok/);
    assert.match(await world.metrics(), /^relay_push_clients_connected\{cluster="cluster-ok"\} 0$/m);
    assert.ok(await readSecret(world.remote.kubeConfig, clientSecret), "the agent's Secret survives its release");
  });

  test("the server's log names the cluster and never holds the token", async () => {
    await world.register("cluster-logged");
    await world.copySecrets();
    await world.installAgent({ clusterName: "cluster-logged" });
    await world.serverLog.until(
      /recieved request for delta: response_nonce:\\"1\\".*"x-cluster-id":\["cluster-logged"\]/,
    );
    const log = await world.kubectl(world.management, "logs", "deployment/enterprise-networking");
    assert.match(log, /"logger":"pull-resource-deltas".*"x-cluster-id":\["cluster-logged"\]/);
    const all = log + world.serverLog.text + world.agentLog.text;
    assert.ok(!all.includes(world.hub.token()), "the token is in a log");
    assert.doesNotMatch(all, /PRIVATE KEY/);
  });

  test("an agent that has its client certificate needs neither root CA nor token", async () => {
    await world.register("cluster-own-cert");
    const data = await createClientSecretData(world.hub.certificates, { clusterName: "cluster-own-cert" });
    await writeSecret(world.remote.kubeConfig, clientSecret, { ...data });
    await world.installAgent({ clusterName: "cluster-own-cert" });
    await world.agentLog.until(/connected to relay server/);
    assert.doesNotMatch(world.agentLog.text, /requesting one/);
  });

  test("without its KubernetesCluster the agent crash-loops, and recovers once it exists", async () => {
    await world.copySecrets();
    await world.installAgent({ clusterName: "cluster-late" });
    await world.agentLog.until(/code = NotFound desc = cluster cluster-late not registered/);
    await world.kubectl(
      world.remote,
      "wait",
      "pod",
      "--selector=app=enterprise-agent",
      "--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=CrashLoopBackOff",
      "--timeout=30s",
    );
    assert.equal(await readSecret(world.remote.kubeConfig, clientSecret), undefined);
    await world.register("cluster-late");
    await world.agentLog.until(/connected to relay server/);
  });

  test("deleting the KubernetesCluster ends the session", async () => {
    await world.register("cluster-removed");
    await world.copySecrets();
    await world.installAgent({ clusterName: "cluster-removed" });
    await world.agentLog.until(/connected to relay server/);
    await world.unregister("cluster-removed");
    await world.agentLog.until(/code = NotFound desc = cluster cluster-removed not registered/);
    assert.match(await world.metrics(), /^relay_push_clients_connected\{cluster="cluster-removed"\} 0$/m);
  });

  test("a wrong token is refused", async () => {
    await world.register("cluster-token");
    await world.copySecrets({ token: "not-the-token" });
    const agent = world.runAgent("cluster-token");
    assert.equal(await agent.exit, 1);
    assert.match(agent.log.text, /"level":"fatal".*rpc error: code = Unauthenticated desc = /);
    assert.equal(await readSecret(world.remote.kubeConfig, clientSecret), undefined);
  });

  test("a missing root CA or token ends the agent with the name of the Secret", async () => {
    const bare = world.runAgent("cluster-bare");
    assert.equal(await bare.exit, 1);
    assert.match(bare.log.text, /"level":"fatal".*Secret gloo-mesh\/relay-root-tls-secret not found/);
    await world.copySecrets({ token: "" });
    const empty = world.runAgent("cluster-bare");
    assert.equal(await empty.exit, 1);
    assert.match(empty.log.text, /Secret gloo-mesh\/relay-identity-token-secret has no data for key token/);
  });

  test("a foreign root CA fails the handshake", async () => {
    await world.copySecrets({ rootCa: (await createHubCertificates()).root.certificatePem });
    const agent = world.runAgent("cluster-foreign");
    assert.equal(await agent.exit, 1);
    assert.match(
      agent.log.text,
      /transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority/,
    );
  });

  test("an authority that the server certificate does not hold fails the handshake", async () => {
    await world.copySecrets();
    const agent = world.runAgent("cluster-sni", { "relay-authority": "relay.example.test" });
    assert.equal(await agent.exit, 1);
    assert.match(agent.log.text, /x509: certificate is valid for \*\.gloo-mesh, not relay\.example\.test/);
  });

  test("a port on which nobody listens is refused, and the agent gives up in the end", async () => {
    await world.copySecrets();
    const agent = world.runAgent("cluster-port", { "relay-address": `127.0.0.1:${await freePort()}` });
    assert.equal(await agent.exit, 1);
    assert.match(
      agent.log.text,
      /"level":"error".*transport: Error while dialing: dial tcp 127\.0\.0\.1:\d+: connect: connection refused/,
    );
    assert.match(agent.log.text, /"level":"fatal".*connection refused/);
  });

  test("client certificates that the server must not accept are refused", async () => {
    await world.register("cluster-bad");
    const lastYear = new Date(Date.now() - 400 * 24 * 3600 * 1000);
    const nextYear = new Date(Date.now() + 400 * 24 * 3600 * 1000);
    const clusterName = "cluster-bad";
    const own = world.hub.certificates;
    const foreign = await createHubCertificates();
    // The alert is lost if the client's first bytes reach a connection that the server has closed already.
    const expired = /remote error: tls: expired certificate|failed to write client preface: .*reset by peer/;
    // An agent sends no certificate that no authority of the server's has issued, as crypto/tls reads the handshake.
    const unsent = /code = Unauthenticated desc = no valid client certificate was presented/;
    const unknown = /remote error: tls: unknown certificate authority|failed to write client preface: .*reset by peer/;
    const cases = [
      { issuers: own, reason: expired, options: { validity: validFor(365, lastYear) } },
      { issuers: own, reason: expired, options: { validity: validFor(365, nextYear) } },
      { issuers: own, reason: unsent, options: { leafOnly: true } },
      { issuers: foreign, reason: unknown, options: { caPem: world.hub.rootCaPem } },
      { issuers: own, reason: /is valid for another, not cluster-bad/, options: { dnsNames: ["another"] } },
      { issuers: own, reason: /is valid for no name, not cluster-bad/, options: { dnsNames: [] } },
      { issuers: own, reason: /private key does not match public key/, options: { mismatchedKey: true } },
    ];
    for (const { issuers, options, reason } of cases) {
      const data = await createClientSecretData(issuers, { clusterName, ...options });
      await writeSecret(world.remote.kubeConfig, clientSecret, { ...data });
      const agent = world.runAgent(clusterName);
      assert.equal(await agent.exit, 1);
      assert.match(agent.log.text, reason);
    }
  });

  test("an agent holds on while the server restarts", async () => {
    await world.register("cluster-patient");
    await world.copySecrets();
    const port = await freePort();
    const first = await world.runServer(port);
    const agent = world.runAgent("cluster-patient", { "relay-address": `127.0.0.1:${port}` });
    await agent.log.until(/connected to relay server/);
    assert.equal(await first.stop(), 0);
    agent.log.clear();
    await world.runServer(port);
    await agent.log.until(/connected to relay server/);
    assert.equal(await agent.stop(), 0);
  });

  test("an agent that is stopped before it stores its certificate leaves none", async () => {
    await world.register("cluster-slow");
    await world.copySecrets();
    const agent = world.runAgent("cluster-slow", {}, { certificateDelaySeconds: 600 });
    await world.serverLog.until(/issued client certificate.*cluster-slow/);
    assert.equal(await agent.stop(), 0);
    assert.equal(await readSecret(world.remote.kubeConfig, clientSecret), undefined);
  });

  test("an agent that is stopped while the API server does not answer ends at once", async () => {
    const silent = createServer().listen({ host: "127.0.0.1", port: 0 });
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const agent = world.runAgent("cluster-hasty", {}, {}, `https://127.0.0.1:${port}`);
    const [asked] = (await once(silent, "connection")) as [Socket];
    assert.match(await agent.log.until(/starting relay agent/), /"cluster":"cluster-hasty","version":"1\.0\.4"/);
    assert.equal(await agent.stop(), 0);
    asked.destroy();
    silent.close();
  });

  test("in insecure mode an agent connects without any Secret", async () => {
    await world.register("cluster-plain");
    const port = await freePort();
    const server = await world.runServer(port, { insecure: true });
    const flags = { "relay-address": `127.0.0.1:${port}`, "relay-insecure": "true" };
    const agent = world.runAgent("cluster-plain", flags);
    await agent.log.until(/connected to relay server/);
    assert.match(server.log.text, /agent connected.*cluster-plain/);
    const secure = world.runAgent("cluster-plain", { "relay-address": `127.0.0.1:${port}` });
    assert.equal(await secure.exit, 1);
  });

  test("a server of another minor version is reported and served", async () => {
    await world.register("cluster-skewed");
    await world.copySecrets();
    await world.installAgent({ clusterName: "cluster-skewed", version: "1.2.0" });
    await world.agentLog.until(/"level":"warn".*versions of relay agent and relay server differ.*"version":"1\.2\.0"/);
  });

  test("replaced certificates and token of the hub take effect without a restart of the server", async () => {
    await world.register("cluster-replaced");
    const certificates = await createHubCertificates();
    const { namespace } = world.hub;
    const token = (): string => "a-new-token";
    try {
      await writeHubSecrets(world.management.kubeConfig, { namespace, certificates, token });
      for (const name of [secretNames.root, secretNames.signing, secretNames.server, secretNames.identityToken]) {
        await world.serverLog.until(new RegExp(`took up replaced Secret.*"${name}"`));
      }
      await world.copySecrets({ rootCa: certificates.root.certificatePem, token: token() });
      const agent = world.runAgent("cluster-replaced");
      await agent.log.until(/connected to relay server/);
      const data = await readSecret(world.remote.kubeConfig, clientSecret);
      assert.equal(data?.get("ca.crt"), certificates.root.certificatePem);
    } finally {
      await writeHubSecrets(world.management.kubeConfig, world.hub);
    }
  });
});

/** What the relay server signs: CN and critical SAN = cluster name, a year, the signing CA behind it. */
function assertIssued(data: ReadonlyMap<string, string> | undefined, hub: HubFacts, clusterName: string): void {
  const chain = data?.get("tls.crt") ?? "";
  const [leaf, intermediate, ...more] = (chain.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []).map(
    (pem) => new X509Certificate(pem),
  );
  assert.ok(leaf && intermediate && more.length === 0);
  assert.equal(leaf.subject, `CN=${clusterName}`);
  assert.equal(leaf.subjectAltName, `DNS:${clusterName}`);
  assert.equal(new x509.X509Certificate(chain).getExtension("2.5.29.17")?.critical, true);
  assert.deepEqual(leaf.keyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
  assert.equal(leaf.ca, false);
  assert.equal(leaf.validToDate.getTime() - leaf.validFromDate.getTime(), 365 * 24 * 3600 * 1000);
  assert.ok(leaf.checkPrivateKey(createPrivateKey(data?.get("tls.key") ?? "")));
  assert.ok(leaf.verify(intermediate.publicKey));
  const signing = new X509Certificate(hub.certificates.signing.certificatePem);
  assert.equal(intermediate.fingerprint256, signing.fingerprint256);
}
