import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { type ProgramResult, type RecordedResource, runProgram } from "./scenario";
import { startApi, startHub } from "./world";

// What a registration declares that is handed over when it ends. That it keeps running: test/e2e/handOver.test.ts.

const annotation = "gloo-mesh-relay-registration/leave-running";
const steps = ["preparation", "bootstrap-token", "client-certificate"];

async function run(context: TestContext, args: object): Promise<ProgramResult> {
  const [hub, remote] = [await startHub(context), await startApi(context, "remote")];
  const result = await runProgram({
    clusters: { management: hub.access, remote: remote.access },
    registrations: { "cluster-2": { management: "management", remote: "remote", args } },
  });
  assert.deepEqual(result.errors, []);
  return result;
}

function stepOf({ resources }: ProgramResult, name: string): RecordedResource {
  const found = resources.find((one) => one.name === `cluster-2-${name}`);
  assert.ok(found, name);
  return found;
}

const annotationsOf = ({ inputs }: RecordedResource) =>
  (inputs["metadata"] as { readonly annotations: Readonly<Record<string, string>> }).annotations;

const isRetained = ({ options }: RecordedResource) =>
  (options as { readonly retainOnDelete: boolean }).retainOnDelete === true;

describe("leaveRunning", () => {
  test("keeps the release when Pulumi deletes it, as all other objects of the clusters are kept anyhow", async (context) => {
    const [left, ended] = [await run(context, { leaveRunning: true }), await run(context, {})];
    assert.deepEqual([isRetained(stepOf(left, "agent")), isRetained(stepOf(ended, "agent"))], [true, false]);
    for (const name of ["namespace", "root-certificate", "kubernetes-cluster"]) {
      assert.deepEqual([isRetained(stepOf(left, name)), isRetained(stepOf(ended, name))], [true, true], name);
    }
    // Their delete is the hand-over.
    for (const name of steps) assert.equal(isRetained(stepOf(left, name)), false, name);
  });

  test("is on the KubernetesCluster alone, where the preview of the end reads it", async (context) => {
    const left = await run(context, { leaveRunning: true });
    assert.equal(annotationsOf(stepOf(left, "kubernetes-cluster"))[annotation], "true");
    for (const name of ["namespace", "root-certificate"]) {
      assert.ok(!(annotation in annotationsOf(stepOf(left, name))), name);
    }
  });

  test("is an input of the preparation and of the proof, whose deletes go by it", async (context) => {
    const left = await run(context, { leaveRunning: true });
    assert.deepEqual(
      steps.map((name) => stepOf(left, name).inputs["leaveRunning"]),
      [true, undefined, true],
    );
  });

  test("leaves no trace without the argument, so that earlier states change nothing", async (context) => {
    for (const args of [{}, { leaveRunning: false }]) {
      const ended = await run(context, args);
      for (const { name, inputs } of ended.resources) assert.ok(!("leaveRunning" in inputs), name);
      assert.ok(!(annotation in annotationsOf(stepOf(ended, "kubernetes-cluster"))));
    }
  });

  test("has no release to keep for an agent that someone else installs", async (context) => {
    const left = await run(context, { leaveRunning: true, agent: { provided: true, version: undefined } });
    assert.ok(!left.resources.some(({ name }) => name === "cluster-2-agent"));
    assert.equal(stepOf(left, "preparation").inputs["leaveRunning"], true);
  });
});

describe("takeOver", () => {
  const urn = "urn:pulumi:stack::other::gloo-mesh-relay:index:GlooMeshRelayRegistration::cluster-2";

  test("of another registration is an input of the preparation, which takes its mark for its own; of nobody's is none", async (context) => {
    const named = stepOf(await run(context, { takeOver: urn }), "preparation").inputs;
    assert.deepEqual(
      [named["takenFrom"], named["formerMarks"]].flat().filter((mark) => mark === urn),
      [urn, urn],
    );
    for (const args of [{ takeOver: true }, {}]) {
      assert.ok(!("takenFrom" in stepOf(await run(context, args), "preparation").inputs));
    }
  });

  test("of itself takes over nothing of its own", async (context) => {
    const own = "urn:pulumi:stack::project::gloo-mesh-relay:index:GlooMeshRelayRegistration::cluster-2";
    assert.ok(!("takenFrom" in stepOf(await run(context, { takeOver: own }), "preparation").inputs));
  });
});
