import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { isSecretInConfig } from "../../../../../components/base/internals/configInternals";

test("Pulumi's runtime says which values of the configuration are secret", () => {
  pulumi.runtime.setAllConfig({ "project:plain": "a", "project:hidden": "b" }, ["project:hidden"]);
  assert.equal(isSecretInConfig(pulumi.runtime, "project:hidden"), true);
  assert.equal(isSecretInConfig(pulumi.runtime, "project:plain"), false);
});
