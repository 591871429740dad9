import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { waitLine } from "../../../../../components/operations/proof/waitLine";

const line = (...forms: [string, ...string[]]) =>
  waitLine({ clusterName: "cluster-2", timeoutSeconds: 300 }, 10, { kind: "a", forms, settleSeconds: 0 });

describe("the line about a wait", () => {
  test("names cluster, second, limit and reason", () => {
    assert.equal(line("no-pod: the agent has no pod yet"), "cluster-2 10/300 s: no-pod: the agent has no pod yet");
  });

  test("has the longest form that fits, of 76 columns", () => {
    const [fits, tooLong] = ["a".repeat(56), "a".repeat(57)];
    assert.equal(line(fits, "short"), `cluster-2 10/300 s: ${fits}`);
    assert.equal(line(tooLong, "short"), "cluster-2 10/300 s: short");
    assert.equal(line(fits).length, 76);
  });

  test("is cut at its end where the shortest form is too long", () => {
    assert.equal(line("x".repeat(200), "y".repeat(57)), `cluster-2 10/300 s: ${"y".repeat(55)}…`);
  });

  test("counts characters, and cuts none in two", () => {
    assert.equal(line("🔒".repeat(57)), `cluster-2 10/300 s: ${"🔒".repeat(55)}…`);
  });

  test("shows beginning and end of a long cluster name", () => {
    const found = { clusterName: "prod-europe-west4-payments-cluster-17", timeoutSeconds: 3600 };
    assert.equal(
      waitLine(found, 120, { kind: "a", forms: ["no-pod: the agent has no pod yet"], settleSeconds: 0 }),
      "prod-europe-…-cluster-17 120/3600 s: no-pod: the agent has no pod yet",
    );
  });

  test("is masked before it is cut, and one line without controls", () => {
    const secret = "aB3dE5gH7jK9mN1pQ3sT5vW7";
    assert.equal(
      line(`dial failed, password="${secret.repeat(4)}"`),
      'cluster-2 10/300 s: dial failed, password="***"',
    );
    assert.equal(line("a\nb\u001b[31mc"), "cluster-2 10/300 s: a bc");
  });

  test("is one line of at most 76 characters, whatever a cluster says", () => {
    const text = fc.string({ unit: "binary", maxLength: 200 });
    fc.assert(
      fc.property(text, text, (long, short) => {
        const found = line(`refused: ${long}`, `refused: ${short}`);
        assert.ok([...found].length <= 76 && /^cluster-2 10\/300 s: refused:/.test(found), found);
        assert.doesNotMatch(found, /[\p{Cc}\u2028\u2029]/u);
      }),
    );
  });

  const wrapped: Readonly<Record<string, string>> = {
    'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 10.0.0.1:9900: connect: connection refused"':
      "dial tcp 10.0.0.1:9900: connect: connection refused",
    'rpc error: code = Unavailable desc = latest balancer error: connection error: desc = "transport: Error while dialing dial tcp: EOF"':
      "dial tcp: EOF",
    'connection error: desc = "transport: authentication handshake failed: EOF"':
      "authentication handshake failed: EOF",
    'connection error: desc = "transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate has \\"expired\\"" (retryAfter="1s")':
      'x509: certificate has \\"expired\\" (retryAfter="1s")',
    'connection error: desc = "transport: cut here…': "cut here…",
    'Back-off pulling image "a/b:1": ErrImagePull': '"a/b:1": ErrImagePull',
    'rpc error: code = NotFound desc = failed to pull and unpack image "a/b:1": not found': '"a/b:1": not found',
    "rpc error: code = Unauthenticated desc = identity token is not valid":
      "Unauthenticated: identity token is not valid",
  };

  for (const [text, unwrapped] of Object.entries(wrapped)) {
    test(`shows of ${text.slice(0, 60)}… the error inside`, () =>
      assert.equal(line(`c: ${text}`), `cluster-2 10/300 s: c: ${unwrapped}`));
  }
});
