import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type AgentState, type Deployment, isAvailable, type Pod } from "../../../components/operations/agentState";
import { diagnose, mask } from "../../../components/operations/diagnosis";

const deployment: Deployment = { metadata: { name: "enterprise-agent", generation: 1 }, spec: { replicas: 1 } };

type Container = NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number];

const pod = (container: Partial<Container> = {}, status: Pod["status"] = {}): Pod => ({
  metadata: { name: "enterprise-agent-5d8c7-abcde" },
  status: {
    ...status,
    containerStatuses: [
      { name: "enterprise-agent", ready: false, restartCount: 0, state: { running: {} }, ...container },
    ],
  },
});

const state = (changes: Partial<AgentState>): AgentState => ({ deployment, pods: [pod()], log: [], ...changes });
const causeOf = (changes: Partial<AgentState>) => diagnose(state(changes)).cause;

describe("a line of the agent's log tells the cause", () => {
  const unavailable = (words: string) =>
    `{"level":"warn","ts":"2026-11-22T17:00:01.123Z","logger":"relay-client","msg":"failed to dial","err":"rpc error: code = Unavailable desc = connection error: desc = \\"transport: ${words}\\""}`;
  const lines: readonly (readonly [string, string, RegExp])[] = [
    [
      "a name that does not resolve",
      unavailable("Error while dialing: dial tcp: lookup relay.example.com on 10.96.0.10:53: no such host"),
      /does not resolve/,
    ],
    [
      "a DNS server that fails",
      unavailable("Error while dialing: dial tcp: lookup relay.example.com on 10.96.0.10:53: server misbehaving"),
      /does not resolve/,
    ],
    [
      "grpc-go's own resolver",
      "rpc error: code = Unavailable desc = name resolver error: produced zero addresses",
      /does not resolve/,
    ],
    [
      "a port where nobody listens",
      unavailable("Error while dialing: dial tcp 172.18.0.2:31179: connect: connection refused"),
      /refuses the connection/,
    ],
    ["no route", unavailable("Error while dialing: dial tcp 172.18.0.2:31179: connect: no route to host"), /no route/],
    [
      "another CA",
      unavailable(
        'authentication handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority (possibly because of \\"crypto/rsa: verification error\\" while trying to verify candidate authority certificate \\"*.gloo-mesh\\")',
      ),
      /not issued by the root CA/,
    ],
    [
      "another name",
      unavailable(
        "authentication handshake failed: tls: failed to verify certificate: x509: certificate is valid for *.gloo-mesh, not enterprise-networking.other",
      ),
      /does not cover the relay authority/,
    ],
    [
      "no name at all",
      unavailable(
        "authentication handshake failed: x509: certificate is not valid for any names, but wanted to match relay",
      ),
      /does not cover the relay authority/,
    ],
    [
      "an address without an IP SAN",
      unavailable(
        "authentication handshake failed: x509: cannot validate certificate for 172.18.0.2 because it doesn't contain any IP SANs",
      ),
      /does not cover the relay authority/,
    ],
    [
      "an expired server certificate",
      unavailable(
        "authentication handshake failed: x509: certificate has expired or is not yet valid: current time 2026-11-22T17:00:00Z is after 2025-01-01T00:00:00Z",
      ),
      /expired or not valid yet/,
    ],
    [
      "an unknown cluster",
      'rpc error: code = NotFound desc = kubernetesclusters.multicluster.solo.io "cluster-2" not found',
      /does not know the cluster/,
    ],
    [
      "a wrong token",
      "rpc error: code = Unauthenticated desc = identity token mismatch",
      /rejected the bootstrap token/,
    ],
    [
      "a refused certificate",
      "rpc error: code = PermissionDenied desc = cluster cluster-2 not allowed",
      /refused the client certificate/,
    ],
    [
      "a firewall that drops",
      unavailable("Error while dialing: dial tcp 172.18.0.2:31179: i/o timeout"),
      /does not answer/,
    ],
    ["an overdue answer", "rpc error: code = DeadlineExceeded desc = context deadline exceeded", /does not answer/],
    [
      "missing rights",
      'secrets "relay-client-tls-secret" is forbidden: User "system:serviceaccount:gloo-mesh:enterprise-agent" cannot create resource "secrets"',
      /lacks rights/,
    ],
    [
      "a missing Secret",
      'failed to read identity token: secrets "relay-identity-token-secret" not found',
      /misses one of its Secrets/,
    ],
  ];
  for (const [name, line, cause] of lines) test(name, () => assert.match(causeOf({ log: [line] }), cause));

  test("the newest line that says something counts", () => {
    const log = ["dial tcp: connection refused", "x509: certificate signed by unknown authority", "still trying"];
    assert.match(causeOf({ log }), /not issued by the root CA/);
    assert.match(causeOf({ log: log.toReversed() }), /refuses the connection/);
  });
});

