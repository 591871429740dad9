import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { problemsOf } from "../../../../../components/base/problems";
import type { GenerationName } from "../../../../../components/glooMesh/generation";
import { SharedLookups } from "../../../../../components/kubernetes/lookups";
import {
  refuseAnotherGeneration,
  refuseAnotherServer,
} from "../../../../../components/preflight/hub/anotherGeneration";
import { requestFor } from "../../../../support/preflightRequest";
import { startApi } from "../remote/world";

const deployments = "/apis/apps/v1/namespaces/gloo-mesh/deployments";

/** The cause and the next step of GMR228; undefined without it. */
function problemFrom(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    const [problem] = problemsOf(error) ?? [];
    assert.equal(problem?.code, "GMR228");
    return `${problem.cause}; ${problem.next}`;
  }
}

const judge = (generation: GenerationName, value: string) =>
  problemFrom(() => refuseAnotherGeneration({ value, source: "image" }, requestFor({ generation }), "management"));

describe("GMR228: the version of the relay server", () => {
  test("of the generation is accepted, pre-releases too", () => {
    for (const version of ["1.0.4", "1.2.30", "1.3.0-beta2"]) assert.equal(judge("1.x", version), undefined);
    for (const version of ["2.3.0", "2.3.0-rc1", "2.14.0", "2.15.1"]) assert.equal(judge("2.x", version), undefined);
  });

  test("of another generation names the one to set", () => {
    assert.match(judge("1.x", "2.14.0") ?? "", /has the version 2\.14\.0.*set \[generation\] to "2\.x"$/);
    assert.match(judge("2.x", "1.1.7") ?? "", /has the version 1\.1\.7.*set \[generation\] to "1\.x"$/);
  });

  test("2.0 to 2.2 is of neither, and has to be upgraded first", () => {
    for (const generation of ["1.x", "2.x"] as const) {
      const words = judge(generation, "2.2.6") ?? "";
      assert.match(words, /Gloo Mesh 2\.2 is not supported .* the first version is 2\.3; upgrade Gloo Mesh/);
    }
    assert.match(judge("2.x", "3.0.0") ?? "", /of no generation that is known here: 1\.x, 2\.x/);
  });

  test("that cannot be read is not judged", () => {
    refuseAnotherGeneration(undefined, requestFor(), "management");
  });
});

describe("GMR228: the relay server that runs", () => {
  const look = async (context: TestContext, generation: GenerationName, running: readonly string[]) => {
    const { api, client } = await startApi(context);
    for (const name of running) api.store.put(`${deployments}/${name}`, { kind: "Deployment" });
    const side = { cluster: new SharedLookups(), access: client.access };
    const problem = await refuseAnotherServer(side, requestFor({ generation }), "management").catch((error) => error);
    return problemsOf(problem)?.map(({ next }) => next);
  };

  test("is of the other generation", async (context) => {
    assert.deepEqual(await look(context, "1.x", ["gloo-mesh-mgmt-server"]), ['set [generation] to "2.x"']);
    assert.deepEqual(await look(context, "2.x", ["enterprise-networking"]), ['set [generation] to "1.x"']);
  });

  test("is of none: the other findings say so", async (context) => {
    assert.equal(await look(context, "2.x", []), undefined);
  });
});
