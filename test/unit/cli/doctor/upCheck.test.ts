import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { renderJson } from "../../../../cli/doctor/doctorJson";
import type { DoctorReport } from "../../../../cli/doctor/doctorReport";
import type { Secret } from "../../../../components/kubernetes/objects";
import { createHubCertificates } from "../../../sandbox/relay";
import { secret } from "../../../support/fakeKubeApi";
import { helmRevision, revisionName } from "../../../support/remoteObjects";
import { type Clusters, clusters, kubernetesCluster, mark, namespace, register, secretValues } from "./world";

// The reasons are those of test/unit/components/plan/decisions.test.ts for the same states, to the letter: they are inputs of Pulumi's resources.

const marked = { "gloo-mesh-relay-registration/registration": mark };
/** Options for what the management cluster of the test does not say: as the agent is installed. */
const installed = ["--relay-server-address", "127.0.0.1:1", "--agent-version", "1.0.4"];
const client = `${namespace}/secrets/relay-client-tls-secret`;
const root = `${namespace}/secrets/relay-root-tls-secret`;
const place = "Secret gloo-mesh/relay-client-tls-secret";

const upOf = ({ checks }: DoctorReport) => {
  const { detail, skipped, changes } = checks.find(({ name }) => name === "pulumi up") ?? {};
  return { detail, skipped, changes };
};
const sentenceOf = (reason: string) => reason.slice(reason.indexOf(": ") + 2);

/** The agent's release with this status. */
const release = (status: string, recorded = true) =>
  helmRevision({
    status,
    mark,
    recorded,
    values: { relay: { cluster: "cluster-2", serverAddress: "127.0.0.1:1", ...secretValues } },
    chartVersion: "1.0.4",
  });
const putRelease =
  (status: string, recorded?: boolean) =>
  ({ remote }: Clusters) =>
    remote.store.put(`${namespace}/secrets/${revisionName(1)}`, release(status, recorded));

const states: readonly {
  readonly title: string;
  readonly damage: (world: Clusters) => void;
  readonly reasons: readonly string[];
}[] = [
  { title: "nothing", damage: () => undefined, reasons: [] },
  {
    title: "client certificate deleted",
    damage: ({ remote }) => remote.store.remove(client),
    reasons: [`certificate-missing: ${place} does not exist`],
  },
  {
    title: "client certificate without its key and authorities",
    damage: ({ remote }) => remote.store.put(client, secret({ "tls.crt": "x" })),
    reasons: [`certificate-not-acceptable: ${place}: the Secret lacks tls.key, ca.crt`],
  },
  {
    title: "Helm release left by a killed run",
    damage: putRelease("pending-upgrade"),
    reasons: ["release-pending: an earlier run left the Helm release enterprise-agent pending-upgrade"],
  },
  {
    title: "Helm release that failed",
    damage: putRelease("failed"),
    reasons: ["release-failed: the Helm release enterprise-agent failed in an earlier run"],
  },
  {
    title: "Helm release installed but not in Pulumi's state",
    damage: putRelease("deployed", false),
    reasons: [
      "release-not-recorded: a run that ended before Pulumi recorded it installed the Helm release enterprise-agent",
    ],
  },
  {
    title: "Helm release deleted by someone else",
    damage: ({ remote }) => remote.store.remove(`${namespace}/secrets/${revisionName(1)}`),
    reasons: ["release-missing: someone else deleted the Helm release enterprise-agent"],
  },
  {
    title: "bootstrap token left behind by a run that failed",
    damage: ({ remote }) => {
      const annotations = { ...marked, "gloo-mesh-relay-registration/lent": "true" };
      remote.store.put(`${namespace}/secrets/relay-identity-token-secret`, { data: {}, metadata: { annotations } });
    },
    reasons: ["token-left-behind: an earlier run left the bootstrap token on the remote cluster"],
  },
  {
    title: "client certificate deleted, with a retained token",
    damage: ({ remote }) => {
      remote.store.remove(client);
      remote.store.put(`${namespace}/secrets/relay-identity-token-secret`, secret({ token: "x" }, marked));
    },
    reasons: [`certificate-missing: ${place} does not exist`],
  },
  {
    title: "client certificate deleted and Helm release failed",
    damage: (world) => {
      world.remote.store.remove(client);
      putRelease("failed")(world);
    },
    reasons: [
      "release-failed: the Helm release enterprise-agent failed in an earlier run",
      `certificate-missing: ${place} does not exist`,
    ],
  },
  {
    title: "root CA Secret deleted by someone else, which a plain up does not notice",
    damage: ({ remote }) => remote.store.remove(root),
    reasons: [],
  },
  {
    title: "KubernetesCluster deleted by someone else, which a plain up does not notice",
    damage: ({ hub }) => hub.store.remove(kubernetesCluster),
    reasons: [],
  },
];

describe("the doctor's check of pulumi up", () => {
  for (const { title, damage, reasons } of states) {
    test(`${title}: gives the reasons of the decision`, async (context) => {
      const world = await clusters(context, installed);
      await register(world);
      damage(world);
      const report = await world.look();
      assert.deepEqual(report.reasons, reasons);
      const detail = reasons.map(sentenceOf).join("; ") || "nothing to do";
      assert.deepEqual(upOf(report), { detail, skipped: undefined, changes: reasons.length > 0 });
      assert.deepEqual(JSON.parse(renderJson(report)).reasons, reasons);
      assert.deepEqual([...world.hub.writes, ...world.remote.writes], []);
    });
  }

  test("lists the changes of a root CA that is rotated in stages, which is no reason but an input", async (context) => {
    const world = await clusters(context, installed);
    await register(world);
    const added = (await createHubCertificates()).root.certificatePem;
    const { data } = world.hub.store.get(root) as Secret;
    const present = Buffer.from(data?.["ca.crt"] ?? "", "base64").toString();
    world.hub.store.put(root, secret({ "ca.crt": present + added }));
    const report = await world.look();
    assert.deepEqual(report.reasons, []);
    assert.match(
      upOf(report).detail ?? "",
      /^root CA \S+ → \S+ \+ \S+; the agent restarts once; client certificate: reissued, /,
    );
  });

  test("is skipped where the root CA cannot be read", async (context) => {
    const world = await clusters(context, installed);
    await register(world);
    world.hub.store.remove(root);
    const report = await world.look();
    assert.deepEqual(upOf(report).skipped, "the checks could not read all that it depends on");
    assert.deepEqual(report.reasons, []);
  });

  test("is left out for a cluster that is not registered, and for one that meshctl registered", async (context) => {
    const world = await clusters(context);
    const names = async () => (await world.look()).checks.map(({ name }) => name);
    assert.ok(!(await names()).includes("pulumi up"));
    await register(world, { by: "meshctl" });
    assert.ok(!(await names()).includes("pulumi up"));
  });
});
