import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repositoryRoot } from "../sandbox/repositoryRoot";
import { runProgram } from "./scenario";
import { startApi, startHub } from "./world";

// The README's diagram names each resource of a registration without the component's name.

test("README's sequence diagram has all resources, on their clusters, each after those that it depends on", async (context) => {
  const hub = await startHub(context);
  const remote = await startApi(context, "remote");
  const { resources } = await runProgram({
    clusters: { management: hub.access, remote: remote.access },
    registrations: { "cluster-2": { management: "management", remote: "remote" } },
  });
  const children = resources.filter(({ name, type }) => name.startsWith("cluster-2-") && !type.startsWith("pulumi:"));
  const drawn = arrows().filter(({ step }) => step !== "checks");
  assert.deepEqual(drawn.map(({ step }) => `cluster-2-${step}`).sort(), children.map(({ name }) => name).sort());
  const order = drawn.map(({ step }) => `cluster-2-${step}`);
  for (const { name, dependencies } of children) {
    const after = dependencies.filter((one) => order.indexOf(one) > order.indexOf(name));
    assert.deepEqual(after, [], `${name} is drawn before what it depends on`);
  }
  const onManagement = drawn.filter(({ to }) => to === "M").map(({ step }) => step);
  assert.deepEqual(onManagement, ["kubernetes-cluster"]);
});

/** What Pulumi does in the diagram: the step up to its colon or comma, and the cluster. */
function arrows(): { readonly to: string; readonly step: string }[] {
  const readme = readFileSync(join(repositoryRoot(), "README.md"), "utf8");
  const diagram = /^```mermaid\nsequenceDiagram\n([\s\S]+?)^```/m.exec(readme)?.[1] ?? "";
  return [...diagram.matchAll(/P->>(\w): ([\w-]+)/g)].map(([, to = "", step = ""]) => ({ to, step }));
}
