import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { identityModes, leavesNoMark, modesOf } from "../../../../components/glooMesh/modes";

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

  test("a provided agent is not installed, nor are its CRDs; a provided KubernetesCluster is not created", () => {
    const of = (args: Parameters<typeof modesOf>[0]) => {
      const { installAgent, installCrds, createKubernetesCluster } = modesOf({ generation: "2.x", ...args });
      return [installAgent, installCrds, createKubernetesCluster];
    };
    assert.deepEqual(of({}), [true, true, true]);
    assert.deepEqual(of({ agent: { provided: true } }), [false, false, true]);
    assert.deepEqual(of({ kubernetesCluster: { provided: true } }), [true, true, false]);
  });

  test("only a registration that provides nothing of its own leaves no mark", () => {
    const provided = { agent: { provided: true }, kubernetesCluster: { provided: true } };
    assert.equal(leavesNoMark(modesOf(provided)), false);
    assert.equal(leavesNoMark(modesOf({ ...provided, selfRegistration: true })), true);
    assert.equal(leavesNoMark(modesOf({ ...provided, rootCertificate: { provided: true } })), true);
    assert.equal(
      leavesNoMark(modesOf({ ...provided, rootCertificate: { provided: true }, identity: "retained-token" })),
      false,
    );
    assert.equal(leavesNoMark(modesOf({ agent: { provided: true }, selfRegistration: true })), false);
  });

  test("the namespace is made unless it exists, or is that of the management cluster", () => {
    assert.equal(modesOf({}).createNamespace, true);
    assert.equal(modesOf({ namespace: { create: false } }).createNamespace, false);
    assert.equal(modesOf({ selfRegistration: true }).createNamespace, false);
  });
});
