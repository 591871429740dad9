import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { type ProgramResult, runProgram } from "./scenario";
import { startApi, startHub, token } from "./world";

// What the relay server of 2.x that runs says about a registration, before its first resource.

const name = "gloo-mesh-mgmt-server";
const off = { name: "RELAY_DISABLE_CLIENT_CERTIFICATE_AUTHENTICATION", value: "true" };
const another = "another-token-0123456789-of-nobody";

interface World {
  /** Runs a registration of 2.x, and returns its errors; makes sure that no token is among its results. */
  errors(args?: object): Promise<string>;
}

async function world(context: TestContext, tag: string, ...env: readonly object[]): Promise<World> {
  const hub = await startHub(context);
  const remote = await startApi(context, "remote");
  hub.store.put("/apis/admin.gloo.solo.io/v2/namespaces/gloo-mesh/kubernetesclusters/other", {});
  const containers = [{ name, image: `registry.example.com/${name}:${tag}`, env }];
  hub.store.put(`/apis/apps/v1/namespaces/gloo-mesh/deployments/${name}`, {
    kind: "Deployment",
    spec: { replicas: 1, template: { spec: { containers } } },
  });
  const run = (args: object): Promise<ProgramResult> => {
    const given = { generation: "2.x", relay: { serverAddress: "127.0.0.1:1" }, agent: {}, ...args };
    return runProgram({
      clusters: { management: hub.access, remote: remote.access },
      registrations: { "cluster-2": { management: "management", remote: "remote", args: given } },
    });
  };
  return {
    errors: async (args = {}) => {
      const result = await run(args);
      for (const hidden of [token, another]) assert.ok(!JSON.stringify(result).includes(hidden));
      const declared = result.resources.filter(({ parent }) => parent === "cluster-2");
      assert.equal(declared.length === 0, result.errors.length > 0);
      assert.deepEqual([...hub.writes, ...remote.writes], []);
      return result.errors.join("\n");
    },
  };
}

describe("a relay server of 2.x", () => {
  test("before 2.3 is refused, with the version to upgrade to: GMR228", async (context) => {
    const { errors } = await world(context, "2.2.6");
    assert.match(
      await errors(),
      /^GMR228 .* has the version 2\.2\.6; Gloo Mesh 2\.2 is not supported by its vendor any more, and not here: the first version is 2\.3 — upgrade Gloo Mesh on the management cluster/,
    );
  });

  test("whose token is a literal is simple TLS, and takes a registration that copies this very token", async (context) => {
    const simple = { identity: "simple-tls" };
    const refused = await world(context, "2.14.0", off, { name: "RELAY_TOKEN", value: another });
    assert.match(await refused.errors(), /^GMR229 .* set \[identity\] to "simple-tls"; its token is a literal: /);
    assert.match(await refused.errors(simple), /^GMR229 .* relay-identity-token-secret, key token, holds another one/);
    const accepted = await world(context, "2.14.0", off, { name: "RELAY_TOKEN", value: token });
    assert.equal(await accepted.errors(simple), "");
  });

  test("takes no agent whose image has another minor version by the chart's values: GMR226", async (context) => {
    const { errors } = await world(context, "2.14.0-fips");
    const tagged = (imageTag: string) => ({ agent: { values: { common: { imageTag } } } });
    assert.equal(await errors(tagged("2.14.0-fips")), "");
    assert.match(await errors(tagged("2.13.2-fips")), /^GMR226 The agent's version 2\.13\.2 .*common\.imageTag/);
  });
});
