import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { mergeDeep } from "../../components/base/json";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { containerValues, generation } from "./support/generation";
import { assertSucceeded, changesOf, textOf } from "./support/runs";
import { type ClusterSettings, World } from "./support/world";

const merge = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch);
const namespace = "gloo-mesh";

interface Case {
  readonly title: string;
  /** The registration's arguments; the later cases keep those of the earlier ones. */
  readonly settings?: ClusterSettings;
  readonly damage?: (world: World) => Promise<unknown>;
  /** The plan's first line, after the name. */
  readonly plan: RegExp;
  /** How many resources `up` updates. */
  readonly updates: number;
}

const cases: readonly Case[] = [
  { title: "nothing", plan: /^up to date: edge · healthy · agent /, updates: 0 },
  {
    title: "another value of clientCertificate.reissue",
    settings: { clientCertificate: { reissue: "1" } },
    plan: /^change edge · client certificate: reissued, with a temporary token, if clientCertificate\.reissue has changed$/,
    updates: 2,
  },
  { title: "nothing, with clientCertificate.reissue", plan: /^up to date: edge · healthy · agent /, updates: 0 },
  {
    title: "a value of the chart",
    settings: { agent: { values: containerValues({ env: [{ name: "LEVEL", value: "1" }] }) } },
    plan: /^change edge · agent: values (?:enterpriseAgent|glooAgent)\.env; at most one restart$/,
    updates: 2,
  },
  {
    title: "an argument of the chart without a trace",
    ...{
      "1.x": {
        settings: { agent: { skipCrds: true } },
        plan: /^change edge · agent: an argument of its chart has changed, such as agent\.repository; Helm runs again/,
        updates: 2,
      },
      "2.x": {
        settings: { crds: { installEnterpriseCrds: true } },
        plan: /^change edge · CRDs: an argument of their chart has changed; Helm runs again, without a restart of the agent$/,
        updates: 1,
      },
    }[generation.name],
  },
  {
    title: "the limit of the proof",
    settings: { proof: { timeoutSeconds: 299 } },
    plan: /^change edge · an argument without a trace on the clusters has changed; the registration is proven again$/,
    updates: 1,
  },
  {
    title: "the cluster's domain",
    settings: { clusterDomain: "edge.local" },
    plan: /^change edge · cluster domain cluster\.local → edge\.local in KubernetesCluster edge$/,
    updates: 1,
  },
  {
    title: "objects that another program edited, which a plain up leaves as they are",
    damage: async ({ sandbox }) => {
      const body = { spec: { clusterDomain: "other.local" } };
      const objects = sandbox.management.kubeConfig.makeApiClient(k8s.CustomObjectsApi);
      const place = { ...generation.kubernetesCluster, namespace, name: "edge" };
      await objects.patchNamespacedCustomObject({ ...place, body }, merge);
    },
    plan: /^up to date: edge · cluster domain other\.local → edge\.local in KubernetesCluster edge: \S+ has changed it, and only `PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up --refresh` restores it$/,
    updates: 0,
  },
];

describe("the plan of a preview, and the up that follows it", () => {
  let world: World;
  let stack: PulumiWorkspace;
  // The shared CRDs come later: to leave them out once they are there is refused (GMR327).
  let settings: ClusterSettings = generation.crds ? { crds: { installEnterpriseCrds: false } } : {};

  before(async () => {
    world = await World.start(["edge"]);
    stack = await world.stack("plan-equals-run", { clusters: { edge: settings } });
    assertSucceeded(await stack.up(["--skip-preview"]));
  });

  after(() => world?.stop());

  // One registration through its life.
  for (const { title, settings: changed = {}, damage, plan, updates } of cases) {
    it(`agree on ${title}`, async () => {
      settings = mergeDeep(settings, changed);
      await damage?.(world);
      await stack.setConfig({ clusters: { edge: settings } });
      const preview = await stack.preview();
      assertSucceeded(preview);
      assert.match(planOf(textOf(preview)), plan, textOf(preview));
      assert.equal(changesOf(preview)["update"] ?? 0, updates, textOf(preview));
      const up = await stack.up(["--skip-preview"]);
      assertSucceeded(up);
      assert.deepEqual(changesOf(up), changesOf(preview), textOf(up));
    });
  }
});

/** The first line of the plan. */
function planOf(text: string): string {
  return /^ +plan: (.*)$/m.exec(text)?.[1] ?? "";
}
