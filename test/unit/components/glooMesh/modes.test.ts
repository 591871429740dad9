import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { identityModes, modesOf } from "../../../../components/glooMesh/modes";

describe("what follows from an identity", () => {
  const expected = {
    "one-time-token": ["issued", true, "temporary"],
    "retained-token": ["issued", true, "retained"],
    "provided-token": ["issued", true, "provided"],
    "provided-certificate": ["provided", false, "none"],
    "simple-tls": ["none", true, "retained"],
    none: ["none", false, "none"],
  } as const;
  for (const identity of identityModes) {
    test(`${identity}: who makes the certificate, whether the root CA is copied, and what becomes of the token`, () => {
      const { certificate, copyRoot, token } = modesOf({ identity });
      assert.deepEqual([certificate, copyRoot, token], expected[identity]);
      const self = modesOf({ identity, selfRegistration: true });
      assert.deepEqual([self.certificate, self.copyRoot, self.token], [certificate, false, "none"]);
    });
  }

  test("a provided root CA is not copied, whatever the token is", () => {
    for (const identity of ["one-time-token", "retained-token", "provided-token"] as const) {
      assert.equal(modesOf({ identity, rootCertificate: { provided: true } }).copyRoot, false);
    }
  });

  test("the namespace is made unless it exists, or is that of the management cluster", () => {
    assert.equal(modesOf({}).createNamespace, true);
    assert.equal(modesOf({ namespace: { create: false } }).createNamespace, false);
    assert.equal(modesOf({ selfRegistration: true }).createNamespace, false);
  });
});
