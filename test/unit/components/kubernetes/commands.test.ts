import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { helm, kubectl, shellQuoted } from "../../../../components/kubernetes/commands";

describe("commands in messages", () => {
  test("carry context and namespace", () => {
    const access = { context: "prod-hub" };
    assert.equal(
      kubectl(access, "gloo-mesh", "delete", "secret", "relay-root-tls-secret"),
      "kubectl --context prod-hub -n gloo-mesh delete secret relay-root-tls-secret",
    );
    assert.equal(
      helm(access, "gloo-mesh", "uninstall", "enterprise-agent"),
      "helm --kube-context prod-hub -n gloo-mesh uninstall enterprise-agent",
    );
  });

  test("name no namespace for an object without one, and no context where the current one is meant", () => {
    assert.equal(kubectl({}, undefined, "get", "nodes"), "kubectl get nodes");
  });

  test("name the kubeconfig where it is a path, and never its content", () => {
    const words = ["auth", "whoami"];
    assert.equal(
      kubectl({ kubeconfig: "/etc/kube/hub.yaml", context: "hub" }, undefined, ...words),
      "kubectl --kubeconfig /etc/kube/hub.yaml --context hub auth whoami",
    );
    assert.equal(
      kubectl({ kubeconfig: "apiVersion: v1\nusers: []", context: "hub" }, undefined, ...words),
      "kubectl --context hub auth whoami",
    );
  });

  test("quote what a shell would read otherwise", () => {
    const access = { context: "arn:aws:eks:eu-west-1:1:cluster/it's $(rm)" };
    assert.equal(
      kubectl(access, undefined, "get", "--raw", "/readyz?verbose"),
      `kubectl --context 'arn:aws:eks:eu-west-1:1:cluster/it'\\''s $(rm)' get --raw '/readyz?verbose'`,
    );
    assert.equal(shellQuoted(""), "''");
  });

  test("let the shell expand the home folder, and quote the rest of the path", () => {
    const access = { kubeconfig: "~/my clusters/hub.yaml" };
    assert.equal(
      kubectl(access, undefined, "config", "view"),
      "kubectl --kubeconfig ~/'my clusters/hub.yaml' config view",
    );
    assert.equal(shellQuoted("~/"), "~/");
  });
});
