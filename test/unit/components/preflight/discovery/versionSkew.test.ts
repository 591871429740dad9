import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { given } from "../../../../../components/preflight/discovery/found";
import { imageSkews, versionSkew } from "../../../../../components/preflight/discovery/versionSkew";
import { Collected } from "../../../../../components/preflight/findings/collected";
import { requestFor } from "../../../../support/preflightRequest";

const hub = (value: string) => ({ value, source: "image of Deployment gloo-mesh/enterprise-networking" });

describe("agent and hub", () => {
  for (const [agent, server] of [
    ["1.0.4", "1.0.4"],
    ["1.1.0-beta20", "1.1.0-beta20"],
    ["v1.0.4", "1.0.4"],
    ["1.0.4+build", "1.0.4"],
  ] as const) {
    test(`${agent} and ${server} are the same`, () => assert.equal(versionSkew(agent, hub(server)), undefined));
  }

  for (const [agent, server] of [
    ["1.0.4", "1.0.13"],
    ["1.0.13", "1.0.4"],
    ["1.1.0-beta20", "1.1.0"],
    ["1.1.0-beta20", "1.1.0-beta21"],
  ] as const) {
    test(`${agent} and ${server} differ by a patch: a warning`, () => {
      const finding = versionSkew(agent, hub(server));
      assert.deepEqual([finding?.severity, finding?.code], ["warning", "GMR225"]);
      assert.match(finding?.next ?? "", new RegExp(`set \\[agent\\.version\\] to ${server}`));
      assert.match(finding?.where ?? "", /image of Deployment/);
    });
  }

  for (const [agent, server] of [
    ["1.0.4", "1.1.4"],
    ["1.2.0", "1.1.4"],
    ["1.0.4", "2.0.4"],
  ] as const) {
    test(`${agent} and ${server} differ by more: an error, which can be ignored and is then still told`, () => {
      const finding = versionSkew(agent, hub(server));
      assert.ok(finding);
      assert.deepEqual([finding.severity, finding.code], ["error", "GMR226"]);
      const collected = new Collected();
      collected.add(finding);
      assert.throws(() => collected.settle([]), /GMR226/);
      assert.match(collected.settle(["GMR226"]).join(), /^ignored: GMR226 .*1\./);
    });
  }

  test("what is no version is left to the checks of the form", () => {
    assert.equal(versionSkew("latest", hub("1.0.4")), undefined);
    assert.equal(versionSkew("", hub("1.0.4")), undefined);
    assert.equal(versionSkew("1.0.4", hub("main")), undefined);
  });

  test("are compared by numbers, over all versions", () => {
    const version = fc.tuple(fc.nat(3), fc.nat(12), fc.nat(12));
    fc.assert(
      fc.property(version, version, (a, b) => {
        const finding = versionSkew(a.join("."), hub(b.join(".")));
        const same = a.every((number, index) => number === b[index]);
        const near = a[0] === b[0] && a[1] === b[1];
        assert.equal(finding?.code, same ? undefined : near ? "GMR225" : "GMR226");
      }),
    );
  });
});

test("a value that the user gave says as what", () => {
  assert.deepEqual(given("1.0.4", "agent.version"), { value: "1.0.4", source: "given as agent.version" });
});

describe("the image of an agent and the management cluster", () => {
  const skews = (generation: "1.x" | "2.x", values: Record<string, unknown>, server: string) =>
    imageSkews(requestFor({ generation, agent: { values } }).settings, hub(server)).map(
      ({ code, where, next }) => `${code} ${where}: ${next}`,
    );
  const source = "image of Deployment gloo-mesh/enterprise-networking";

  test("are the same with a variant of the build, and where the values give no tag", () => {
    assert.deepEqual(skews("2.x", { common: { imageTag: "v2.14.0-fips" } }, "2.14.0"), []);
    assert.deepEqual(skews("2.x", { common: { imageTag: "" }, glooAgent: { image: { tag: null } } }, "2.14.0"), []);
    assert.deepEqual(skews("2.x", { common: { imageTag: "our-build" } }, "2.14.0"), []);
  });

  test("differ by a tag in the values, whatever the version of the chart is", () => {
    assert.deepEqual(skews("2.x", { common: { imageTag: "2.13.2-fips" } }, "2.14.0"), [
      `GMR226 [agent.values.common.imageTag], ${source}: set [agent.values.common.imageTag] to 2.14.0, or leave it out; to register anyway, add "GMR226" to [checks.ignore]`,
    ]);
    assert.deepEqual(skews("2.x", { glooAgent: { image: { tag: "2.14.1" } } }, "2.14.0"), [
      `GMR225 [agent.values.glooAgent.image.tag], ${source}: set [agent.values.glooAgent.image.tag] to 2.14.0, or leave it out`,
    ]);
    assert.deepEqual(skews("1.x", { enterpriseAgent: { image: { tag: "1.0.13" } } }, "1.0.4"), [
      `GMR225 [agent.values.enterpriseAgent.image.tag], ${source}: set [agent.values.enterpriseAgent.image.tag] to 1.0.4, or leave it out`,
    ]);
  });
});