describe("the agent's objects tell the cause", () => {
  test("the Deployment is not there", () =>
    assert.match(causeOf({ deployment: undefined }), /Deployment does not exist/));
  test("there is no pod yet", () => assert.match(causeOf({ pods: [] }), /no pod yet/));

  test("the namespace does not admit the pod", () => {
    const message = 'pods "enterprise-agent-x" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=0';
    const refused: Deployment = {
      ...deployment,
      status: { conditions: [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message }] },
    };
    const diagnosis = diagnose(state({ deployment: refused, pods: [] }));
    assert.match(diagnosis.cause, /does not admit/);
    assert.match(diagnosis.evidence ?? "", /exceeded quota/);
  });

  test("no node takes the pod", () => {
    const message = "0/3 nodes are available: 3 Insufficient memory.";
    const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }];
    const diagnosis = diagnose(state({ pods: [pod({}, { conditions })] }));
    assert.match(diagnosis.cause, /cannot be scheduled/);
    assert.equal(diagnosis.evidence, message);
  });

  for (const reason of ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ImageInspectError"]) {
    test(`the image cannot be pulled: ${reason}`, () => {
      const waiting = { reason, message: 'Back-off pulling image "gcr.io/gloo-mesh/enterprise-agent:1.0.4"' };
      assert.match(causeOf({ pods: [pod({ state: { waiting } })] }), /image cannot be pulled/);
    });
  }

  test("the container cannot be configured", () => {
    const waiting = { reason: "CreateContainerConfigError", message: 'secret "x" not found' };
    assert.match(causeOf({ pods: [pod({ state: { waiting } })] }), /cannot be configured/);
  });

  test("the agent crashes, and its log says nothing known", () => {
    const waiting = { reason: "CrashLoopBackOff", message: "back-off 20s restarting failed container" };
    const lastState = { terminated: { exitCode: 137, reason: "OOMKilled" } };
    const crashing = pod({ restartCount: 3, state: { waiting }, lastState });
    const diagnosis = diagnose(state({ pods: [crashing], log: ["strange last words"] }));
    assert.equal(diagnosis.cause, "the agent crashes (exit code 137, 3 restarts)");
    assert.equal(diagnosis.evidence, "strange last words");
  });

  test("a crash with known words is told by these", () => {
    const waiting = { reason: "CrashLoopBackOff" };
    const crashing = pod({ restartCount: 1, state: { waiting }, lastState: { terminated: { exitCode: 1 } } });
    assert.match(causeOf({ pods: [crashing], log: ["dial tcp: connection refused"] }), /refuses the connection/);
  });
});

describe("what is not recognised stays unknown", () => {
  for (const log of [[], ["all is well"], ['{"level":"info","msg":"starting"}']]) {
    test(JSON.stringify(log), () => assert.match(causeOf({ log }), /^unknown/));
  }
});

