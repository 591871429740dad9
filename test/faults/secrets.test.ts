import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import * as k8s from "@kubernetes/client-node";
import { mask } from "../../components/base/mask";
import { clientFingerprint } from "../e2e/support/clusters";
import { confidentialTexts } from "../e2e/support/confidential";
import { type Confidential, type Evidence, filesBelow, findLeaks } from "../e2e/support/leaks";
import { assertFailed, assertSucceeded } from "../e2e/support/runs";
import { World } from "../e2e/support/world";
import { freePort } from "../sandbox/controlplane";
import { secretNames } from "../sandbox/relay";
import type { EngineCommand, PulumiResult, PulumiWorkspace } from "../sandbox/workspace";
import { byForm } from "../support/secretForms";
import { outcomesOf } from "./badInputs/outcomes";
import { testCases } from "./figures";
import { refusalsWithSecrets } from "./secrets/told";
import { nodesBelow, Watch } from "./secrets/watch";

// One stack fails, is registered, refreshed and destroyed, as loudly as pulumi can. Whatever it leaves or shows on the way is looked through for
// the token, every private key and the credentials of the run, each of which exists nowhere else. Every kind of evidence is a case.

const cluster = "remote-1";
const namespace = "gloo-mesh";
const loud = ["-v=9", "--logtostderr", "--logflow"];

interface Run {
  readonly world: World;
  readonly confidential: Confidential;
  readonly evidence: Readonly<Record<Kind, Evidence>>;
}

const kinds = [
  "arguments",
  "state",
  "state-with-secrets-shown",
  "plan",
  "checkpoints-and-history",
  "environments",
  "stdout",
  "stderr-at-v9",
  "events",
  "temporary-files",
  "crash-reports",
] as const;
type Kind = (typeof kinds)[number];

testCases(
  "secrets",
  kinds.map((kind) => ({ id: `secrets/${kind}`, kind })),
  { start, stop: ({ world }) => world.stop() },
  async ({ kind }, { confidential, evidence }, figures) => {
    const found = evidence[kind];
    assert.ok(
      [...found.values()].some((text) => text.length > 0),
      "there is something to look through",
    );
    await figures.promise("P5", () => assert.deepEqual(findLeaks(confidential, found), []));
  },
  // The run costs the same however much of it is looked through.
  { sample: () => true },
);

testCases(
  "refusals",
  refusalsWithSecrets,
  { start: () => outcomesOf(refusalsWithSecrets), stop: async () => undefined },
  async ({ id, codes }, outcomes, figures) => {
    const outcome = outcomes.get(id);
    assert.ok(outcome);
    const { failure = "", hidden, told } = outcome;
    assert.deepEqual([...new Set(failure.split("\n").map((line) => line.slice(0, 6)))], codes, failure);
    const confidential = new Map(hidden.map((text, index) => [`secret ${index}`, text]));
    await figures.promise("P5", () => assert.deepEqual(findLeaks(confidential, new Map([["what it told", told]])), []));
  },
);

// What others print in a form that gives the secret away.
testCases(
  "secretForms",
  byForm.map(([text, secret], index) => ({ id: `secretForms/${index + 1}`, text, secret })),
  { start: async () => ({}), stop: async () => undefined },
  async ({ text, secret }, _world, figures) => {
    await figures.promise("P5", () => assert.ok(!mask(text)?.includes(secret)));
  },
  { sample: () => true },
);

