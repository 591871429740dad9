import { strict as assert } from "node:assert";
import { test } from "node:test";
import type { CheckRequest } from "../../../sandbox/plugins/engine/provider";
import type { PlainMap, ValueMap } from "../../../sandbox/plugins/engine/values";
import { isAutonamed, nameObject } from "../../../sandbox/plugins/kubernetes/naming";
import { inNamespaceOf, withoutServerFields, withStringData } from "../../../sandbox/plugins/kubernetes/objectInputs";
import { readiness, timeoutSeconds, unawaited } from "../../../sandbox/plugins/kubernetes/readiness";

const request = (olds: ValueMap, autoname?: CheckRequest["autoname"]): CheckRequest => ({
  urn: "urn",
  type: "kubernetes:core/v1:ConfigMap",
  name: "settings",
  olds,
  news: {},
  randomSeed: new Uint8Array([1, 2, 3]),
  autoname,
});

test("an object without a name gets a generated one, keeps it, and is marked", () => {
  const first: ValueMap = {};
  nameObject(first, request({}));
  assert.match(String((first["metadata"] as ValueMap)["name"]), /^settings-[0-9a-f]{8}$/);
  assert.ok(isAutonamed(first));
  const second: ValueMap = {};
  nameObject(second, request(first));
  assert.deepEqual(second, first);
});

test("a name that is given is taken, and none is made when that is switched off", () => {
  const named: ValueMap = { metadata: { name: "mine" } };
  nameObject(named, request({}));
  assert.deepEqual(named, { metadata: { name: "mine" } });
  assert.throws(() => nameObject({}, request({}, "disabled")), /needs a name/);
});

test("what only the API server writes is no input", () => {
  const metadata = { name: "a", uid: "1", resourceVersion: "2", managedFields: [], creationTimestamp: "now" };
  assert.deepEqual(withoutServerFields({ metadata }), { metadata: { name: "a" } });
});

test("leaving the default namespace out is no change", () => {
  const inputs = { metadata: { name: "a" } };
  assert.deepEqual(inNamespaceOf({ metadata: { namespace: "default" } }, inputs), {
    metadata: { name: "a", namespace: "default" },
  });
  assert.equal(inNamespaceOf({ metadata: { name: "cluster-wide" } }, inputs), inputs);
});

test("a Secret given as stringData is compared with the text its data holds", () => {
  const live = { kind: "Secret", data: { a: Buffer.from("text").toString("base64"), b: "eA==" } };
  assert.deepEqual(withStringData(live, { stringData: { a: "x" } })["stringData"], { a: "text" });
});

const deployment = (status: PlainMap, annotations: PlainMap = {}): PlainMap => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { generation: 2, annotations },
  spec: { replicas: 2 },
  status,
});

test("a Deployment is ready when its newest generation is rolled out and available", () => {
  const available = [{ type: "Available", status: "True" }];
  const isReady = (status: PlainMap) => readiness(deployment(status))?.(deployment(status));
  assert.equal(isReady({ observedGeneration: 2, updatedReplicas: 2, conditions: available }), true);
  assert.equal(isReady({ observedGeneration: 1, updatedReplicas: 2, conditions: available }), false);
  assert.equal(isReady({ observedGeneration: 2, updatedReplicas: 1, conditions: available }), false);
  assert.equal(isReady({ observedGeneration: 2, updatedReplicas: 2 }), false);
});

test("an annotation skips the wait or bounds it, a custom timeout wins", () => {
  assert.equal(readiness(deployment({}, { "pulumi.com/skipAwait": "true" })), undefined);
  const bounded = deployment({}, { "pulumi.com/timeoutSeconds": "7" });
  assert.deepEqual([timeoutSeconds(bounded, 0), timeoutSeconds(bounded, 3), timeoutSeconds({}, 0)], [7, 3, 600]);
});

test("waits that the official plugin has and this one has not are told", () => {
  assert.match(unawaited({ apiVersion: "v1", kind: "Service" }) ?? "", /Service/);
  assert.equal(unawaited({ apiVersion: "v1", kind: "Secret" }), undefined);
});
