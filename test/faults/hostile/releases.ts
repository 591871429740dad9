import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { type DoctorReport, findingsOf } from "../../../cli/doctor/doctorReport";
import { mark, namespace } from "../../support/registeredClusters";
import { helmRevision, revisionName } from "../../support/remoteObjects";
import type { HostileCase } from "./hostileCase";

// Helm releases that unpack to too much or to anything, and whose values lead elsewhere.

const base64 = (bytes: Buffer | string) => Buffer.from(bytes).toString("base64");
const packed = (release: unknown) => base64(base64(gzipSync(JSON.stringify(release))));

/** Puts a revision of the agent's release on the cluster. */
const stores =
  (changes: object, revision = 2): HostileCase["turn"] =>
  ({ store }) => {
    const deployed = helmRevision({ status: "deployed", revision, mark, recorded: true });
    store.put(`${namespace}/secrets/${revisionName(revision)}`, { ...deployed, ...changes });
  };

/** The revision is newest, and nothing in it can be read: the release counts as foreign. */
const unreadable = (id: string, release: string): HostileCase => ({
  id: `hostile/release/${id}`,
  turn: stores({ data: { release } }),
});

const content = (id: string, release: unknown) => unreadable(id, packed(release));

/** The revision is none of Helm's: the good one still counts. */
const ignored = (id: string, turn: HostileCase["turn"]): HostileCase => ({
  id: `hostile/release/${id}`,
  turn,
  check: (report) => assert.equal(report.owner, mark),
});

const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024));

/** Values that would lead a request of the management cluster elsewhere; the finding names the value. */
function leads(id: string, relay: object, value: string): HostileCase {
  const values = { relay: { cluster: "cluster-2", serverAddress: "127.0.0.1:1", ...relay } };
  return {
    id: `hostile/values/${id}`,
    turn: stores(helmRevision({ status: "deployed", revision: 2, mark, values })),
    check: (report: DoctorReport) => {
      const named = findingsOf(report).filter(({ where }) => where.endsWith(`, value ${value}`));
      assert.equal(named.length, 1, `a finding names ${value}`);
    },
  };
}

const climbing = "../../../../api/v1/namespaces/kube-system/services/x:80/proxy";

/** Releases of other names, each of which is within its limit, and which are too much together. */
const crowd: HostileCase["turn"] = ({ store }) => {
  const release = packed({ config: {}, manifest: " ".repeat(15 * 1024 * 1024) });
  for (let number = 0; number < 400; number++) {
    const name = `a-${number}`;
    const record = helmRevision({ name, status: "deployed" });
    store.put(`${namespace}/secrets/${revisionName(1, name)}`, { ...record, data: { release } });
  }
};

const deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: enterprise-agent }\n";

export const releaseCases: readonly HostileCase[] = [
  unreadable("bomb", base64(base64(bomb))),
  unreadable("bomb-of-json", base64(base64(gzipSync(`[${"[],".repeat(5_000_000)}[]]`)))),
  unreadable("deep", base64(base64(gzipSync(`${'{"config":'.repeat(300_000)}1${"}".repeat(300_000)}`)))),
  unreadable("no-gzip", base64(base64(Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3])))),
  unreadable("empty", ""),
  content("null", null),
  content("config-null", { config: null, chart: null, manifest: null }),
  content("chart-text", { config: {}, chart: "x", manifest: ["a"] }),
  content("config-list", { config: ["a"], chart: { metadata: ["x"] }, info: "x" }),
  content("values-odd", { config: { relay: ["x"], global: 5 } }),
  content("prototype", JSON.parse('{"config":{"__proto__":{"relay":{"cluster":"x"}},"relay":{"__proto__":{"a":1}}}}')),
  content("large-manifest", { config: {}, manifest: "- a: &a [*a]\n".repeat(500_000) }),
  content("large-deployment", { config: {}, manifest: `${deployment}x: ${"[".repeat(10_000_000)}` }),
  content("many-deployments", { config: {}, manifest: `---\n${deployment}`.repeat(150_000) }),
  { id: "hostile/release/many-releases", turn: crowd },
  ignored("other-type", stores({ type: "Opaque" })),
  ignored("beyond-numbers", stores({}, 99_999_999_999)),
  leads("cluster-climbs", { cluster: climbing }, "relay.cluster"),
  leads("cluster-encoded", { cluster: "%2e%2e%2fx" }, "relay.cluster"),
  leads("cluster-query", { cluster: "a?watch=true" }, "relay.cluster"),
  leads("cluster-lines", { cluster: "a\nGMR101 b" }, "relay.cluster"),
  leads("root-name-climbs", { rootTlsSecret: { name: climbing } }, "relay.rootTlsSecret.name"),
  leads("root-namespace-climbs", { rootTlsSecret: { namespace: ".." } }, "relay.rootTlsSecret.namespace"),
  leads("token-key", { rootTlsSecret: {}, tokenSecret: { key: "../x" } }, "relay.tokenSecret.key"),
  leads(
    "client-namespace",
    { rootTlsSecret: {}, clientCertSecret: { namespace: "a/b" } },
    "relay.clientCertSecret.namespace",
  ),
  leads("authority", { authority: "a b\u202e" }, "relay.authority"),
  leads("address", { serverAddress: "http://x/../y" }, "relay.serverAddress"),
];