async function start(): Promise<Run> {
  const world = await World.start([cluster]);
  await annotateAsKubectlDoes(world);
  // The kubeconfig is the ambient one: of any other the Kubernetes plugin leaves a copy in the folder for temporary files.
  const ambient = { kubeconfig: undefined };
  const stack = await world.stack("secrets", {
    ...ambient,
    clusters: { [cluster]: { proof: { timeoutSeconds: 20 } } },
  });
  const [temporary, reports] = [join(world.sandbox.folder, "temporary"), join(world.sandbox.folder, "reports")];
  await Promise.all([temporary, reports].map((folder) => mkdir(folder)));
  stack.env["TMPDIR"] = temporary;
  stack.env["PULUMI_EXPERIMENTAL"] = "true"; // for the plan in a file
  // Node writes a report of a process when it crashes, or when it is asked by a signal.
  stack.env["NODE_OPTIONS"] =
    `--report-on-fatalerror --report-uncaught-exception --report-on-signal --report-directory=${reports}`;
  const watch = new Watch(temporary);
  const results = new Map<string, PulumiResult>();
  const run = async (name: string, command: EngineCommand, args: readonly string[] = []) => {
    const started = stack.start(command, args);
    const [result] = await Promise.all([started.result, watch.follow(started.pid ?? 0, started.result)]);
    results.set(name, result);
    return result;
  };

  await stack.setConfig({ defaults: world.defaults({ relay: { serverAddress: `127.0.0.1:${await freePort()}` } }) });
  const failing = stack.start("up", ["--skip-preview", ...loud]);
  const crash = askForReports(failing);
  const [failed] = await Promise.all([failing.result, watch.follow(failing.pid ?? 0, failing.result), crash]);
  results.set("failing up", failed);
  assertFailed(failed, "GMR501");

  await stack.setConfig(world.config({ ...ambient, clusters: { [cluster]: {} } }));
  await run("preview", "preview", ["--diff", "--show-secrets", "--save-plan", join(temporary, "plan.json")]);
  assertSucceeded(await run("up", "up", ["--skip-preview", ...loud]));
  assert.ok(await clientFingerprint(world.sandbox.remote(cluster)));
  const confidential = await confidentialTexts(world, world.sandbox.remote(cluster));
  const state = await stack.exportState();
  const shown = {
    state: await stack.exportState({ showSecrets: true }),
    outputs: await stack.outputs({ showSecrets: true }),
  };
  const plan = await filesBelow(temporary);
  assertSucceeded(await run("refresh", "refresh", loud));
  assertSucceeded(await run("destroy", "destroy", ["--skip-preview", ...loud]));
  return {
    world,
    confidential,
    evidence: await gathered(world, results, watch, { state, shown, plan, reports }),
  };
}

/** Whoever made the hub's Secrets with `kubectl apply` has their content in an annotation, too. */
async function annotateAsKubectlDoes({ sandbox }: World): Promise<void> {
  const core = sandbox.management.kubeConfig.makeApiClient(k8s.CoreV1Api);
  for (const name of [secretNames.root, secretNames.signing, secretNames.identityToken]) {
    const secret = await core.readNamespacedSecret({ name, namespace });
    const applied = JSON.stringify({ apiVersion: "v1", kind: "Secret", data: secret.data });
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": applied };
    await core.replaceNamespacedSecret({
      name,
      namespace,
      body: { ...secret, metadata: { ...secret.metadata, annotations } },
    });
  }
}

/** Node's report of every process of the run, in the middle of the wait for a certificate, when the token has been read. */
async function askForReports(run: ReturnType<PulumiWorkspace["start"]>): Promise<void> {
  await run.untilOutput(/ \d+\/\d+ s: /);
  for (const pid of await nodesBelow(run.pid ?? 0)) {
    try {
      process.kill(pid, "SIGUSR2");
    } catch {
      // It has ended by now.
    }
  }
}

async function gathered(
  { sandbox }: World,
  results: ReadonlyMap<string, PulumiResult>,
  watch: Watch,
  { state, shown, plan, reports }: { state: object; shown: object; plan: Evidence; reports: string },
): Promise<Readonly<Record<Kind, Evidence>>> {
  const of = (part: (result: PulumiResult) => string) =>
    new Map([...results].map(([name, result]): [string, string] => [name, part(result)]));
  const folder = join(sandbox.folder, "pulumi");
  const files = await filesBelow(folder, [join(folder, "bin"), join(folder, "home", "plugins")]);
  const seen = watch.evidence;
  return {
    arguments: seen.arguments,
    environments: seen.environments,
    "temporary-files": seen.temporaryFiles,
    state: new Map([["export", JSON.stringify(state)]]),
    "state-with-secrets-shown": new Map([["export", JSON.stringify(shown)]]),
    plan,
    "checkpoints-and-history": files,
    stdout: of(({ stdout }) => stdout),
    "stderr-at-v9": of(({ stderr }) => stderr),
    events: of(({ events }) => JSON.stringify(events)),
    "crash-reports": await filesBelow(reports),
  };
}
