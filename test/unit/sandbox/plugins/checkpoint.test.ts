import { strict as assert } from "node:assert";
import { test } from "node:test";
import { Secret, type ValueMap } from "../../../sandbox/plugins/engine/values";
import { fromState, toState } from "../../../sandbox/plugins/kubernetes/checkpoint";
import { typeOfToken } from "../../../sandbox/plugins/kubernetes/kinds";

const names = { manager: "m", initialApiVersion: "v1" };

test("the data of a Secret is secret in state, whether the program said so or not", () => {
  const live = { apiVersion: "v1", kind: "Secret", data: { token: "eA==" }, metadata: { name: "root" } };
  const state = toState({ inputs: live, live, ...names }, live);
  assert.ok(state["data"] instanceof Secret);
  assert.ok((state["__inputs"] as ValueMap)["data"] instanceof Secret);
  assert.deepEqual(state["metadata"], { name: "root" });
});

test("a value that was secret in the inputs is secret in the outputs, its neighbours are not", () => {
  const live = { kind: "Thing", spec: { password: "x", domain: "d" } };
  const state = toState({ inputs: live, live, ...names }, { spec: { password: new Secret("x"), domain: "d" } });
  assert.deepEqual(state["spec"], { password: new Secret("x"), domain: "d" });
});

test("inputs, live object and manager are read back from state without secret wrappers", () => {
  const live = { apiVersion: "v1", kind: "Secret", data: { token: "eA==" } };
  const inputs = { apiVersion: "v1", kind: "Secret", stringData: { token: "x" } };
  const read = fromState(toState({ inputs, live, ...names }, { ...inputs, stringData: new Secret({ token: "x" }) }));
  assert.deepEqual(read, { inputs, live, ...names });
});

test("a definition's x-kubernetes-… keys have underscores in state and dashes on the API", () => {
  const live = { kind: "Thing", schema: { "x-kubernetes-preserve-unknown-fields": true } };
  const state = toState({ inputs: live, live, ...names }, {});
  assert.deepEqual(state["schema"], { x_kubernetes_preserve_unknown_fields: true });
  assert.deepEqual(fromState(state).live, live);
});

test("type tokens name the kind as the API server does", () => {
  assert.deepEqual(typeOfToken("kubernetes:core/v1:Secret"), ["v1", "Secret"]);
  assert.deepEqual(typeOfToken("kubernetes:apps/v1:Deployment"), ["apps/v1", "Deployment"]);
  assert.deepEqual(typeOfToken("kubernetes:rbac.authorization.k8s.io/v1:Role"), [
    "rbac.authorization.k8s.io/v1",
    "Role",
  ]);
  assert.deepEqual(typeOfToken("kubernetes:rbac/v1:Role"), ["rbac.authorization.k8s.io/v1", "Role"]);
});
