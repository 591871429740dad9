import assert from "node:assert/strict";
import { test } from "node:test";
import { shortFingerprints } from "../../../../components/certificates/shortFingerprints";
import { subjectsApart } from "../../../../components/certificates/subjects";

const root = (fingerprint: string, subject = "CN=root") => ({ kind: "root" as const, subject, fingerprint });

test("two roots of one subject are distinguished by the first bytes of their fingerprints", () => {
  const [old, next, other] = [root("AA:BB:CC:DD:01"), root("AA:BB:CC:EE:01"), root("FF:00", "CN=other")];
  const subjectOf = subjectsApart([old, next, other, next]);
  assert.deepEqual([old, next, other].map(subjectOf), ["CN=root (AA:BB:CC:DD…)", "CN=root (AA:BB:CC:EE…)", "CN=other"]);
});

test("a subject that is alone in its kind stays as it is", () => {
  const client = { kind: "client" as const, subject: "CN=root", fingerprint: "11:22" };
  assert.equal(subjectsApart([root("AA:BB"), client])(client), "CN=root");
});

test("fingerprints are shortened to the bytes that distinguish them, and short ones not at all", () => {
  const [one, other] = ["AA:BB:CC:01:05", "AA:BB:CC:02:05"];
  assert.deepEqual([one, other].map(shortFingerprints([one, other], 2)), ["AA:BB:CC:01…", "AA:BB:CC:02…"]);
  assert.equal(shortFingerprints(["AA:BB"], 4)("AA:BB"), "AA:BB");
});
