import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { withoutSecrecy } from "../../components/registration/refusedWrites";

test("a mark within secret values is found: a transform gets secrets as the engine sends them", () => {
  const secret = (value: unknown) => ({ [pulumi.runtime.specialSigKey]: pulumi.runtime.specialSecretSig, value });
  const values = { global: { glooMeshRelayRegistration: "urn" }, password: secret("x") };
  assert.deepEqual(withoutSecrecy({ name: "agent", values: secret(values) }), {
    name: "agent",
    values: { global: { glooMeshRelayRegistration: "urn" }, password: "x" },
  });
});
