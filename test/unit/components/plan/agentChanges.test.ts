import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { changeBy, createPlanWorld, nothingToDo, type PlanWorld, release, withRelease } from "./example";

let world: PlanWorld;

before(async () => {
  world = await createPlanWorld();
});

const plan: PlanWorld["plan"] = (desired, current) => world.plan(desired, current);
const source = "image of Deployment gloo-mesh/enterprise-networking";

describe("the agent", () => {
  const version = (value: string) => ({ agentVersion: { value, source } });

  test("is upgraded with one restart", () => {
    assert.deepEqual(plan(version("1.0.13"), {}), changeBy(`~ agent: upgrade 1.0.4 → 1.0.13 (${source}); one restart`));
  });

  test("is downgraded, and the plan calls it so", () => {
    for (const [from, to] of [
      ["1.0.13", "1.0.4"],
      ["1.1.0-beta20", "1.1.0-beta3"],
    ] as const) {
      assert.deepEqual(
        plan(version(to), withRelease({ chartVersion: from })),
        changeBy(`~ agent: downgrade ${from} → ${to} (${source}); one restart`),
      );
    }
    assert.deepEqual(
      plan(version("1.1.0"), withRelease({ chartVersion: "1.1.0-beta20" })),
      changeBy(`~ agent: upgrade 1.1.0-beta20 → 1.1.0 (${source}); one restart`),
    );
  });

  test("is given another relay address", () => {
    const serverAddress = { value: "34.1.2.3:9900", source: "LoadBalancer ip of Service x/y, port grpc" };
    const to = "34.1.2.3:9900 (LoadBalancer ip of Service x/y, port grpc)";
    assert.deepEqual(
      plan({ serverAddress }, {}),
      changeBy(`~ agent: relay address 172.18.0.2:31179 → ${to}; one restart`),
    );
    assert.deepEqual(
      plan({ serverAddress }, withRelease({ serverAddress: undefined })),
      changeBy(`~ agent: relay address (none) → ${to}; one restart`),
    );
  });

  test("has TLS turned on", () => {
    assert.deepEqual(plan({}, withRelease({ insecure: true })), changeBy("~ agent: TLS turned on; one restart"));
  });

  test("has everything that one Helm upgrade changes in one line, values by their paths alone", () => {
    const values = { ...release.values, image: { tag: "private-tag" }, license: "private-license" };
    assert.deepEqual(
      plan(
        { ...version("1.0.13"), certificate: "none", tls: "none", rootCertificate: "", values },
        { rootFingerprints: undefined },
      ),
      changeBy(
        `~ agent: upgrade 1.0.4 → 1.0.13 (${source}); TLS turned off: anyone can impersonate this cluster; values image.tag and license; one restart`,
      ),
    );
  });

  test("whose values alone change may not restart", () => {
    const values = { a: 1, b: 2, c: 3, d: 4, e: 5, f: [6] };
    assert.deepEqual(
      plan({ values: { ...release.values, ...values } }, {}),
      changeBy("~ agent: values a, b, c, d and 2 more; at most one restart"),
    );
  });

  test("does not restart if its values become what the chart has by default, and only the others are named", () => {
    const defaults = { relay: { authority: "enterprise-networking.gloo-mesh", tokenSecret: { namespace: "" } } };
    const same = { authority: "enterprise-networking.gloo-mesh" };
    const given = (relay: object) => ({
      values: { ...release.values, relay: { ...(release.values["relay"] as object), ...relay } },
    });
    const relay = "~ agent: values relay";
    assert.deepEqual(
      plan(given(same), withRelease({ defaults })),
      changeBy(`${relay}.authority; no restart, since these are the chart's defaults`),
    );
    // The chart passes an empty namespace on as it is.
    const named = { ...same, tokenSecret: { namespace: "gloo-mesh" } };
    assert.deepEqual(
      plan(given(named), withRelease({ defaults })),
      changeBy(`${relay}.tokenSecret.namespace; at most one restart`),
    );
  });

  test("whose values are known in part is compared by these, and the others are named", () => {
    const installed = withRelease({ values: { a: 1, b: { c: 2 }, license: "previous" } });
    const inPart = { values: { a: 1, b: {} }, unknownValues: ["b", "license"] };
    const unknown = "~ agent: known only in the run: agent.values.b and agent.values.license; at most one restart";
    assert.deepEqual(plan(inPart, installed), changeBy(unknown));
    assert.deepEqual(
      plan({ ...inPart, values: { a: 5 } }, installed),
      changeBy("~ agent: values a; at most one restart", unknown),
    );
    assert.deepEqual(
      plan({ values: {}, unknownValues: [""] }, installed),
      changeBy("~ agent: known only in the run: agent.values; at most one restart"),
    );
  });

  test("is unchanged by a leading v, by nulls and empty maps in the values, and by a mark", () => {
    const values = { ...release.values, extra: {}, other: null, global: { glooMeshRelayRegistration: "p/s/c" } };
    assert.deepEqual(plan({ values }, withRelease({ chartVersion: "v1.0.4" })), nothingToDo());
  });

  test("is unchanged by Helm, which stores the keys of a map in order", () => {
    const values = { tolerations: [{ key: "a", operator: "Exists", more: [{ z: 1, y: 2 }] }] };
    const stored = { tolerations: [{ key: "a", more: [{ y: 2, z: 1 }], operator: "Exists" }] };
    assert.deepEqual(plan({ values }, withRelease({ values: stored })), nothingToDo());
    const swapped = { tolerations: [{ key: "b", operator: "Exists" }, ...values.tolerations] };
    const turned = { tolerations: [...swapped.tolerations].reverse() };
    assert.deepEqual(
      plan({ values: swapped }, withRelease({ values: turned })),
      changeBy("~ agent: values tolerations; at most one restart"),
    );
  });
});

describe("a release that an earlier run left", () => {
  const installed = `~ agent 1.0.4 (${source}), relay server 172.18.0.2:31179 (given as relay.serverAddress)`;

  for (const status of ["pending-install", "pending-upgrade", "pending-rollback", "uninstalling"]) {
    for (const recorded of [true, false]) {
      test(`${status}, ${recorded ? "" : "not "}in Pulumi's state, is marked failed and installed`, () => {
        assert.deepEqual(
          plan({}, withRelease({ status, recorded })),
          changeBy(
            `~ agent: an earlier run left the Helm release enterprise-agent ${status}; it is marked failed, and Helm runs again`,
            installed,
          ),
        );
      });
    }
  }

  test("failed is installed without being marked once more", () => {
    assert.deepEqual(
      plan({}, withRelease({ status: "failed" })),
      changeBy("~ agent: the Helm release enterprise-agent failed in an earlier run; Helm runs again", installed),
    );
  });

  test("without a record in Pulumi is marked failed, with what changes besides", () => {
    const line =
      "~ agent: a run that ended before Pulumi recorded it installed the Helm release enterprise-agent; it is marked failed, and Helm runs again";
    assert.deepEqual(plan({}, withRelease({ recorded: false })), changeBy(line));
    assert.deepEqual(
      plan({ agentVersion: { value: "1.0.13", source } }, withRelease({ recorded: false })),
      changeBy(line, `~ agent: upgrade 1.0.4 → 1.0.13 (${source}); one restart`),
    );
  });
});