describe("mask", () => {
  test("hides UUIDs, long tokens and JWTs, and leaves words and addresses", () => {
    const line = mask(
      "token 123e4567-e89b-12d3-a456-426614174000 or eyJhbGciOiJSUzI1NiIsImtpZCI6.eyJzdWIiOiJzeXN0ZW06c2VydmljZSJ9 at 172.18.0.2:31179 refused",
    );
    assert.equal(line, "token *** or ***.*** at 172.18.0.2:31179 refused");
  });

  test("hides a token of the URL alphabet, which has hyphens", () => {
    const token = "Xb9-aQz81-KpW_7ty-mN4cRf2-LsV0eHgU6-1oJdI3xk";
    const line = mask(`rejected ${token} of cluster-2`) ?? "";
    assert.equal(line, "rejected *** of cluster-2");
  });

  test("leaves the names of pods and Secrets, which are evidence", () => {
    for (const name of [
      "enterprise-agent-7d9f8b6c54-x2x7k",
      "relay-identity-token-secret",
      "enterprise-networking.gloo-mesh",
    ]) {
      assert.equal(mask(`${name} not found`), `${name} not found`);
    }
  });

  test("says nothing of an empty line, and cuts a long one", () => {
    assert.equal(mask(undefined), undefined);
    assert.equal(mask("  \n"), undefined);
    assert.equal(mask("word ".repeat(100))?.length, 300);
  });

  test("over all lines: no run of 24 or more token characters survives", () => {
    const token = fc.string({ unit: fc.constantFrom(..."ABCxyz0189+/=_"), minLength: 1, maxLength: 80 });
    const line = fc.array(
      fc.oneof(token, fc.uuid(), fc.string({ unit: "binary" }), fc.constantFrom(" ", "-", ".", '"')),
    );
    fc.assert(fc.property(line, (parts) => assert.doesNotMatch(mask(parts.join("")) ?? "", /[A-Za-z0-9+/=_]{24,}/)));
  });
});

test("over all states: a diagnosis with a cause and a next step, and never a throw", () => {
  const containerState = fc.record(
    {
      waiting: fc.record({ reason: fc.string(), message: fc.string() }, { requiredKeys: [] }),
      terminated: fc.record({ exitCode: fc.integer() }),
    },
    { requiredKeys: [] },
  );
  const pods = fc.array(
    fc.record(
      {
        metadata: fc.record({ name: fc.string() }),
        status: fc.record(
          {
            containerStatuses: fc.array(
              fc.record(
                {
                  name: fc.string(),
                  ready: fc.boolean(),
                  restartCount: fc.nat(),
                  state: containerState,
                  lastState: containerState,
                },
                { requiredKeys: ["name", "ready", "restartCount"] },
              ),
            ),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ["metadata"] },
    ),
  );
  fc.assert(
    fc.property(pods, fc.array(fc.string()), (found, log) => {
      const diagnosis = diagnose({ deployment, pods: found as Pod[], log });
      assert.ok(diagnosis.cause !== "" && diagnosis.next !== "");
    }),
  );
});

describe("a Deployment is available", () => {
  const status = { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
  const with_ = (changes: Partial<typeof status>): Deployment => ({
    metadata: { name: "a", generation: 2 },
    spec: { replicas: 1 },
    status: { ...status, ...changes },
  });
  test("when the newest pods are all there and available", () => assert.ok(isAvailable(with_({}))));
  test("not before the controller has seen the newest generation", () =>
    assert.ok(!isAvailable(with_({ observedGeneration: 1 }))));
  test("not while an old pod remains", () => assert.ok(!isAvailable(with_({ replicas: 2 }))));
  test("not while the new pod is not available", () => assert.ok(!isAvailable(with_({ availableReplicas: 0 }))));
  test("not without a status, and not when there is none", () => {
    assert.ok(!isAvailable({ metadata: { name: "a" }, spec: {} }));
    assert.ok(!isAvailable(undefined));
  });
});
