import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatProblem } from "../../../../components/base/problems";
import { findForeignAgent, foreignAgentProblem } from "../../../../components/glooMesh/foreignAgent";
import type { HelmRelease } from "../../../../components/glooMesh/helmRelease";
import { ownershipOf } from "../../../../components/glooMesh/ownership";
import type { FoundObject } from "../../../../components/kubernetes/apiKinds";
import type { ObjectMetadata } from "../../../../components/kubernetes/objects";

const own = { namespace: "gloo-mesh", releaseName: "enterprise-agent" };
const mark = "project/stack/cluster-2";
const ownership = ownershipOf({ mark, formerMarks: ["project/stack/previous"] });
const remote = { where: "remote", access: { context: "prod-2" } };

const object = (kind: string, metadata: Partial<ObjectMetadata> = {}): FoundObject => ({
  kind,
  path: "/",
  metadata: { name: "enterprise-agent", ...metadata },
});
const ofHelm = (name: string, namespace: string) => ({
  annotations: { "meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace },
});
const release = (owner: string | undefined, status = "deployed"): HelmRelease => ({
  secret: { metadata: { name: "sh.helm.release.v1.enterprise-agent.v1" } },
  revision: 1,
  status,
  created: new Date(0),
  recorded: true,
  takenOver: false,
  incarnation: undefined,
  content: { chartVersion: "1.0.4", description: undefined, defaults: {}, values: {}, manifest: "" },
  owner,
  copiedMark: undefined,
});

const find = (found: FoundObject, installed?: HelmRelease, wasOurs = false) =>
  findForeignAgent([found], installed, own, ownership, wasOurs);
const problem = (found: FoundObject) => formatProblem(foreignAgentProblem(found, remote, own));
const what = "GMR315 An agent that this registration did not install is on the cluster — remote,";
const keep = "give [agent.provided: true] to register it with the agent as it is";
const until = ", then run pulumi up: until it ends, the cluster is without an agent";

describe("an agent that someone else installed", () => {
  const cases: Readonly<Record<string, readonly [FoundObject, string]>> = {
    "with kubectl": [
      object("Deployment"),
      `${what} Deployment gloo-mesh/enterprise-agent — it carries no mark of a registration — leave the cluster to whoever installed it; or ${keep}; or have it removed by whoever installed it${until}`,
    ],
    "with kubectl apply, which restores nothing": [
      object("Deployment", { annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" } }),
      `${what} Deployment gloo-mesh/enterprise-agent — kubectl manages it (somebody applied it from a file) — leave the cluster to whoever installed it; or ${keep}; or have it removed, with all that was applied with it, by whoever has the files${until}`,
    ],
    "with Argo CD": [
      object("Deployment", { labels: { "argocd.argoproj.io/instance": "mesh" } }),
      `${what} Deployment gloo-mesh/enterprise-agent — Argo CD manages it (argocd.argoproj.io/instance: mesh) — leave the cluster to whoever installed it; or ${keep}; or have it removed where Argo CD has it from, not by hand${until}`,
    ],
    "with Helm, under another name": [
      object("Deployment", ofHelm("agent", "gloo-mesh")),
      `${what} Deployment gloo-mesh/enterprise-agent — Helm manages it (release gloo-mesh/agent) — leave the cluster to whoever installed it; or ${keep}; or to take it over, give [agent.releaseName: "agent"] and [takeOver: true]; or uninstall it: helm --kube-context prod-2 -n gloo-mesh uninstall agent${until}`,
    ],
    "with Helm, in another namespace": [
      object("ClusterRole", ofHelm("enterprise-agent", "mesh")),
      `${what} ClusterRole enterprise-agent — Helm manages it (release mesh/enterprise-agent) — leave the cluster to whoever installed it; or uninstall it: helm --kube-context prod-2 -n mesh uninstall enterprise-agent${until}`,
    ],
    "with Helm, which stores its releases elsewhere": [
      object("Deployment", ofHelm("enterprise-agent", "gloo-mesh")),
      `${what} Deployment gloo-mesh/enterprise-agent — it names the Helm release gloo-mesh/enterprise-agent, of which no Secret of the namespace holds a record: Helm may store it elsewhere (HELM_DRIVER) — leave the cluster to whoever installed it; or ${keep}; or uninstall it, with the HELM_DRIVER that installed it: helm --kube-context prod-2 -n gloo-mesh uninstall enterprise-agent${until}`,
    ],
    "without a trace of who did, of which rights alone remain": [
      object("ClusterRoleBinding"),
      `${what} ClusterRoleBinding enterprise-agent — it carries no mark of a registration — leave the cluster to whoever installed it; or if it is a leftover and no agent runs on the cluster, delete it: kubectl --context prod-2 delete clusterrolebinding enterprise-agent${until}`,
    ],
  };
  for (const [name, [found, text]] of Object.entries(cases)) {
    test(`is found: ${name}`, () => {
      assert.equal(find(found), found);
      assert.equal(problem(found), text);
    });
  }

  test("is found beside the history of a release of ours that is uninstalled, and beside a release of ours elsewhere", () => {
    const theirs = object("Deployment", ofHelm("enterprise-agent", "gloo-mesh"));
    assert.equal(find(theirs, release(mark, "uninstalled")), theirs);
    const elsewhere = object("ClusterRole", ofHelm("enterprise-agent", "mesh"));
    assert.equal(find(elsewhere, release(mark), true), elsewhere);
  });
});

describe("an agent of this registration", () => {
  const deployment = object("Deployment", ofHelm("enterprise-agent", "gloo-mesh"));

  for (const status of ["deployed", "failed", "pending-install", "uninstalling"]) {
    test(`is known by the mark of its release, the present or a previous one: ${status}`, () => {
      assert.equal(find(deployment, release(mark, status)), undefined);
      assert.equal(find(deployment, release("project/stack/previous", status)), undefined);
    });
  }

  test("is known by its other objects when its release has lost its record", () => {
    assert.equal(find(deployment, undefined, true), undefined);
  });

  test("that is being deleted, or of which rights alone remain, is no obstacle", () => {
    assert.equal(find(object("Deployment", { deletionTimestamp: "2026-01-01T00:00:00Z" })), undefined);
    assert.equal(find(object("ClusterRole", ofHelm("enterprise-agent", "gloo-mesh"))), undefined);
  });
});
