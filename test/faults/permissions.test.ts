import assert from "node:assert/strict";
import { added, clustersOf, inventory, makeNamespace, writesDuring } from "../e2e/support/clusters";
import { writeContexts } from "../e2e/support/kubeconfigs";
import { assertRegistered } from "../e2e/support/proof";
import { assertFailed, assertNoChanges, assertSucceeded, textOf } from "../e2e/support/runs";
import { World } from "../e2e/support/world";
import { setLoadBalancer } from "../sandbox/relay";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { type Figures, testCases } from "./figures";
import { type DocumentedRole, documentedRoles, type Grant, grants, type Side, without } from "./permissions/document";
import { Restricted } from "./permissions/restricted";

// Users who have nothing but the Roles of docs/reference/permissions.md: with all of them the main job, and with any verb less a clear end before the first
// write. The stand-in of Pulumi's Kubernetes plugin asks for what it needs itself; what the official one asks for beyond it is not seen here.

const namespace = "gloo-mesh";
const cluster = "remote-1";
/** Their lack is a warning, since who holds the rights in the chart's ClusterRole does without. */
const grantOfOthers = ["escalate", "bind"];

interface Restrictions {
  readonly world: World;
  readonly stack: PulumiWorkspace;
  readonly users: Readonly<Record<Side, Restricted>>;
}

type PermissionCase = { readonly id: string; readonly grant?: Grant };

const cases: readonly PermissionCase[] = [
  { id: "permissions/exactly" },
  ...grants().map((grant) => ({ id: `permissions/${idOf(grant)}`, grant })),
];

function idOf({ side, kind, rule, resource, verb }: Grant): string {
  return `${side.split(" ")[0]?.toLowerCase()}/${kind}-${rule}-${resource.replace("/", "-")}/${verb}`;
}

testCases(
  "permissions",
  cases,
  { start, stop: ({ world }) => world.stop() },
  async ({ grant }, restrictions, figures) => {
    if (grant) await withoutOne(grant, restrictions, figures);
    else await withAll(restrictions, figures);
  },
  // With all of them: test/e2e/preflight.test.ts registers with exactly the Roles that the checks print.
  { sample: (_, index) => index % 13 === 6 },
);

async function start(): Promise<Restrictions> {
  const world = await World.start([cluster]);
  const { management, relayAddress } = world.sandbox;
  const remote = world.sandbox.remote(cluster);
  await makeNamespace(remote, namespace);
  const [ip = "", port = ""] = relayAddress.split(":");
  await setLoadBalancer(management.kubeConfig, { ip });
  assert.ok(port !== "");
  const users = {
    "Management cluster": await Restricted.mint(management, "hub-user", documentedRoles("Management cluster")),
    "Remote cluster": await Restricted.mint(remote, "remote-user", documentedRoles("Remote cluster")),
  };
  const kubeconfig = await writeContexts(world.sandbox, "restricted", {
    management: users["Management cluster"],
    [cluster]: users["Remote cluster"],
  });
  const stack = await world.stack("permissions", {
    kubeconfig,
    defaults: { relay: { serverAddress: undefined }, agent: { version: undefined } },
    clusters: { [cluster]: { namespace: { create: false } } },
  });
  return { world, stack, users };
}

/** The main job from beginning to end; nothing is refused, and nothing is left. */
async function withAll({ world, stack, users }: Restrictions, figures: Figures): Promise<void> {
  const remote = world.sandbox.remote(cluster);
  const before = await inventory(remote);
  assertSucceeded(await stack.preview());
  assertSucceeded(await stack.up(["--skip-preview"]));
  await assertRegistered(world, stack, cluster, remote);
  await figures.promise("P2", async () => assertNoChanges(await stack.up()));
  assertSucceeded(await stack.destroy());
  await figures.promise("P7", async () => {
    const left = added(before, await inventory(remote)).filter(
      (name) => !name.startsWith("customresourcedefinitions "),
    );
    assert.deepEqual(left, []);
  });
  for (const user of Object.values(users)) {
    // Events only enrich the cause of a wait: they are looked at where that is allowed.
    const refusals = (await user.refusals()).filter((request) => !request.includes("/events"));
    assert.deepEqual(refusals, []);
  }
}

async function withoutOne(grant: Grant, { world, stack, users }: Restrictions, figures: Figures): Promise<void> {
  const user = users[grant.side];
  const role = documentedRoles(grant.side).find(({ kind }) => kind === grant.kind) as DocumentedRole;
  await user.change(without(role, grant), grant, false);
  try {
    const isWarning = grantOfOthers.includes(grant.verb);
    // As the missing right is told: the verb, and what it is for.
    const told = new RegExp(`GMR116 Rights (?:are|may be) missing: ${grant.verb} ${grant.resource.split("/")[0]}`);
    const seen = await writesDuring(clustersOf(world.sandbox), async () => {
      const run = isWarning ? await stack.preview() : await stack.up(["--skip-preview"]);
      await figures.promise("P9", () => {
        if (!isWarning) assertFailed(run, told);
        assert.match(textOf(run), told);
      });
    });
    await figures.promise("P1", () => assert.deepEqual(seen.writes, []));
  } finally {
    await user.change(role, grant, true);
  }
}
