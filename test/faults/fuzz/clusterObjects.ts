import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { mergeDeep } from "../../../components/base/json";
import { RegistrationError } from "../../../components/base/problems";
import { normaliseVersion, parseVersion } from "../../../components/base/version";
import { agentValues, readAgentValues } from "../../../components/glooMesh/agentValues";
import { defaultGeneration as generation } from "../../../components/glooMesh/generation";
import { readRelease } from "../../../components/glooMesh/helmRelease";
import { relayAddressFault } from "../../../components/glooMesh/relayAddress";
import { pageOf } from "../../../components/kubernetes/answers";
import { KubernetesClient } from "../../../components/kubernetes/client";
import { readClusterIdentity } from "../../../components/kubernetes/clusterIdentity";
import { notAnApiServer } from "../../../components/kubernetes/errors";
import { loadKubeConfig } from "../../../components/kubernetes/kubeconfig";
import type { KubernetesObject } from "../../../components/kubernetes/objects";
import { discoverRelayAddress } from "../../../components/preflight/discovery/serverAddress";
import {
  imageVersion,
  readServerDeployment,
  serverVersionOf,
} from "../../../components/preflight/discovery/serverVersion";
import { versionSkew } from "../../../components/preflight/discovery/versionSkew";
import { parseVersion as parseKubernetesVersion } from "../../../components/preflight/remote/kubernetesVersion";
import { FakeKubeApi } from "../../support/fakeKubeApi";
import { laterTarget, type Target, target } from "./target";
import { json, mutatedObject, text } from "./values";

/** A client whose every answer is this. */
function answering(answer: unknown): KubernetesClient {
  const access = { context: "a" };
  const give = async () => answer;
  const list = async () => {
    const page = pageOf(answer);
    if (!page) throw new RegistrationError(notAnApiServer(access, "https://a"));
    return page;
  };
  return { where: "context a", access, find: give, request: give, list } as unknown as KubernetesClient;
}

const namespace = "gloo-mesh";
const service = {
  metadata: { name: "enterprise-networking" },
  spec: { type: "LoadBalancer", ports: [{ name: "grpc", port: 9900, nodePort: 31179 }] },
  status: { loadBalancer: { ingress: [{ ip: "10.0.0.1" }, { hostname: "a.example.com" }] } },
};
const nodes = {
  items: [
    {
      metadata: { name: "node-1" },
      spec: { unschedulable: false },
      status: {
        addresses: [{ type: "InternalIP", address: "10.0.0.2" }],
        conditions: [{ type: "Ready", status: "True" }],
      },
    },
  ],
};
const deployment = {
  metadata: { name: "enterprise-networking" },
  spec: {
    template: {
      spec: { containers: [{ name: "enterprise-networking", image: "gcr.io/a/enterprise-networking:1.0.4" }] },
    },
  },
};

const addresses = () =>
  text(["10.0.0.1", "a.example.com", "::1", "[::1]:9900", "http://", "localhost:9900", "xn--nxasmq6b"]);
const images = () => text(["gcr.io/a/b:1.0.4", "@sha256:ab", ":5000/", "v1.0.4-rc1+b", "a:b:c", "1.", "-"]);

const revisionOf = (release: string) => ({
  type: "helm.sh/release.v1",
  metadata: { name: "sh.helm.release.v1.enterprise-agent.v1" },
  data: { release },
});

const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes as string).toString("base64");
const values = () =>
  json(["global", "relay", "cluster", "glooMeshRelayRegistration", "chart", "metadata", "version", "config"]);

let server: Promise<{ api: FakeKubeApi; client: KubernetesClient }> | undefined;
/** An API server that answers anything; the target ends it. */
function anyServer() {
  server ??= FakeKubeApi.start("any").then(async (api) => ({ api, client: await KubernetesClient.open(api.access) }));
  return server;
}

/** Ends what the targets have started. */
export async function endServers(): Promise<void> {
  await (await server)?.api.stop();
  server = undefined;
}

const kubeconfig = (parts: { clusters: unknown; users: unknown; contexts: unknown; current: unknown }) =>
  `${JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: parts.clusters,
    users: parts.users,
    contexts: parts.contexts,
    "current-context": parts.current,
  })}\n`;

/** Kubeconfigs whose parts have any form. None leads to a server: what could be an address is this machine's, at which nothing listens. */
function kubeconfigs(): fc.Arbitrary<string> {
  const any = json(["name", "cluster", "user", "server", "token", "exec", "context"]);
  const listed = (key: string, inner: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 4, arbitrary: inner.map((one) => [{ name: "a", [key]: one }]) }, { weight: 1, arbitrary: any });
  const cluster = fc.oneof(fc.record({ server: fc.oneof(fc.constant("https://127.0.0.1:1"), fc.integer(), any) }), any);
  const structured = fc
    .record({
      clusters: listed("cluster", cluster),
      users: listed("user", any),
      contexts: listed("context", fc.oneof(fc.constant({ cluster: "a", user: "a" }), any)),
      current: fc.oneof(fc.constant("a"), any),
    })
    .map(kubeconfig);
  const keys = [
    "users:\n",
    "- name: a\n",
    "  user: 5\n",
    "contexts:\n",
    "clusters: {}\n",
    "current-context: a\n",
    "[",
    "&a *a\n",
  ];
  return fc.oneof({ weight: 3, arbitrary: structured }, { weight: 1, arbitrary: text(keys).map((one) => `${one}\n`) });
}

