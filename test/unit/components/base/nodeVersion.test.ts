import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { nodeFault } from "../../../../components/base/nodeVersion";
import { repositoryRoot } from "../../../sandbox/repositoryRoot";

describe("the version of Node.js", () => {
  test("is refused below that of package.json, and the message names both", () => {
    const { engines } = JSON.parse(readFileSync(join(repositoryRoot(), "package.json"), "utf8"));
    const oldest = engines.node.replace(">=", "");
    assert.equal(nodeFault(`${oldest}.0`), undefined);
    assert.equal(nodeFault("24.0.0"), undefined);
    for (const version of ["20.20.2", "22.18.9", "18.0.0"]) {
      const fault = nodeFault(version) ?? "";
      assert.ok(fault.startsWith(`Node.js ${version} is too old: install ${oldest} or newer`), fault);
    }
  });
});
