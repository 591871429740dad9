import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { nameOfClusterWide } from "../../components/glooMesh/generation";
import { freePort } from "../sandbox/controlplane";
import { createClientAuthority, issueOwnCertificate, secretNames, writeSecret } from "../sandbox/relay";
import type { ClientSecretData } from "../sandbox/relay/clientCertificates";
import type { PulumiResult, PulumiWorkspace } from "../sandbox/workspace";
import { deleteSecret, makeNamespace, registeredOn } from "./support/clusters";
import { containerValues, generation, versions } from "./support/generation";
import { findLeaks } from "./support/leaks";
import { agentImage, oddImages } from "./support/oddAgents";
import { assertRegistered } from "./support/proof";
import { assertFailed, assertSucceeded } from "./support/runs";
import { assertTold, causesTold, type Trouble } from "./support/troubles";
import { type ClusterSettings, World } from "./support/world";
import { correctable, silentRelay, tlsServer, type WrongRelay, webServer } from "./support/wrongRelays";

const namespace = "gloo-mesh";
const remotes = ["remote-1", "remote-2", "remote-3", "remote-4"] as const;
type Remote = (typeof remotes)[number];

/** Long enough for two looks at the agent, on a machine that is busy. */
const limitSeconds = 18;

/** The chart's ClusterRole for the agent. */
const clusterRole = generation.clusterWide
  .filter(({ kind }) => kind === "ClusterRole")
  .map((object) => nameOfClusterWide(object, namespace))
  .join();

const mergePatch = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch);

const otherAuthority: ClusterSettings = { relay: { authority: "relay.example.com" }, checks: { ignore: ["GMR210"] } };
const otherToken: ClusterSettings = { token: { source: { name: "other-token" } } };

// One stack with four registrations lives through all of this. In each round every one of them has another trouble; at the end
// all troubles are over, and the next up finishes every registration. What one round leaves behind must not register by itself
// before the next: remote-1 has an address at which nobody listens, all the way.

