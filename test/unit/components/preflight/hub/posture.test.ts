import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withoutKnownSecrets } from "../../../../../components/base/knownSecrets";
import type { Deployment } from "../../../../../components/kubernetes/workloads";
import { checkPosture } from "../../../../../components/preflight/hub/posture";
import { requestFor } from "../../../../support/preflightRequest";

const name = "gloo-mesh-mgmt-server";
const off = { name: "RELAY_DISABLE_CLIENT_CERTIFICATE_AUTHENTICATION", value: "true" };
const token = { name: "RELAY_TOKEN", valueFrom: { secretKeyRef: { name: "relay-token", key: "token" } } };

const server = (...env: readonly object[]): Deployment =>
  ({ metadata: { name }, spec: { template: { spec: { containers: [{ name: "sidecar" }, { name, env }] } } } }) as never;

/** Cause and next step of GMR229; undefined without it. */
function judge(
  deployment: Deployment | undefined,
  args: Parameters<typeof requestFor>[0] = {},
  copied?: string,
): string | undefined {
  const request = requestFor({ generation: "2.x", ...args });
  const found = checkPosture(deployment, request, "management", copied === undefined ? undefined : Buffer.from(copied));
  if (found) assert.deepEqual([found.code, found.severity], ["GMR229", "error"]);
  return found && `${found.where}: ${found.cause}; ${found.next}`;
}

const simple = { identity: "simple-tls", token: { source: { name: "relay-token" } } } as const;

describe("GMR229: how agents prove their identity", () => {
  test("both sides by certificates, or both by the token, is no finding", () => {
    assert.equal(judge(server()), undefined);
    assert.equal(judge(server({ ...off, value: "false" })), undefined);
    assert.equal(judge(server(off, token), simple), undefined);
  });

  test("a server without client certificates names the argument, and the Secret of its token", () => {
    assert.match(
      judge(server(off, token)) ?? "",
      /set \[identity\] to "simple-tls", and \[token\.source\] to relay-token, key token$/,
    );
    assert.match(judge(server(off), { identity: "provided-certificate" }) ?? "", /set \[identity\] to "simple-tls"$/);
  });

  test("a server that wants client certificates refuses an agent with a token alone", () => {
    assert.match(judge(server(token), simple) ?? "", /is not true: the relay server wants client certificates/);
  });

  test("another Secret of the token than the server's is named", () => {
    const other = { ...simple, token: { source: { name: "relay-token", key: "value" } } };
    assert.match(judge(server(off, token), other) ?? "", /key value; set \[token\.source\] to relay-token, key token$/);
    assert.match(
      judge(server(off, token), { identity: "simple-tls" }) ?? "",
      /from relay-identity-token-secret, key token/,
    );
  });

  test("a token that the server has as a literal is to be in a Secret that the registration can copy", () => {
    const literal = server(off, { name: "RELAY_TOKEN", value: "the-literal-token" });
    const next = "store it in a Secret of the management cluster, and set [token.source] to that";
    assert.equal(
      judge(literal),
      `management, Deployment gloo-mesh/${name}: ${off.name} is true: the relay server takes the token on each connection, and no client certificate; set [identity] to "simple-tls"; its token is a literal: ${next}`,
    );
    const another = judge(literal, simple, "the-token-of-the-secret") ?? "";
    assert.equal(
      another,
      `management, Deployment gloo-mesh/${name}: the relay server has its token as a literal, and relay-token, key token, holds another one; ${next}`,
    );
    assert.doesNotMatch(another, /the-literal-token|the-token-of-the-secret/);
    assert.equal(judge(literal, simple, "the-literal-token"), undefined);
    // A Secret that cannot be read has a finding of its own.
    assert.equal(judge(literal, simple), undefined);
    assert.equal(withoutKnownSecrets("a line with the-literal-token"), "a line with ***");
  });

  test("agents before 2.5 cannot do without a certificate", () => {
    const agent = { version: "2.4.9" };
    assert.match(judge(server(off, token), { ...simple, agent }) ?? "", /^\[agent\.version\]: agents before 2\.5/);
    assert.equal(judge(server(off, token), { ...simple, agent: { version: "2.5.0" } }), undefined);
  });

  test("is not judged where the Deployment cannot be read, nor for 1.x", () => {
    assert.equal(judge(undefined, simple), undefined);
    assert.equal(judge(server(off), { generation: "1.x" }), undefined);
  });
});
