import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { hasToken } from "../e2e/support/clusters";
import { assertRegistered } from "../e2e/support/proof";
import { assertFailed, assertNoChanges, assertSucceeded, textOf, withVariable } from "../e2e/support/runs";
import type { PulumiResult, PulumiWorkspace } from "../sandbox/workspace";
import { type Figures, testCases } from "./figures";
import { bystanderOnHub, bystanderOnRemote } from "./support/bystanders";
import { difference, type Snapshot, snapshot } from "./support/snapshot";
import { FaultWorld } from "./support/world";
import { clusterName, type Meddling, meddlings, namespace } from "./world/meddlings";
import { outages } from "./world/outages";

// Others work on the same clusters: they take away or change what a run has just written, or restart what it writes to; and a second stack
// registers at the same moment.

interface Field {
  readonly world: FaultWorld;
  /** The stack that is meddled with, destroyed after each case. */
  readonly stack: PulumiWorkspace;
  /** What the clusters look like without a registration, and after a clean one. */
  readonly clean: Readonly<Record<"destroyed" | "registered", ReadonlyMap<string, Snapshot>>>;
}

const cases = [
  ...[...meddlings, ...outages].map((one) => ({
    id: one.id,
    run: (field: Field, figures: Figures) => meddledWith(one, field, figures),
  })),
  { id: "world/two-stacks/one-cluster", run: oneCluster },
  { id: "world/two-stacks/one-hub", run: oneHub },
];

/** One meddling, which takes a repair to mend, and the stacks that want the same. */
const sampled = ["world/token/deleted", "world/two-stacks/one-cluster"];

testCases(
  "world",
  cases,
  { start, stop: ({ world }) => world.stop() },
  (one, field, figures) => one.run(field, figures),
  { sample: ({ id }) => sampled.includes(id) },
);

/** A code; or, in the words of Kubernetes, that the namespace is going, or has gone after the refresh still saw it going. */
const told = /GMR\d{3} |because it is being terminated|namespaces "[^"]+" not found/;

async function start(): Promise<Field> {
  const world = await FaultWorld.start(2);
  await Promise.all([bystanderOnHub(world.hub, "world"), ...world.remotes.map((remote) => bystanderOnRemote(remote))]);
  const stack = await stackOf(world, "world");
  const destroyed = await look(world);
  assertSucceeded(await stack.up(["--skip-preview"]));
  const registered = await look(world);
  assertSucceeded(await stack.destroy(["--skip-preview"]));
  return { world, stack, clean: { destroyed, registered } };
}

/** However the run ends, what the messages say leads to where a clean run ends, with at most two more; and destroy leaves nothing. */
async function meddledWith(one: Meddling, { world, stack, clean }: Field, figures: Figures): Promise<void> {
  // What a case that failed has left is not to be another one's fault.
  assertSucceeded(await stack.destroy(["--skip-preview", "--refresh"]));
  const { proxy } = one.side === "hub" ? world.hub : remoteOf(world);
  proxy.count();
  const done = meddleOnce(one, world);
  const run = await stack.up(["--skip-preview"]);
  assert.ok(done.isDone, `nobody wrote the object of ${one.id}: ${textOf(run)}`);
  proxy.count();
  if (run.exitCode !== 0) {
    if (one.fails) assertFailed(run, one.fails);
    else await figures.promise("P9", () => assertFailed(run, told));
  }
  await figures.promise("P3", async () => {
    const text = await repaired(one, world, stack);
    const different = differences(clean.registered, await look(world));
    assert.deepEqual(withoutTheirs(one, different), [], `${textOf(run)}\n--- then\n${text}`);
  });
  await figures.promise("P4", async () => assert.equal(await hasToken(remoteOf(world)), false));
  await figures.promise("P2", async () => assertNoChanges(await stack.up(["--skip-preview"])));
  await figures.promise("P7", async () => {
    assertSucceeded(await stack.destroy(["--skip-preview"]));
    assert.deepEqual(differences(clean.destroyed, await look(world)), []);
  });
}

/** Does it in the instant in which the object has been written, before the writer has its answer. */
function meddleOnce(one: Meddling, world: FaultWorld): { isDone: boolean } {
  const cluster = one.side === "hub" ? world.hub : remoteOf(world);
  const state = { isDone: false };
  cluster.proxy.treat = (request) => {
    if (state.isDone || !one.writes(request)) return undefined;
    state.isDone = true;
    return async (exchange) => {
      const answer = await exchange.forward();
      // What the other program does goes past the proxy.
      await one.act(cluster);
      exchange.pass(answer);
    };
  };
  return state;
}

/** Two further runs, which see by a refresh what others have done; between them what the first has said is done. */
async function repaired(one: Meddling, world: FaultWorld, stack: PulumiWorkspace): Promise<string> {
  const again = () => stack.up(["--skip-preview", "--refresh"]);
  const first = await again();
  if (first.exitCode === 0) return textOf(first);
  assertFailed(first, one.told ?? told);
  let second: PulumiResult;
  if (one.advice === "take fields back") {
    second = await withVariable(stack, "PULUMI_K8S_ENABLE_PATCH_FORCE", again);
    // The plugin's settings hold the variable: without it they are others, once.
    assertSucceeded(await stack.up(["--skip-preview"]));
  } else {
    if (one.advice !== undefined) await command(world, one.advice);
    second = await again();
  }
  assertSucceeded(second);
  return `${textOf(first)}\n${textOf(second)}`;
}

