import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { family, roleOf, usages } from "../../bench/processWatch";
import { countRequests, senderOf, together } from "../../bench/requests";
import { connectionsSince } from "../../bench/traffic";
import type { AuditEvent } from "../../sandbox/controlplane";

function event(verb: string, userAgent: string, more: Partial<AuditEvent> = {}): AuditEvent {
  const object = { resource: "secrets", apiGroup: "", namespace: "gloo-mesh", name: "a" };
  return { verb, userAgent, user: "admin", code: 200, stageTimestamp: "", requestUri: "", ...object, ...more };
}
const own = "gloo-mesh-relay-registration";

describe("the requests of a run", () => {
  test("are counted by sender and verb", () => {
    const events = [event("get", own), event("get", own), event("watch", own), event("create", "Helm/3.22.0")];
    assert.deepEqual(countRequests("remote", events), [
      { sender: "ours", cluster: "remote", verbs: { get: 2, watch: 1 }, total: 3 },
      { sender: "helm", cluster: "remote", verbs: { create: 1 }, total: 1 },
    ]);
  });

  test("come from the program and from Pulumi's dynamic provider process", () => {
    const senders = [own, `${own}/operations`, `${own}/another`].map((userAgent) =>
      senderOf({ user: "admin", userAgent }),
    );
    assert.deepEqual(senders, ["ours", "ours", undefined]);
  });

  test("distinguish a question for one's rights from what creates something", () => {
    const [count] = countRequests("management", [event("create", own, { resource: "selfsubjectaccessreviews" })]);
    assert.deepEqual(count?.verbs, { review: 1 });
  });

  test("are not those of controllers, agents and the sandbox", () => {
    assert.equal(
      senderOf({ user: "system:serviceaccount:gloo-mesh:enterprise-agent", userAgent: "kubectl/v1" }),
      undefined,
    );
    assert.equal(senderOf({ user: "admin", userAgent: "node" }), undefined);
  });

  test("have a sender by what that calls itself, the official plugin and the stand-in alike", () => {
    const senders = [
      "pulumi-kubernetes-stand-in/4.34.2",
      "pulumi-kubernetes/4.34.2",
      "kubectl/v1.34.2 (linux/amd64)",
      "meshctl/v0.0.0",
    ];
    assert.deepEqual(
      senders.map((userAgent) => senderOf({ user: "admin", userAgent })),
      ["kubernetes plugin", "kubernetes plugin", "kubectl", "meshctl"],
    );
  });

  test("of several clusters are added up", () => {
    const one = countRequests("remote", [event("get", own)]);
    const other = countRequests("remote", [event("get", own), event("list", own)]);
    assert.deepEqual(together([...one, ...other, ...countRequests("management", [event("get", own)])]), [
      { sender: "ours", cluster: "remote", verbs: { get: 2, list: 1 }, total: 3 },
      { sender: "ours", cluster: "management", verbs: { get: 1 }, total: 1 },
    ]);
  });
});

describe("the connections of a run", () => {
  test("are those since it began, of the management cluster and of all others together", () => {
    const count = (connections: number) => ({ connections, handshakes: connections, resumed: connections - 1 });
    assert.deepEqual(connectionsSince([count(1), count(1), count(2)], [count(3), count(2), count(5)]), {
      management: { connections: 2, handshakes: 2, resumed: 2 },
      remote: { connections: 4, handshakes: 4, resumed: 4 },
    });
  });
});

describe("the processes of a run", () => {
  const roles: Readonly<Record<string, string>> = {
    "/tmp/x/pulumi/bin/pulumi up --yes ": "engine",
    "pulumi up --yes ": "engine",
    "/cache/pulumi-language-nodejs 127.0.0.1:1 ": "language host",
    "node /r/node_modules/@pulumi/pulumi/cmd/run/index.js --monitor 127.0.0.1:1 ": "program",
    "node /r/node_modules/@pulumi/pulumi/cmd/dynamic-provider/index.js 127.0.0.1:1 ": "dynamic provider",
    "node /r/bin/test/sandbox/plugins/kubernetes/main.js 127.0.0.1:1 ": "kubernetes plugin",
    "/h/plugins/resource-kubernetes-v4/pulumi-resource-kubernetes 127.0.0.1:1 ": "kubernetes plugin",
    "node -e console.log(require.resolve('@pulumi/pulumi/cmd/run')); ": "other",
    "/cache/helm install a b ": "helm",
    "/bin/sh -c run-it /cache/helm install a b ": "other",
    "kubectl --context a ": "other",
  };
  for (const [command, role] of Object.entries(roles)) {
    test(`are told by their command: ${command}`, () => assert.equal(roleOf(command), role));
  }

  test("are those that the first has started, and what those have", () => {
    const parents = new Map([
      [4, 3],
      [3, 2],
      [2, 1],
      [9, 8],
    ]);
    assert.deepEqual([...family(2, parents)].sort(), [2, 3, 4]);
  });

  test("are added up by role, with the largest of each", () => {
    const plugin = { role: "kubernetes plugin", cpuSeconds: 0.5 } as const;
    const seen = [
      { ...plugin, peakKiB: 1024 },
      { ...plugin, peakKiB: 3072 },
    ];
    assert.deepEqual(usages(seen), [
      { role: "kubernetes plugin", processes: 2, largestMiB: 3, sumMiB: 4, cpuSeconds: 1 },
    ]);
  });
});
