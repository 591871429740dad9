import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { closingRelay, silentRelay, tlsServer, type WrongRelay, webServer } from "../e2e/support/wrongRelays";
import { clientConfig } from "../sandbox/controlplane/kubeconfig";
import {
  type ClientCertificateOptions,
  createClientAuthority,
  createClientSecretData,
  createHubCertificates,
  type HubCertificates,
  issueOwnCertificate,
  relayAgentProgram,
  relayServerProgram,
  secretNames,
  validFor,
} from "../sandbox/relay";
import { FakeKubeApi, secret } from "../support/fakeKubeApi";
import { printed } from "../unit/components/diagnosis/fixtures/printed";
import { ProgramRun } from "./programRun";
import { freePort } from "./relayWorld";

const namespace = "gloo-mesh";
const secrets = `/api/v1/namespaces/${namespace}/secrets`;
const yesterday = new Date(Date.now() - 24 * 3600 * 1000);
const tomorrow = new Date(Date.now() + 24 * 3600 * 1000);

/** What differs from an agent that succeeds. */
interface Trouble {
  readonly flags?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;
  /** Default: the cluster is registered. */
  readonly cluster?: string;
  readonly apiServer?: string;
}

/** The fixtures of the diagnosis that the relay's programs print: this test provokes each, and compares the texts. */
describe("the agent of the sandbox prints what the fixtures of the diagnosis say", () => {
  let management: FakeKubeApi;
  let remote: FakeKubeApi;
  let hub: HubCertificates;
  let server: ProgramRun;
  let address: string;
  const opened: WrongRelay[] = [];

  before(async () => {
    [management, remote] = await Promise.all([FakeKubeApi.start("management"), FakeKubeApi.start("remote")]);
    hub = await createHubCertificates();
    for (const api of [management, remote]) api.store.put(`/api/v1/namespaces/${namespace}`, { kind: "Namespace" });
    const root = hub.root.certificatePem;
    const pair = (one: { certificatePem: string; privateKeyPem: () => string }) =>
      secret({ "ca.crt": root, "tls.crt": one.certificatePem, "tls.key": one.privateKeyPem() });
    management.store.put(`${secrets}/${secretNames.root}`, secret({ "ca.crt": root }));
    management.store.put(`${secrets}/${secretNames.signing}`, pair(hub.signing));
    management.store.put(`${secrets}/${secretNames.server}`, pair(hub.server));
    management.store.put(`${secrets}/${secretNames.identityToken}`, secret({ token: "the-token" }));
    const clusters = `/apis/multicluster.solo.io/v1alpha1/namespaces/${namespace}/kubernetesclusters`;
    management.store.put(`${clusters}/cluster-2`, { kind: "KubernetesCluster" });
    const port = await freePort();
    address = `127.0.0.1:${port}`;
    server = new ProgramRun(relayServerProgram({ listen: { host: "127.0.0.1", port } }), {
      ...{ kubeConfig: management.kubeConfig, namespace, image: "enterprise-networking:1.0.4", args: [] },
    });
    await server.log.until(/relay server is listening/);
  });

  after(async () => {
    await server?.stop();
    await Promise.all([...opened, management, remote].map((one) => one?.stop()));
  });

  /** The errors that an agent with this trouble prints until it ends by itself, without ports and times. */
  async function errorsOf(trouble: Trouble): Promise<string[]> {
    const credentials = {
      [secretNames.root]: { "ca.crt": hub.root.certificatePem },
      [secretNames.identityToken]: { token: "the-token" },
      [secretNames.client]: undefined,
      ...trouble.secrets,
    };
    for (const [name, data] of Object.entries(credentials)) {
      if (data === undefined) remote.store.remove(`${secrets}/${name}`);
      else remote.store.put(`${secrets}/${name}`, secret(data));
    }
    const flags = { cluster: trouble.cluster ?? "cluster-2", "relay-address": address, ...trouble.flags };
    const patience = { retrySeconds: 0.1, maximumRetrySeconds: 0.2, giveUpSeconds: 0.5, dialSeconds: 1 };
    const { kubeConfig } = remote;
    const agent = new ProgramRun(relayAgentProgram(patience), {
      kubeConfig:
        trouble.apiServer === undefined
          ? kubeConfig
          : clientConfig({ name: "away", server: trouble.apiServer, ca: remote.certificateAuthority }),
      ...{ namespace, image: "enterprise-agent:1.0.4" },
      args: Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    });
    assert.equal(await agent.exit, 1, agent.log.text);
    return agent.log.text.split("\n").flatMap((line) => {
      const { error } = JSON.parse(line) as { error?: string };
      return error === undefined ? [] : [withoutPorts(error)];
    });
  }

  const to = (relay: Promise<WrongRelay>): Promise<Trouble> =>
    relay.then((one) => {
      opened.push(one);
      return { flags: { "relay-address": one.address } };
    });
  const proving = async (options: Partial<ClientCertificateOptions>, issuers = hub): Promise<Trouble> => {
    const caPem = hub.root.certificatePem;
    const data = await createClientSecretData(issuers, { clusterName: "cluster-2", caPem, ...options });
    return { secrets: { [secretNames.client]: { ...data } } };
  };

  const troubles: Readonly<Record<Exclude<keyof typeof printed, "resetClient">, () => Trouble | Promise<Trouble>>> = {
    refused: async () => ({ flags: { "relay-address": `127.0.0.1:${await freePort()}` } }),
    unresolved: () => ({ flags: { "relay-address": "relay.invalid:9900" } }),
    portless: () => ({ flags: { "relay-address": "127.0.0.1" } }),
    unrouted: () => ({ flags: { "relay-address": "255.255.255.255:9900" } }),
    silent: () => to(silentRelay()),
    plain: () => to(webServer()),
    closing: () => to(closingRelay()),
    foreignRoot: () => to(tlsServer()),
    otherAuthority: () => ({ flags: { "relay-authority": "relay.example.com" } }),
    expired: () => to(tlsServer({ root: hub.root, validity: validFor(1, new Date("2020-01-01T00:00:00Z")) })),
    notYetValid: () => to(tlsServer({ root: hub.root, validity: validFor(1, new Date("2120-01-01T00:00:00Z")) })),
    otherToken: () => ({ secrets: { [secretNames.identityToken]: { token: "another" } } }),
    unregistered: () => ({ cluster: "cluster-3" }),
    expiredClient: () => proving({ validity: validFor(1, new Date(yesterday.getTime() - 48 * 3600 * 1000)) }),
    earlyClient: () => proving({ validity: validFor(1, tomorrow) }),
    foreignClient: async () => proving({}, await createHubCertificates()),
    unsentClient: async () => {
      const options = { clusterName: "cluster-2", serverRootPem: hub.root.certificatePem };
      return {
        secrets: { [secretNames.client]: { ...(await issueOwnCertificate(await createClientAuthority(), options)) } },
      };
    },
    otherClient: () => proving({ dnsNames: ["another"] }),
    namelessClient: () => proving({ dnsNames: [] }),
    mismatchedKey: () => proving({ mismatchedKey: true }),
    unusableRoot: () => ({ secrets: { [secretNames.root]: { "ca.crt": "not a certificate" } } }),
    missingRoot: () => ({ secrets: { [secretNames.root]: undefined } }),
    emptyToken: () => ({ secrets: { [secretNames.identityToken]: { token: "" } } }),
    apiServerAway: async () => ({ apiServer: `https://127.0.0.1:${await freePort()}` }),
  };

  for (const [name, trouble] of Object.entries(troubles)) {
    it(name, async () => {
      const { error } = printed[name as keyof typeof printed];
      const errors = await errorsOf(await trouble());
      // The alert that refuses a client certificate is lost if the client's first bytes reach a connection that is closed already.
      const texts = error.includes("remote error: tls") ? [error, printed.resetClient.error] : [error];
      assert.ok(
        errors.some((one) => texts.includes(one)),
        `${errors.join("\n")}\nexpected:\n${texts.join("\n")}`,
      );
    });
  }
});

/** Ports and times differ from run to run. */
function withoutPorts(text: string): string {
  return text
    .replace(/127\.0\.0\.1:\d+(?:->127\.0\.0\.1:\d+)?/g, "127.0.0.1:9900")
    .replace(/current time \S+/, "current time 2026-11-22T17:00:00Z");
}
