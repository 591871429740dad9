import assert from "node:assert/strict";
import { test } from "node:test";
import { paths } from "../../../../components/kubernetes/objects";

test("each name becomes one segment of a path, whatever it holds", () => {
  assert.equal(paths.secret("a?b", "c#d e"), "/api/v1/namespaces/a%3Fb/secrets/c%23d%20e");
  assert.equal(paths.serviceProxy("a", "b&c", 9091), "/api/v1/namespaces/a/services/b%26c:9091/proxy");
  assert.equal(paths.podLog("a", "system:b"), "/api/v1/namespaces/a/pods/system:b/log");
});

test("a name that no object can have is refused: GMR006", () => {
  for (const name of ["", ".", "..", "a/b", "../x", "%2e%2e", "\ud800", "a".repeat(1025)]) {
    assert.throws(() => paths.secret(name, "a"), /^RegistrationError: GMR006 /);
    assert.throws(() => paths.deployment("a", name), /^RegistrationError: GMR006 /);
  }
});
