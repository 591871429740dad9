import assert from "node:assert/strict";
import { test } from "node:test";
import { formatReason, reasonIdOf, reasonIds } from "../../../../components/glooMesh/reasons";

test("a reason gives back its id, whatever its sentence says", () => {
  for (const id of reasonIds) assert.equal(reasonIdOf(formatReason({ id, sentence: "release-failed: it ended" })), id);
});

test("no reason is an empty string", () => assert.equal(formatReason(undefined), ""));

test("a reason of another form has no id", () => {
  for (const reason of ["", "certificate-missing", "unheard-of: a sentence", "the certificate-missing: x"]) {
    assert.equal(reasonIdOf(reason), undefined, reason);
  }
});
