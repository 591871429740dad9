import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { causesFirst, problemsIn } from "../../../../cli/report/problemText";

const secrets: readonly (readonly [words: string, secret: string])[] = [
  ["Authorization: Bearer hunter-two", "hunter-two"],
  ["token: hunter-two", "hunter-two"],
  ["https://me:hunter-two@example.com", "hunter-two"],
  ["got k3j9x2m7q4w8z1p6", "k3j9x2m7q4w8z1p6"],
  ["got wJalrXUtnFEMIK7MDENG", "wJalrXUtnFEMIK7MDENG"],
];

describe("a secret in a message of the engine is masked", () => {
  for (const [words, secret] of secrets) {
    for (const message of [
      `error: ${words}`,
      `error: GMR117 The API server answered 500: ${words} — context "a" — ${words} — run it again`,
      `agent: GMR501 ${words}`,
    ]) {
      test(message, () => assert.ok(!JSON.stringify(problemsIn(message, "error")).includes(secret)));
    }
  }
});

test("names, UUIDs and fingerprints in a problem stay", () => {
  const uid = "123e4567-e89b-12d3-a456-426614174000";
  const problem = {
    code: "GMR310",
    what: `The context leads to the cluster ${uid}`,
    where: 'context "prod" of /tmp/run-Xb9aQz81KpW7/kubeconfig',
    cause: "root CA AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01",
    next: "kubectl --kubeconfig /tmp/run-Xb9aQz81KpW7/kubeconfig get pods",
  };
  const line = `error: ${problem.code} ${problem.what} — ${problem.where} — ${problem.cause} — ${problem.next}`;
  assert.deepEqual(problemsIn(line, "error"), [{ severity: "error", ...problem }]);
});

test("a warning that explains an error comes before it, as an error, and is its first next step", () => {
  const gone = {
    severity: "warning",
    code: "GMR312",
    what: "The namespace is gone",
    next: "run: up --refresh",
  } as const;
  const write = {
    severity: "error",
    code: "GMR117",
    what: "The API server answered 404 to POST /x",
    next: "b",
  } as const;
  const other = { severity: "warning", code: "GMR212", what: "The root CA expires soon" } as const;
  assert.deepEqual(causesFirst([other, write, gone]), [
    { ...gone, severity: "error" },
    { ...write, next: "fix first: GMR312 The namespace is gone" },
    other,
  ]);
  assert.deepEqual(causesFirst([other, gone]), [other, gone]);
});

test("a conflict between writers names program and field, and what takes the field back", () => {
  const message =
    'kubernetes:…: the Kubernetes API server reported that "x" failed: Server-Side Apply field conflict detected. … Apply failed with 1 conflict: conflict with "operator" using v1: .spec.clusterDomain';
  assert.deepEqual(problemsIn(message, "error"), [
    {
      severity: "error",
      what: 'someone else changed what this stack declares: conflict with "operator" using v1: .spec.clusterDomain',
      next: "stop what writes it, then run: PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up --refresh",
    },
  ]);
});
