import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { formatProblem, problemCodes } from "../../../../components/base/problems";
import {
  answerProblem,
  connectionProblem,
  credentialProblem,
  notAnApiServer,
  refusal,
} from "../../../../components/kubernetes/errors";

const access = { context: "prod" };
const get = (path: string) => ({ access, method: "GET", path });

describe("a failed connection has a code for its kind", () => {
  const kinds: readonly (readonly [string, string])[] = [
    ["ENOTFOUND", "GMR111"],
    ["EAI_AGAIN", "GMR111"],
    ["ECONNREFUSED", "GMR112"],
    ["ETIMEDOUT", "GMR113"],
    ["EHOSTUNREACH", "GMR113"],
    ["ENETUNREACH", "GMR113"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "GMR114"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "GMR114"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "GMR114"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "GMR114"],
    ["CERT_HAS_EXPIRED", "GMR114"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "GMR114"],
    ["EPROTO", "GMR114"],
    ["ECONNRESET", "GMR118"],
    ["EPIPE", "GMR118"],
  ];
  for (const [code, problem] of kinds) {
    test(`${code} is ${problem}`, () => {
      const found = connectionProblem(access, "https://api:6443", { code, message: "words" });
      assert.equal(found.code, problem);
      assert.equal(found.where, 'context "prod", https://api:6443');
    });
  }
  test("an error without a code is a broken connection with its words", () => {
    const found = connectionProblem(access, "https://api:6443", { message: "socket hang up" });
    assert.equal(found.code, "GMR118");
    assert.equal(found.cause, "socket hang up");
  });
  test("our own limit says how long there was no answer", () => {
    const found = connectionProblem(access, "", { code: "ETIMEDOUT", message: "no answer within 10 s" });
    assert.equal(found.cause, "no answer within 10 s");
  });
});

describe("a refusal has a code for its status", () => {
  for (const [status, code] of [
    [401, "GMR115"],
    [403, "GMR116"],
    [400, "GMR117"],
    [429, "GMR117"],
    [500, "GMR117"],
    [503, "GMR117"],
  ] as const) {
    test(`${status} is ${code}`, () => {
      assert.equal(answerProblem(get("/api/v1/x?y=z"), status, "words").code, code);
    });
  }
  test("a missing right is reported in the API server's words", () => {
    const message = 'secrets is forbidden: User "ann" cannot list resource "secrets"';
    assert.match(formatProblem(answerProblem(get("/x"), 403, message)), /Rights are missing: secrets is forbidden/);
  });
  test("the query is left out, and trouble of the server's own asks for patience", () => {
    const text = formatProblem(answerProblem(get("/x?labelSelector=a"), 503, ""));
    assert.match(text, /answered 503 to GET \/x — context "prod" — no explanation was given — run it again in a while/);
  });
});

describe("no message quotes credentials", () => {
  const secret = "hunter-two";
  const servers = [
    `https://me:${secret}@api:6443`,
    `https://${secret}@api:6443`,
    `https://:${secret}@api:6443/`,
    `https://api:6443?token=${secret}`,
    `https://api:6443/#${secret}`,
  ];
  for (const server of servers) {
    test(`of the server address ${server}`, () => {
      for (const code of ["ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "CERT_HAS_EXPIRED", "ECONNRESET", ""]) {
        const problem = connectionProblem(access, server, { code, message: `cannot reach ${server}` });
        assert.equal(problem.where, 'context "prod", https://api:6443');
        assert.ok(!formatProblem(problem).includes(secret), formatProblem(problem));
      }
      assert.equal(notAnApiServer(access, server).where, 'context "prod", https://api:6443');
    });
  }
  test("the path of a server address stays, and what is no address is not quoted", () => {
    assert.equal(notAnApiServer(access, "https://api/k8s/c-1/").where, 'context "prod", https://api/k8s/c-1');
    assert.ok(!notAnApiServer(access, `api ${secret}`).where.includes(secret));
  });
  test("that an answer echoes, in a Status or in any other form", () => {
    const echoes = [`Authorization: Bearer ${secret}`, `bad token "${secret}"`, `<token>${secret}</token>`];
    for (const echo of echoes) {
      const status = JSON.stringify({ kind: "Status", message: `refused: ${echo}`, details: { name: "x" } });
      for (const answer of [status, `502 ${echo}`, JSON.stringify({ message: 5, echo })]) {
        for (const code of [400, 401, 403, 404, 409, 422, 429, 500, 502]) {
          const { message } = refusal(get("/x"), code, answer);
          assert.ok(!message.includes(secret), message);
        }
      }
    }
  });
});

test("a credential plugin's own message is not quoted", () => {
  const error = Object.assign(new Error("could not use token eyJhbGciOi"), { code: "ENOENT" });
  const text = formatProblem(credentialProblem(access, error));
  assert.match(text, /^GMR104 .*ENOENT/);
  assert.doesNotMatch(text, /eyJ/);
  assert.doesNotMatch(formatProblem(credentialProblem(access, "eyJhbGciOi")), /eyJ/);
});

test("each command that is advised carries the context", () => {
  const refused = connectionProblem(access, "server", { code: "ECONNREFUSED", message: "" });
  const steps = [refused, notAnApiServer(access, "server"), answerProblem(get("/x"), 401, "")];
  assert.deepEqual(
    [...steps, credentialProblem(access, new Error())].map(({ next }) => next.slice(next.indexOf(": ") + 2)),
    [
      "kubectl --context prod get --raw /readyz",
      "kubectl --context prod get --raw /readyz",
      "kubectl --context prod auth whoami",
      "kubectl --context prod auth whoami",
    ],
  );
});

test("over all statuses and codes: one line, with a known code", () => {
  fc.assert(
    fc.property(fc.integer({ min: 300, max: 599 }), fc.string(), (status, code) => {
      assert.ok(answerProblem(get("/x"), status, "").code in problemCodes);
      assert.ok(connectionProblem(access, "server", { code, message: "words" }).code in problemCodes);
    }),
  );
});