describe("a registration that cannot succeed names its root cause", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let forged: ClientSecretData;
  let latePort: number;
  const opened: WrongRelay[] = [];
  const confidential = new Map<string, string>();
  let chartRules: k8s.V1PolicyRule[] = [];

  before(async () => {
    world = await World.start(remotes, { images: (image) => oddImages(image, () => forged) });
    const { hub } = world.sandbox;
    latePort = await freePort();
    const token = randomBytes(32).toString("hex");
    const authority = await createClientAuthority();
    forged = await issueOwnCertificate(authority, { clusterName: "remote-4", serverRootPem: hub.rootCaPem });
    confidential.set("token", hub.token()).set("other token", token).set("forged key", forged["tls.key"]);
    await writeSecret(world.sandbox.management.kubeConfig, { name: "other-token", namespace }, { token });
    // Namespaces of others, so that quotas and labels are there before the agent.
    await Promise.all(remotes.map((name) => makeNamespace(world.sandbox.remote(name), namespace)));
    stack = await world.stack("causes", { clusters: {} });
    stack.env["NODE_OPTIONS"] = `--require=${require.resolve("./support/noNames")}`;
  });

  after(async () => {
    await Promise.all(opened.map((relay) => relay.stop()));
    await world?.stop();
  });

  const core = (name: Remote) => world.sandbox.remote(name).kubeConfig.makeApiClient(k8s.CoreV1Api);
  const rbac = (name: Remote) => world.sandbox.remote(name).kubeConfig.makeApiClient(k8s.RbacAuthorizationV1Api);
  const at = (serverAddress: string, ...ignore: string[]): ClusterSettings => ({
    relay: { serverAddress },
    checks: { ignore },
  });
  const open = async (relay: Promise<WrongRelay>): Promise<string> => {
    opened.push(await relay);
    return (await relay).address;
  };
  const labelNamespace = (name: Remote, labels: Record<string, string | null>) =>
    core(name).patchNamespace({ name: namespace, body: { metadata: { labels } } }, mergePatch);
  const scale = (name: Remote, replicas: number) =>
    world.sandbox
      .remote(name)
      .kubeConfig.makeApiClient(k8s.AppsV1Api)
      .patchNamespacedDeploymentScale(
        { name: generation.agentName, namespace, body: { spec: { replicas } } },
        mergePatch,
      );
  const setRules = (name: Remote, rules: k8s.V1PolicyRule[]) =>
    rbac(name).patchClusterRole({ name: clusterRole, body: { rules } }, mergePatch);

  /** One `up` in which each of these registrations has its trouble, and the others have none that is new. */
  const round = (
    title: string,
    troubles: () => Promise<Partial<Record<Remote, Trouble>>>,
    args: readonly string[] = [],
  ) =>
    describe(title, () => {
      let told: Partial<Record<Remote, Trouble>> = {};
      let run: PulumiResult;

      before(async () => {
        told = await troubles();
        for (const { begin } of Object.values(told)) await begin?.();
        await stack.setConfig({ clusters: settingsOf(told) });
        run = await stack.up(["--skip-preview", "--continue-on-error", ...args]);
        for (const { end } of Object.values(told)) await end?.();
      });

      for (const name of remotes) {
        it(`on ${name}`, (context) => {
          const trouble = told[name];
          if (trouble === undefined) return;
          context.diagnostic(trouble.title);
          assertFailed(run, trouble.code ?? "GMR501");
          assertTold(run, name, trouble, limitSeconds, world.sandbox.kubeconfig);
        });
      }

      it("and tells no secret", () => {
        assert.deepEqual(findLeaks(confidential, outputOf(run)), []);
      });
    });

  round("when the cluster does not take the agent", async () => ({
    "remote-1": {
      title: "a quota of the namespace",
      cause: "quota-exceeded",
      evidence: /exceeded quota: none, requested: pods=1, used: pods=0, limited: pods=0/,
      settings: at(`127.0.0.1:${latePort}`),
      begin: () => setQuota(core("remote-1")),
      end: () => core("remote-1").deleteNamespacedResourceQuota({ name: "none", namespace }),
    },
    "remote-2": {
      title: "Pod Security of the namespace",
      cause: "admission-denied",
      evidence: /violates PodSecurity "restricted:latest"/,
      settings: otherAuthority,
      begin: () => labelNamespace("remote-2", { "pod-security.kubernetes.io/enforce": "restricted" }),
      end: () => labelNamespace("remote-2", { "pod-security.kubernetes.io/enforce": null }),
    },
    "remote-3": {
      title: "a name that does not resolve",
      cause: "dns",
      evidence: /lookup relay\.invalid: no such host/,
      settings: at("relay.invalid:9900"),
    },
    "remote-4": {
      title: "an image that the registry does not have",
      cause: "image-not-found",
      evidence: new RegExp(`gcr\\.io/gloo-mesh/missing-agent:${versions.usual}: not found`),
      settings: { agent: { values: agentImage("missing-agent") } },
    },
  }));

  round("when agent and relay server do not come together", async () => ({
    "remote-1": {
      title: "nobody listens at the address",
      cause: "refused",
      evidence: /dial tcp 127\.0\.0\.1:\d+: connect: connection refused/,
      settings: at(`127.0.0.1:${latePort}`),
    },
    "remote-2": {
      title: "an authority that the certificate does not cover",
      cause: "san-mismatch",
      evidence: /x509: certificate is valid for .*, not relay\.example\.com/,
      settings: otherAuthority,
    },
    "remote-3": {
      title: "the relay server of another root CA",
      cause: "unknown-authority",
      evidence: /x509: certificate signed by unknown authority/,
      settings: at(await open(tlsServer()), "GMR209"),
    },
    "remote-4": {
      title: "more CPUs than any node has",
      cause: "unschedulable-resources",
      evidence: /0\/1 nodes are available: 1 Insufficient cpu/,
      settings: { agent: { values: containerValues({ resources: { requests: { cpu: "64" } } }) } },
    },
  }));

  round(
    "when credentials, rights or protocols are wrong",
    async () => ({
      "remote-1": {
        title: "a ClusterRole that somebody has emptied",
        cause: "rights-missing",
        evidence: new RegExp(`is forbidden: User .*system:serviceaccount:gloo-mesh:${generation.agentName}`),
        settings: at(`127.0.0.1:${latePort}`),
        begin: async () => {
          chartRules = (await rbac("remote-1").readClusterRole({ name: clusterRole })).rules ?? [];
          await setRules("remote-1", []);
        },
        end: () => setRules("remote-1", chartRules),
      },
      "remote-2": {
        title: "another token than the hub's",
        cause: "token-rejected",
        evidence: /code = Unauthenticated desc = identity token is not valid/,
        settings: otherToken,
      },
      "remote-3": {
        title: "a web server without TLS",
        cause: "plaintext-mismatch",
        evidence: /first record does not look like a TLS handshake/,
        settings: at(await open(webServer())),
      },
      "remote-4": {
        title: "an agent that panics, with its token in the panic",
        cause: "panic",
        evidence: /panic: token \*\*\* \(base64 \*\*\*\) is no good, Bearer \*\*\*/,
        settings: { agent: { values: agentImage("leaking-agent") } },
      },
    }),
    ["-v=9", "--logtostderr", "--logflow"],
  );

  round("when there is silence, and no way", async () => ({
    "remote-1": {
      title: "a Deployment that somebody has scaled to 0",
      cause: "scaled-to-zero",
      evidence: /(?:)/,
      settings: at(`127.0.0.1:${latePort}`),
      begin: () => scale("remote-1", 0),
      end: () => scale("remote-1", 1),
    },
    "remote-2": {
      title: "a server that takes connections and says nothing",
      cause: "no-answer",
      evidence: /context deadline exceeded|i\/o timeout/,
      settings: { ...otherToken, ...at(await open(silentRelay())) },
    },
    "remote-3": {
      title: "an address without a route",
      cause: "no-route",
      evidence: /255\.255\.255\.255:9900: connect: network is unreachable/,
      settings: at("255.255.255.255:9900"),
    },
    "remote-4": {
      title: "an agent that crashes for a reason of its own",
      cause: "crash",
      evidence: /exit code 3, \d+ restarts?: .*newer schema/,
      settings: { agent: { values: agentImage("failing-agent") } },
    },
  }));

  round("when hub, controllers or certificates are not as they were", async () => ({
    "remote-2": {
      title: "a KubernetesCluster that somebody has deleted",
      cause: "cluster-unknown",
      evidence: /cluster remote-2 (?:is )?not registered|its KubernetesCluster does not exist/,
      begin: () => registeredOn(world.sandbox.management).delete("remote-2"),
    },
    "remote-3": {
      title: "a server certificate that has expired",
      cause: "server-certificate-expired",
      evidence: /certificate has expired or is not yet valid: current time \S+ is after/,
      settings: at(await open(tlsServer(expired(world))), "GMR211"),
    },
    "remote-4": {
      title: "a client certificate of another root CA",
      code: "GMR502",
      cause: "crash",
      evidence: /exit code 4, \d+ restarts?: the certificate of my own is stored/,
      settings: { agent: { values: agentImage("forging-agent") } },
    },
  }));

  it("reports each cause while it waits, and finishes every registration whose trouble is over", async () => {
    const clusters = {
      ...settingsOf({}),
      "remote-1": { ...settingsOf({})["remote-1"], ...at(`127.0.0.1:${latePort}`) },
    };
    await stack.setConfig({ clusters: withLimit(clusters, 90) });
    // Without a trouble in the round before it has its certificate; a new one takes the way to the relay server.
    await deleteSecret(world.sandbox.remote("remote-1"), secretNames.client);
    const run = stack.start("up", ["--skip-preview", "--refresh", "--continue-on-error"]);
    await run.untilOutput(/remote-1 \d+\/90 s: refused: /);
    const relay = await correctable(latePort);
    opened.push(relay);
    await run.untilOutput(/remote-1 \d+\/90 s: plaintext-mismatch: /);
    relay.correct(Number(world.sandbox.relayAddress.split(":")[1]));
    const result = await run.result;
    assertSucceeded(result);
    const told = causesTold(result, "remote-1");
    // On a slow machine a wait can see the agent's new pod start first.
    assert.deepEqual(told.slice(told.indexOf("refused")), ["refused", "plaintext-mismatch"]);
    for (const name of remotes) await assertRegistered(world, stack, name, world.sandbox.remote(name));
    assert.deepEqual(findLeaks(confidential, outputOf(result)), []);
  });

  round("when the certificate is there and the agent's next version cannot run", async () => ({
    "remote-1": {
      title: "a registry out of reach",
      code: "GMR503",
      cause: "image-registry-unreachable",
      evidence: /dial tcp: lookup gcr\.io on 10\.96\.0\.10:53: no such host/,
      settings: { ...at(`127.0.0.1:${latePort}`), agent: { values: agentImage("far-agent") } },
    },
    "remote-2": {
      title: "a taint on all nodes",
      code: "GMR503",
      cause: "unschedulable-taints",
      evidence: /1 node\(s\) had untolerated taint \{dedicated: gpu\}/,
      settings: { agent: { values: { verbose: true, ...containerValues({ verbose: true }) } } },
      begin: () => taint(core("remote-2")),
    },
  }));
});

