import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { mergeDeep } from "../../components/base/json";
import type { PulumiResult, PulumiWorkspace } from "../sandbox/workspace";
import { containerValues, generation } from "./support/generation";
import { assertSucceeded, changesOf, messagesOn, textOf } from "./support/runs";
import { type ClusterSettings, World } from "./support/world";

const merge = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch);
const namespace = "gloo-mesh";

interface Case {
  readonly title: string;
  /** The registration's arguments, beside those of the round before. */
  readonly settings?: ClusterSettings;
  readonly damage?: (world: World) => Promise<unknown>;
  /** The plan's first line, after the action. */
  readonly plan: (name: string) => RegExp;
  /** How many resources `up` updates. */
  readonly updates: number;
}

const remotes = ["remote-1", "remote-2", "remote-3", "remote-4"] as const;
type Remote = (typeof remotes)[number];

const upToDate = (name: string) => new RegExp(`^up to date: ${name} · healthy · agent `);

// One registration on each cluster lives through both rounds; a case keeps what the one before has changed on its cluster.
const rounds: readonly Readonly<Record<Remote, Case>>[] = [
  {
    "remote-1": { title: "nothing", plan: upToDate, updates: 0 },
    "remote-2": {
      title: "another value of clientCertificate.reissue",
      settings: { clientCertificate: { reissue: "1" } },
      plan: (name) =>
        new RegExp(
          `^change ${name} · client certificate: reissued, with a temporary token, if clientCertificate\\.reissue has changed$`,
        ),
      updates: 2,
    },
    "remote-3": {
      title: "a value of the chart",
      settings: { agent: { values: containerValues({ env: [{ name: "LEVEL", value: "1" }] }) } },
      plan: (name) =>
        new RegExp(`^change ${name} · agent: values (?:enterpriseAgent|glooAgent)\\.env; at most one restart$`),
      updates: 2,
    },
    "remote-4": {
      title: "an argument of the chart without a trace",
      ...{
        "1.x": {
          settings: { agent: { skipCrds: true } },
          plan: (name: string) =>
            new RegExp(
              `^change ${name} · agent: an argument of its chart has changed, such as agent\\.repository; Helm runs again`,
            ),
          updates: 2,
        },
        "2.x": {
          settings: { crds: { installEnterpriseCrds: true } },
          plan: (name: string) =>
            new RegExp(
              `^change ${name} · CRDs: an argument of their chart has changed; Helm runs again, without a restart of the agent$`,
            ),
          updates: 1,
        },
      }[generation.name],
    },
  },
  {
    "remote-1": {
      title: "objects that another program edited, which a plain up leaves as they are",
      damage: async ({ sandbox }) => {
        const body = { spec: { clusterDomain: "other.local" } };
        const objects = sandbox.management.kubeConfig.makeApiClient(k8s.CustomObjectsApi);
        const place = { ...generation.kubernetesCluster, namespace, name: "remote-1" };
        await objects.patchNamespacedCustomObject({ ...place, body }, merge);
      },
      plan: (name) =>
        new RegExp(
          `^up to date: ${name} · cluster domain other\\.local → cluster\\.local in KubernetesCluster ${name}: \\S+ has changed it, and only \`PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up --refresh\` restores it$`,
        ),
      updates: 0,
    },
    "remote-2": { title: "nothing, with clientCertificate.reissue", plan: upToDate, updates: 0 },
    "remote-3": {
      title: "the limit of the proof",
      settings: { proof: { timeoutSeconds: 299 } },
      plan: (name) =>
        new RegExp(
          `^change ${name} · an argument without a trace on the clusters has changed; the registration is proven again$`,
        ),
      updates: 1,
    },
    "remote-4": {
      title: "the cluster's domain",
      settings: { clusterDomain: "edge.local" },
      plan: (name) =>
        new RegExp(`^change ${name} · cluster domain cluster\\.local → edge\\.local in KubernetesCluster ${name}$`),
      updates: 1,
    },
  },
];

describe("the plan of a preview, and the up that follows it", () => {
  let world: World;
  let stack: PulumiWorkspace;
  // The shared CRDs come later: to leave them out once they are there is refused (GMR327).
  const first: ClusterSettings = generation.crds ? { crds: { installEnterpriseCrds: false } } : {};
  let settings: Readonly<Record<string, ClusterSettings>> = Object.fromEntries(remotes.map((name) => [name, first]));

  before(async () => {
    world = await World.start(remotes);
    stack = await world.stack("plan-equals-run", { clusters: settings });
    assertSucceeded(await stack.up(["--skip-preview"]));
  });

  after(() => world?.stop());

  for (const round of rounds) {
    describe("agree on", () => {
      let preview: PulumiResult;
      let up: PulumiResult;

      before(async () => {
        for (const name of remotes) {
          settings = mergeDeep(settings, { [name]: round[name].settings ?? {} });
          await round[name].damage?.(world);
        }
        await stack.setConfig({ clusters: settings });
        preview = await stack.preview();
        assertSucceeded(preview);
        up = await stack.up(["--skip-preview"]);
        assertSucceeded(up);
      });

      for (const name of remotes) {
        const { title, plan, updates } = round[name];
        it(title, () => {
          assert.match(planOf(name, preview), plan(name), textOf(preview));
          assert.equal(updatesOf(name, preview), updates, textOf(preview));
          assert.equal(updatesOf(name, up), updates, textOf(up));
        });
      }

      it("everything", () => assert.deepEqual(changesOf(up), changesOf(preview), textOf(up)));
    });
  }
});

/** The first line of the plan of a registration. */
function planOf(name: string, run: PulumiResult): string {
  return messagesOn(run, name)
    .flatMap((message) => /^plan: (.*)$/m.exec(message)?.[1] ?? [])
    .join("\n");
}

/** How many resources of a registration the engine updates. */
function updatesOf(name: string, { events }: PulumiResult): number {
  return events.filter((event) => {
    const { op, urn } = (event["resourcePreEvent"] as { metadata: { op: string; urn: string } } | undefined)
      ?.metadata ?? { op: "", urn: "" };
    return op === "update" && urn.split("::").at(-1)?.startsWith(name);
  }).length;
}
