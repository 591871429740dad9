import { createHubCertificates, createRootAuthority, validFor } from "../../sandbox/relay";
import { secret } from "../../support/fakeKubeApi";
import { helmRevision, revisionName } from "../../support/remoteObjects";
import type { BadInput } from "./badInput";

const ns = "/api/v1/namespaces/gloo-mesh";
const rootPath = `${ns}/secrets/relay-root-tls-secret`;
const tokenPath = `${ns}/secrets/relay-identity-token-secret`;
const foreign = { "gloo-mesh-relay-registration/registration": "other/stack/cluster-9" };

let certificates: ReturnType<typeof createHubCertificates> | undefined;
const hubCertificates = () => {
  certificates ??= createHubCertificates();
  return certificates;
};

/** The hub's root CA in a form that will not do. */
const roots: readonly (readonly [id: string, code: string, pem: () => Promise<string> | string])[] = [
  ["empty", "GMR203", () => ""],
  ["no-pem", "GMR204", () => "hello"],
  ["pem-of-garbage", "GMR204", () => "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
  ["half", "GMR204", async () => (await hubCertificates()).root.certificatePem.slice(0, 300)],
  ["a-key", "GMR204", async () => (await hubCertificates()).root.privateKeyPem()],
  ["no-ca", "GMR204", async () => (await hubCertificates()).server.certificatePem],
  [
    "expired",
    "GMR204",
    async () => (await createRootAuthority({ validity: validFor(1, new Date("2020-01-01T00:00:00Z")) })).certificatePem,
  ],
  [
    "not-yet-valid",
    "GMR204",
    async () => (await createRootAuthority({ validity: validFor(1, new Date(Date.now() + 1e8)) })).certificatePem,
  ],
];

const tokens: readonly (readonly [id: string, data: Readonly<Record<string, string>>])[] = [
  ["empty", { token: "" }],
  ["white-space", { token: " \n\t" }],
  ["another-key", { Token: "x" }],
];

const kubeconfig = (server: unknown) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "a", cluster: { server } }],
    users: [{ name: "a", user: {} }],
    contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
  });

const kubeconfigs: readonly (readonly [id: string, code: string, content: unknown, context: unknown])[] = [
  ["missing-file", "GMR101", "/nowhere/kubeconfig", "a"],
  ["a-folder", "GMR101", "/", "a"],
  ["broken-yaml", "GMR102", "a: [b\n  c: }\n", "a"],
  ["base64", "GMR102", Buffer.from(kubeconfig("https://127.0.0.1:1")).toString("base64").repeat(2), "a"],
  ["no-context", "GMR103", kubeconfig("https://127.0.0.1:1"), "b"],
  ["context-of-300-characters", "GMR103", kubeconfig("https://127.0.0.1:1"), "c".repeat(300)],
  ["nothing-listens", "GMR112", kubeconfig("https://127.0.0.1:1"), "a"],
  ["server-is-no-address", "GMR105", kubeconfig("not an address"), "a"],
  ["server-without-tls", "GMR112", kubeconfig("http://127.0.0.1:1"), "a"],
  ["a-number", "GMR013", 5, "a"],
  ["a-list", "GMR013", ["/nowhere/kubeconfig"], "a"],
  ["a-map-of-something-else", "GMR103", { name: "a" }, "a"],
  ["context-is-a-map", "GMR013", kubeconfig("https://127.0.0.1:1"), { name: "a" }],
];

/** Clusters that a registration cannot begin on. */
export const badClusters: readonly BadInput[] = [
  ...roots.map(
    ([id, code, pem]): BadInput => ({
      id: `root-ca/${id}`,
      args: {},
      codes: [code],
      spoil: async (hub) => void hub.store.put(rootPath, secret({ "ca.crt": await pem() })),
    }),
  ),
  ...tokens.map(
    ([id, data]): BadInput => ({
      id: `token/${id}`,
      args: {},
      codes: ["GMR206"],
      spoil: (hub) => void hub.store.put(tokenPath, secret(data)),
    }),
  ),
  ...kubeconfigs.map(
    ([id, code, content, context]): BadInput => ({
      id: `kubeconfig/${id}`,
      args: {},
      codes: [code],
      kubeconfig: { kubeconfig: content, context },
    }),
  ),
  { id: "hub/root-missing", args: {}, codes: ["GMR202"], spoil: (hub) => void hub.store.remove(rootPath) },
  { id: "hub/token-missing", args: {}, codes: ["GMR205"], spoil: (hub) => void hub.store.remove(tokenPath) },
  {
    id: "hub/kind-missing",
    args: {},
    codes: ["GMR207"],
    spoil: (hub) => void hub.unknownKinds.add("kubernetesclusters"),
  },
  { id: "hub/namespace-missing", args: { managementNamespace: "elsewhere" }, codes: ["GMR201"] },
  { id: "remote/namespace-taken", args: {}, codes: ["GMR303"], spoil: (_, remote) => void remote.store.put(ns, {}) },
  { id: "remote/namespace-to-adopt-missing", args: { namespace: { create: false } }, codes: ["GMR306"] },
  {
    id: "remote/secret-taken",
    args: { namespace: { create: false } },
    codes: ["GMR304"],
    spoil: (_, remote) => {
      remote.store.put(ns, {});
      remote.store.put(tokenPath, secret({ token: "theirs" }, foreign));
    },
  },
  {
    id: "remote/release-taken",
    args: { namespace: { create: false } },
    codes: ["GMR305"],
    spoil: (_, remote) => {
      remote.store.put(ns, {});
      remote.store.put(`${ns}/secrets/${revisionName(1)}`, helmRevision({ status: "deployed" }));
    },
  },
  { id: "remote/provided-token-missing", args: { identity: "provided-token" }, codes: ["GMR313"] },
  { id: "remote/secret-namespace-missing", args: { token: { secret: { namespace: "away" } } }, codes: ["GMR314"] },
  { id: "remote/self-registration-of-another", args: { selfRegistration: true }, codes: ["GMR302"] },
];
