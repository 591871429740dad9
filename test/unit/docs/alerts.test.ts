import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { raw } from "jq-wasm";
import { parse } from "yaml";
import { toJson } from "../../../cli/report/files";
import { connectedAgentsMetric } from "../../../components/glooMesh/connectedAgents";
import { cluster, fleet } from "../cli/report/fleet";
import { markdownOf } from "./documentFiles";

// Whether Prometheus takes the rules is for Prometheus; that they ask for what is there is checked here.

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string };
}

const { codeBlocks } = markdownOf("docs/how-to/alerts.md");
const filters = codeBlocks
  .filter(({ language }) => language === "sh")
  .flatMap(({ code }) => [...code.matchAll(/^jq -r '(.+)' report\/drift\.json$/gm)].map(([, filter = ""]) => filter));
const rules = codeBlocks
  .filter(({ language }) => language === "yaml")
  .flatMap(({ code }) => (parse(code) as { groups: readonly { rules: readonly Rule[] }[] }).groups)
  .flatMap((group) => group.rules);

/** Of two clusters, one unhealthy, with a certificate of each that is due. */
const report = toJson(
  fleet(2, {
    command: "drift",
    cluster: (index) =>
      cluster(index, {
        name: `prod-${index}`,
        ...(index === 0
          ? { state: "unhealthy", health: { verdict: "unhealthy", why: "no agent" } }
          : { state: "unchanged", health: { verdict: "healthy", why: "" } }),
      }),
  }),
);

const printed = async (beginning: string) => {
  const texts = await Promise.all(filters.map((filter) => raw(report, filter, ["-r"])));
  return texts.flatMap((text) => text.split("\n")).filter((line) => line.startsWith(beginning));
};

describe("docs/how-to/alerts.md", () => {
  test("has commands that list what is due and what needs somebody", async () => {
    assert.deepEqual(await printed("prod-"), ["prod-0: unhealthy"]);
    const due = await printed("");
    assert.ok(
      due.some((line) => /^-?\d+ days: client .+ of prod-\d$/.test(line)),
      due.join("\n"),
    );
  });

  test("has commands whose metrics are in the form that Prometheus reads", async () => {
    const metrics = await printed("gloo_mesh_");
    assert.ok(metrics.length > 5, metrics.join("\n"));
    for (const line of metrics) assert.match(line, /^[a-z_]+\{[a-z]+="[^"\\]*"(?:,[a-z]+="[^"\\]*")*\} -?\d+$/);
    assert.deepEqual(await printed("gloo_mesh_registration_healthy"), [
      'gloo_mesh_registration_healthy{stack="dev",cluster="prod-0"} 0',
      'gloo_mesh_registration_healthy{stack="dev",cluster="prod-1"} 1',
    ]);
    assert.deepEqual(await printed("gloo_mesh_registration_differs"), [
      'gloo_mesh_registration_differs{stack="dev",cluster="prod-0"} 1',
      'gloo_mesh_registration_differs{stack="dev",cluster="prod-1"} 0',
    ]);
  });

  test("has rules for each of these metrics, for the relay server's, and for no other", async () => {
    const names = new Set((await printed("gloo_mesh_")).map((line) => line.split("{")[0] ?? ""));
    const known = [...names, connectedAgentsMetric, "node_textfile_mtime_seconds"].sort();
    const asked = rules.flatMap(({ expr }) => expr.match(/\b[a-z]+_[a-z_]+(?=[{[) ]|$)/g) ?? []);
    const functions = ["max_over_time"];
    assert.deepEqual([...new Set(asked.filter((name) => !functions.includes(name)))].sort(), known);
  });

  test("has rules with a name of their own, and with balanced brackets", () => {
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
    for (const { expr, annotations } of rules) {
      assert.ok(annotations.summary);
      for (const [open, close] of ["()", "[]", "{}"].map((pair) => [...pair])) {
        assert.equal(expr.split(open ?? "").length, expr.split(close ?? "").length, expr);
      }
    }
  });
});
