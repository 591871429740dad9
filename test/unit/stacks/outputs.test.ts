import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import type { GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";
import { certificateLines, failedLine, registrationLine } from "../../../stacks/outputs";

const notAfter = "2027-11-29T10:00:00.000Z";
const root = { kind: "root", subject: "CN=root", fingerprint: "AA", notAfter, where: "management cluster" };
const server = { kind: "server", subject: "CN=relay", fingerprint: "BB", notAfter, where: "relay:9900" };
const client = { kind: "client", subject: "CN=one", fingerprint: "CC", notAfter, where: "Secret on one" };
const signing = { ...client, kind: "intermediate", subject: "CN=signing", fingerprint: "DD" };

function registration(outputs: object): GlooMeshRelayRegistration {
  const all = {
    proof: "agent",
    agentVersion: "1.0.4",
    relayServerAddress: "relay:9900",
    clientCertificate: { notAfter },
    certificates: [root, server, client, signing],
    ...outputs,
  };
  return Object.fromEntries(
    Object.entries(all).map(([name, value]) => [name, pulumi.output(value)]),
  ) as unknown as GlooMeshRelayRegistration;
}

function resolved<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}

describe("the stack's output of a registration", () => {
  test("is one line with what was proven", async () => {
    assert.equal(
      await resolved(registrationLine(registration({}))),
      "proven: agent 1.0.4 · relay relay:9900 · client certificate until 2027-11-29 · proof agent",
    );
  });

  test("names no certificate without TLS", async () => {
    const line = await resolved(registrationLine(registration({ clientCertificate: undefined, certificates: [] })));
    assert.equal(line, "proven: agent 1.0.4 · relay relay:9900 · without TLS · proof agent");
  });

  test("has the first problem of one that failed, short", () => {
    const message = "GMR501 The relay agent has no client certificate — here — because — look\nGMR119 x — y — z";
    assert.equal(failedLine(new Error(message)), "failed: GMR501 The relay agent has no client certificate");
    assert.equal(failedLine(new Error("helm ended\nat once")), "failed: helm ended");
  });

  test("names what Pulumi could not write, and on which cluster, in place of the SDK's words", () => {
    const waiting = 'error serializing property "outputs": error serializing property "releaseRevision": ';
    const type = "[kubernetes:multicluster.solo.io/v1alpha1:KubernetesCluster]";
    const written = "the KubernetesCluster on the management cluster could not be written";
    const line = `failed: ${written}; the error of edge-kubernetes-cluster says why`;
    assert.equal(failedLine(new Error(`${waiting}resource edge-kubernetes-cluster ${type} failed to register`)), line);
    const rpc = `failed to register new resource edge-kubernetes-cluster ${type}: 2 UNKNOWN: conflict`;
    assert.equal(failedLine(new Error(rpc)), line);
    const problem = "GMR501 The relay agent has no client certificate — here — because — look";
    assert.equal(
      failedLine(new Error(`${waiting}${problem}`)),
      "failed: GMR501 The relay agent has no client certificate",
    );
  });
});

describe("the stack's output of certificates", () => {
  test("has those of the management cluster once, and none of an agent", async () => {
    const lines = await resolved(certificateLines([registration({}), registration({})]));
    assert.deepEqual(lines, ["root CN=root until 2027-11-29", "server CN=relay until 2027-11-29"]);
  });

  test("is empty where nothing is registered", async () => {
    assert.deepEqual(await resolved(certificateLines([])), []);
  });
});