/** As a person does it. */
async function command({ sandbox }: FaultWorld, [program, ...args]: readonly string[]): Promise<void> {
  const tool = program === "helm" ? sandbox.tools.helm.path : sandbox.tools.kubectl.path;
  const context = program === "helm" ? "--kube-context" : "--context";
  const where = ["--kubeconfig", sandbox.kubeconfig, context, clusterName, "--namespace", namespace];
  await promisify(execFile)(tool, [...args, ...where]);
}

/** Two stacks want one cluster under one name: one has it, the other says whose it is, and takes nothing away. */
async function oneCluster({ world, clean }: Field, figures: Figures): Promise<void> {
  const stacks = [await stackOf(world, "first"), await stackOf(world, "second")];
  try {
    await contend(stacks, world, clean, figures);
  } finally {
    for (const stack of stacks) await stack.destroy(["--skip-preview", "--refresh"]);
  }
}

async function contend(
  stacks: readonly PulumiWorkspace[],
  world: FaultWorld,
  clean: Field["clean"],
  figures: Figures,
): Promise<void> {
  const results = await Promise.all(stacks.map((stack) => stack.up(["--skip-preview"])));
  assert.ok(results.filter(({ exitCode }) => exitCode === 0).length <= 1, "both say that they have registered it");
  const again: PulumiResult[] = [];
  for (const stack of stacks) again.push(await stack.up(["--skip-preview", "--refresh"]));
  const winner = stacks.find((_, index) => again[index]?.exitCode === 0);
  const loser = stacks.find((stack) => stack !== winner);
  assert.ok(winner && loser, `neither of them can go on:\n${again.map(textOf).join("\n---\n")}`);
  await figures.promise("P9", () => {
    const refused = again.filter(({ exitCode }) => exitCode !== 0);
    assert.equal(refused.length, 1);
    for (const run of refused) assertFailed(run, /GMR(?:208|213|303|304|305) /);
  });
  await figures.promise("P10", async () => {
    assertSucceeded(await loser.destroy(["--skip-preview"]));
    assert.deepEqual(differences(clean.registered, await look(world)), []);
    assertNoChanges(await winner.up(["--skip-preview"]));
  });
  await figures.promise("P7", async () => {
    assertSucceeded(await winner.destroy(["--skip-preview"]));
    assert.deepEqual(differences(clean.destroyed, await look(world)), []);
  });
}

const patient = { agent: { abandonedAfterSeconds: 60 } };

/** Two stacks register two clusters with one hub at the same moment: neither knows of the other. */
async function oneHub({ world, clean }: Field, figures: Figures): Promise<void> {
  const stacks = await Promise.all(
    world.remotes.map((remote) => world.stack(`hub-${remote.name}`, [remote], { defaults: patient })),
  );
  await figures.promise("P8", async () => {
    for (const run of await Promise.all(stacks.map((stack) => stack.up(["--skip-preview"])))) assertSucceeded(run);
    for (const [index, remote] of world.remotes.entries()) {
      const stack = stacks[index];
      assert.ok(stack);
      await assertRegistered(world.plain, stack, remote.name, remote);
    }
  });
  await figures.promise("P7", async () => {
    for (const stack of stacks) assertSucceeded(await stack.destroy(["--skip-preview"]));
    assert.deepEqual(differences(clean.destroyed, await look(world)), []);
  });
}

function stackOf(world: FaultWorld, name: string): Promise<PulumiWorkspace> {
  const clusters = { [clusterName]: { proof: { timeoutSeconds: 12 } } };
  return world.stack(name, [remoteOf(world)], { clusters, defaults: patient });
}

function remoteOf(world: FaultWorld): FaultWorld["remotes"][number] {
  const [remote] = world.remotes;
  assert.ok(remote);
  return remote;
}

async function look(world: FaultWorld): Promise<ReadonlyMap<string, Snapshot>> {
  return new Map(await Promise.all(world.all.map(async (one) => [one.name, ofAnyStack(await snapshot(one))] as const)));
}

/** The mark of a registration names its stack, and its field manager comes from the mark. */
function ofAnyStack(found: Snapshot): Snapshot {
  return JSON.parse(
    JSON.stringify(found)
      .replaceAll(/urn:pulumi:(?:world|first|second)::/g, "urn:pulumi:any::")
      .replaceAll(/pulumi-kubernetes-gloo-mesh-[0-9a-f]{12}/g, "pulumi-kubernetes-gloo-mesh-any"),
  ) as Snapshot;
}

function differences(wanted: ReadonlyMap<string, Snapshot>, found: ReadonlyMap<string, Snapshot>): string[] {
  return [...wanted].flatMap(([name, one]) => difference(one, found.get(name) ?? {}).map((line) => `${name}: ${line}`));
}

/** A label of others stays. */
function withoutTheirs({ id }: Meddling, lines: readonly string[]): string[] {
  return lines.filter((line) => !(id === "world/namespace/labelled" && line.includes(`namespaces /${namespace}:`)));
}
