import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import type * as k8s from "@kubernetes/client-node";
import {
  ContainerConfigError,
  containerArguments,
  containerEnvironment,
  expandVariables,
  type KeyReader,
} from "../../../sandbox/pods/containerCommand";

const pod: k8s.V1Pod = {
  metadata: { name: "agent-1", namespace: "gloo-mesh", uid: "u-1", labels: { app: "agent" } },
  spec: { containers: [], serviceAccountName: "agent" },
};
const facts = { podIp: "10.128.1.1", hostIp: "10.128.0.1", nodeName: "sandbox-node" };
const keys: KeyReader = async (kind, namespace, name) =>
  kind === "Secret" && namespace === "gloo-mesh" && name === "token" ? { token: "t" } : undefined;

function environment(env: k8s.V1EnvVar[], more: Partial<k8s.V1Container> = {}): Promise<Record<string, string>> {
  return containerEnvironment(pod, { name: "main", env, ...more }, facts, keys);
}

describe("expansion of $(VAR)", () => {
  const cases: [string, string][] = [
    ["$(A)", "1"],
    ["x$(A)y$(B)", "x1y2"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$1"],
    ["$(MISSING)", "$(MISSING)"],
    ["$A", "$A"],
    ["$(A", "$(A"],
    ["$(constructor)", "$(constructor)"],
    ["", ""],
  ];
  for (const [text, expected] of cases) {
    test(`${JSON.stringify(text)} becomes ${JSON.stringify(expected)}`, () => {
      assert.equal(expandVariables(text, { A: "1", B: "2" }), expected);
    });
  }

  test("command and args are joined and expanded, a value once only", () => {
    const container = { name: "main", command: ["/agent"], args: ["--cluster=$(NAME)"] };
    assert.deepEqual(containerArguments(container, { NAME: "$(OTHER)", OTHER: "x" }), ["/agent", "--cluster=$(OTHER)"]);
  });
});

describe("environment of a container", () => {
  test("fields of the pod", async () => {
    const paths = [
      "metadata.name",
      "metadata.namespace",
      "metadata.uid",
      "metadata.labels['app']",
      "spec.nodeName",
      "spec.serviceAccountName",
      "status.podIP",
      "status.hostIP",
    ];
    const values = await environment(
      paths.map((fieldPath) => ({ name: fieldPath, valueFrom: { fieldRef: { fieldPath } } })),
    );
    assert.deepEqual(Object.values(values), [
      "agent-1",
      "gloo-mesh",
      "u-1",
      "agent",
      "sandbox-node",
      "agent",
      "10.128.1.1",
      "10.128.0.1",
    ]);
  });

  test("a value sees the variables before it, not those after it", async () => {
    const values = await environment([
      { name: "A", value: "$(B)" },
      { name: "B", value: "2" },
      { name: "C", value: "$(B)" },
    ]);
    assert.deepEqual(values, { A: "$(B)", B: "2", C: "2" });
  });

  test("a key of a Secret", async () => {
    const values = await environment([{ name: "T", valueFrom: { secretKeyRef: { name: "token", key: "token" } } }]);
    assert.deepEqual(values, { T: "t" });
  });

  test("a missing Secret, ConfigMap or key is told in the kubelet's words", async () => {
    const cases: [k8s.V1EnvVarSource, string][] = [
      [{ secretKeyRef: { name: "none", key: "token" } }, 'secret "none" not found'],
      [{ configMapKeyRef: { name: "none", key: "x" } }, 'configmap "none" not found'],
      [{ secretKeyRef: { name: "token", key: "other" } }, "couldn't find key other in Secret gloo-mesh/token"],
    ];
    for (const [valueFrom, message] of cases) {
      await assert.rejects(environment([{ name: "T", valueFrom }]), { name: "ContainerConfigError", message });
    }
  });

  test("an optional reference may be missing", async () => {
    const secretKeyRef = { name: "none", key: "token", optional: true };
    assert.deepEqual(await environment([{ name: "T", valueFrom: { secretKeyRef } }]), {});
  });

  test("what is not supported is refused, not ignored", async () => {
    const resourceFieldRef = { resource: "limits.cpu" };
    await assert.rejects(environment([{ name: "T", valueFrom: { resourceFieldRef } }]), ContainerConfigError);
    await assert.rejects(
      environment([{ name: "T", valueFrom: { fieldRef: { fieldPath: "x" } } }]),
      ContainerConfigError,
    );
    await assert.rejects(environment([], { envFrom: [{ secretRef: { name: "token" } }] }), ContainerConfigError);
  });
});
