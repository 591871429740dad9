import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  aliasOption,
  earlierMarkOf,
  fieldManagerOf,
  isEarlierMark,
  isMarkOf,
} from "../../../../components/glooMesh/mark";

const type = "gloo-mesh-relay:index:GlooMeshRelayRegistration";
const urn = `urn:pulumi:dev::mesh::acme:index:Fleet$${type}::edge`;

describe("the mark of a registration", () => {
  test("has an earlier form without parents", () => {
    assert.equal(earlierMarkOf(urn), "mesh/dev/edge");
    assert.equal(earlierMarkOf("mesh/dev/edge"), undefined);
    assert.deepEqual([isEarlierMark(urn), isEarlierMark("mesh/dev/edge")], [false, true]);
  });

  test("belongs to the stack that it names, in either form", () => {
    const own = { project: "mesh", stack: "dev" };
    for (const mark of [urn, "mesh/dev/edge", "mesh/dev/a/b"]) assert.equal(isMarkOf(mark, own), true, mark);
    for (const mark of ["mesh/dev2/edge", urn.replace("dev", "dev2"), urn.replace("mesh", "mesh2"), "text"]) {
      assert.equal(isMarkOf(mark, own), false, mark);
    }
  });

  test("is an alias that can be pasted into a program", () => {
    assert.equal(aliasOption(urn), `aliases: ["${urn}"]`);
    assert.equal(aliasOption("mesh/dev/a/b"), 'aliases: [{"name":"a/b","stack":"dev","project":"mesh"}]');
    assert.equal(aliasOption("text"), 'aliases: ["text"]');
  });

  test("gives a field manager of its own, which Kubernetes accepts", () => {
    const manager = fieldManagerOf(urn);
    assert.match(manager, /^pulumi-kubernetes-gloo-mesh-[0-9a-f]{12}$/);
    assert.equal(fieldManagerOf(urn), manager);
    assert.notEqual(fieldManagerOf(urn.replace("edge", "east")), manager);
  });
});