/** Each registration with what its trouble needs, and a limit. */
function settingsOf(troubles: Partial<Record<Remote, Trouble>>): Record<Remote, ClusterSettings> {
  const plain = { namespace: { create: false } };
  const entries = remotes.map((name) => [name, { ...plain, ...troubles[name]?.settings }]);
  return withLimit(Object.fromEntries(entries) as Record<Remote, ClusterSettings>, limitSeconds);
}

function withLimit(clusters: Record<Remote, ClusterSettings>, timeoutSeconds: number): Record<Remote, ClusterSettings> {
  const entries = Object.entries(clusters).map(([name, settings]) => [
    name,
    { ...settings, proof: { timeoutSeconds } },
  ]);
  return Object.fromEntries(entries) as Record<Remote, ClusterSettings>;
}

function outputOf({ stdout, stderr, events }: PulumiResult): Map<string, string> {
  return new Map([
    ["stdout", stdout],
    ["stderr", stderr],
    ["events", JSON.stringify(events)],
  ]);
}

/** No pod any more. The admission of the API server is the real one; what its controller would count is written here. */
async function setQuota(core: k8s.CoreV1Api): Promise<void> {
  const quota = { name: "none", namespace };
  await core.createNamespacedResourceQuota({
    namespace,
    body: { metadata: quota, spec: { hard: { pods: "0" } } },
  });
  const status = { hard: { pods: "0" }, used: { pods: "0" } };
  await core.patchNamespacedResourceQuotaStatus({ ...quota, body: { status } }, mergePatch);
}

async function taint(core: k8s.CoreV1Api): Promise<void> {
  const [node] = (await core.listNode()).items;
  const taints = [{ key: "dedicated", value: "gpu", effect: "NoSchedule" }];
  await core.patchNode({ name: node?.metadata?.name ?? "", body: { spec: { taints } } }, mergePatch);
}

/** What makes a server whose certificate is the hub's, but past. */
function expired({ sandbox }: World): NonNullable<Parameters<typeof tlsServer>[0]> {
  const { root } = sandbox.hub.certificates;
  return { root, validity: { notBefore: root.certificate.notBefore, notAfter: new Date(Date.now() - 1000) } };
}