/** What reads objects and answers of API servers, and kubeconfigs. */
export const clusterObjectTargets: readonly Target[] = [
  target("discovery/address-form", addresses, (address) => {
    const fault = relayAddressFault(address);
    assert.ok(fault === undefined || fault.length > 0);
  }),
  target("discovery/image", images, (image) => {
    const version = imageVersion(image);
    assert.ok(version === undefined || parseVersion(version) !== undefined);
    versionSkew(normaliseVersion(image), { value: "1.0.4", source: "image" });
    parseKubernetesVersion({ gitVersion: image, major: image, minor: image });
  }),
  laterTarget(
    "discovery/load-balancer",
    () => mutatedObject(service, addresses()),
    async (found) => {
      const { value } = await discoverRelayAddress(answering(found), { namespace, generation });
      assert.equal(relayAddressFault(value), undefined);
    },
  ),
  laterTarget(
    "discovery/ingress",
    () => fc.tuple(mutatedObject(service, addresses()), mutatedObject(nodes, addresses())),
    async ([found, list]) => {
      const client = { ...answering(found), list: answering(list).list } as unknown as KubernetesClient;
      const ingress = { ...generation.ingress, portName: "grpc" };
      const { value } = await discoverRelayAddress(client, { namespace, ingress, generation });
      assert.equal(relayAddressFault(value), undefined);
    },
  ),
  laterTarget(
    "discovery/server-version",
    () => mutatedObject(deployment, images()),
    async (found) => {
      const client = answering(found);
      const deployment = await readServerDeployment(client, namespace, generation);
      const { value } = serverVersionOf(deployment, client, namespace, generation);
      assert.ok(parseVersion(value));
    },
  ),
  laterTarget(
    "cluster/identity",
    () => json(["metadata", "uid", "kind"]),
    async (answer) => {
      assert.ok(await readClusterIdentity(answering(answer as KubernetesObject)));
    },
  ),
  laterTarget(
    "helm/release",
    () =>
      fc.oneof(
        values().map((one) => base64(base64(gzipSync(JSON.stringify(one) ?? "null")))),
        values().map((one) => base64(base64(JSON.stringify(one) ?? "null"))),
        fc.uint8Array({ maxLength: 200 }).map((bytes) => base64(base64(bytes))),
        fc.string({ unit: "binary", maxLength: 100 }),
      ),
    async (release) => {
      const read = await readRelease(answering({ items: [revisionOf(release)] }), namespace, "enterprise-agent");
      assert.ok(read);
      assert.ok(["string", "undefined"].includes(typeof read.owner));
      readAgentValues(read.content.values, generation);
    },
  ),
  target(
    "helm/values",
    () => values(),
    (given) => {
      const map = typeof given === "object" && given !== null && !Array.isArray(given) ? given : {};
      const identity = {
        settings: {
          clusterName: "a",
          relay: { serverAddress: "b:1", authority: "c" },
          agent: { version: "1.0.4" },
          rootCertificate: { secret: place("r") },
          token: { secret: { ...place("t"), key: "token" } },
          clientCertificate: { secret: place("c") },
        },
        modes: { certificate: "issued", tls: "mutual" },
        mark: "p/s/a",
      } as const;
      const result = agentValues(identity, generation, map as Record<string, unknown>);
      assert.equal((result["relay"] as { cluster?: unknown }).cluster, "a");
      mergeDeep(map as Record<string, unknown>, result);
      assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
    },
  ),
  laterTarget("kubeconfig/content", kubeconfigs, async (content) => {
    await loadKubeConfig({ kubeconfig: content });
  }),
  laterTarget(
    "kubeconfig/used",
    () => fc.tuple(json(["server", "certificate-authority-data"]), json(["token", "username", "client-key-data"])),
    async ([cluster, user]) => {
      const contexts = [{ name: "a", context: { cluster: "a", user: "a" } }];
      const closed =
        typeof cluster === "object" && cluster !== null ? { server: "https://127.0.0.1:1", ...cluster } : cluster;
      const content = kubeconfig({
        clusters: [{ name: "a", cluster: withoutHosts(closed) }],
        users: [{ name: "a", user }],
        contexts,
        current: "a",
      });
      const client = await KubernetesClient.open({ kubeconfig: content });
      await client.find("/api/v1/namespaces/kube-system", { timeoutSeconds: 5 });
    },
    { inputs: 300 },
  ),
  laterTarget(
    "answers/any",
    () =>
      fc.record({
        status: fc.constantFrom(200, 201, 400, 401, 403, 404, 409, 410, 422, 429, 500, 503),
        body: fc.oneof(
          json(["kind", "message", "reason", "details", "name", "metadata", "items"]).map(
            (one) => (one ?? "null") as object,
          ),
          fc.string({ unit: "binary", maxLength: 300 }),
        ),
      }),
    async ({ status, body }) => {
      const { api, client } = await anyServer();
      const answer = { status, body: typeof body === "string" ? body : JSON.stringify(body) };
      api.intervene = () => answer;
      api.requests.length = 0;
      await client.find("/api/v1/namespaces/gloo-mesh/secrets/a");
      await client.list("/api/v1/namespaces/gloo-mesh/secrets");
    },
    { inputs: 300 },
  ),
];

/** Only what cannot be an address elsewhere. */
function withoutHosts(cluster: unknown): unknown {
  if (typeof cluster !== "object" || cluster === null || !("server" in cluster)) return cluster;
  const { server: given } = cluster;
  const isHarmless = typeof given !== "string" || given === "https://127.0.0.1:1" || !URL.canParse(given);
  return { ...cluster, "proxy-url": undefined, server: isHarmless ? given : "https://127.0.0.1:1" };
}

function place(name: string) {
  return { name, namespace };
}
