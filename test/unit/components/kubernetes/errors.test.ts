import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { formatProblem, problemCodes } from "../../../../components/base/problems";
import {
  answerProblem,
  connectionProblem,
  credentialProblem,
  notAnApiServer,
  proxyProblem,
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

describe("a failure names the side where it is", () => {
  const failed = (code: string, message: string) => connectionProblem(access, "https://api:6443", { code, message });
  test("what does not speak TLS is no API server", () => {
    const words = "error:0A00010B:SSL routines:ssl3_get_record:wrong version number";
    for (const problem of [
      failed("EPROTO", words),
      failed("ERR_SSL_PACKET_LENGTH_TOO_LONG", ""),
      failed("HPE_INVALID_CONSTANT", ""),
    ]) {
      assert.equal(problem.code, "GMR117");
      assert.match(problem.cause ?? "", /does not speak the protocol/);
    }
  });
  test("an alert about the client's certificate is a rejection of the credentials", () => {
    for (const alert of [
      "TLSV13_ALERT_CERTIFICATE_REQUIRED",
      "TLSV1_ALERT_UNKNOWN_CA",
      "SSL/TLS_ALERT_BAD_CERTIFICATE",
    ]) {
      assert.equal(failed(`ERR_SSL_${alert}`, "").code, "GMR115", alert);
    }
  });
  test("another alert is a broken connection", () => {
    assert.equal(failed("ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR", "").code, "GMR118");
  });
  test("a page in place of an answer is no API server's, whatever the status", () => {
    for (const status of [200, 302, 401, 403, 404]) {
      const { message } = refusal(get("/api/v1/x?y=z"), status, "\n<html>secret</html>");
      assert.match(message, new RegExp(`^GMR117 What answers is not .* /api/v1/x, status ${status} `));
      assert.doesNotMatch(message, /secret/);
    }
    assert.match(refusal(get("/x"), 503, "<html>").message, /^GMR117 The API server answered 503/);
  });
  test("a refusal that is no Status may be a gateway's, and keeps its code, so that a plugin renews its credential", () => {
    for (const text of ["", "RBAC: access denied", '{"type":"error","status":"401"}', "Please authenticate", '"x"']) {
      for (const [status, code] of [
        [401, "GMR115"],
        [403, "GMR116"],
      ] as const) {
        const { message } = refusal(get("/x"), status, text);
        assert.match(message, new RegExp(`^${code} .*the answer is not of Kubernetes itself: a gateway`), text);
      }
    }
    const status = JSON.stringify({ kind: "Status", message: "no" });
    for (const code of [401, 403]) assert.doesNotMatch(refusal(get("/x"), code, status).message, /gateway/);
  });
  test("a proxy is named with its source", () => {
    const text = formatProblem(
      proxyProblem(access, "http://p:1, HTTPS_PROXY of the environment", "it closed the connection"),
    );
    assert.match(text, /^GMR106 .* — context "prod", http:\/\/p:1, HTTPS_PROXY of the environment — it closed/);
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
