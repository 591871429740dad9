import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { auditEvents, freePort, mintUser } from "../sandbox/controlplane";
import { createClientSecretData, createHubCertificates, secretNames, writeSecret } from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiResult, PulumiWorkspace } from "../sandbox/workspace";
import { clustersOf, inventory, leftOn, makeNamespace, withoutWrites } from "./support/clusters";
import { generation } from "./support/generation";
import { writeContexts } from "./support/kubeconfigs";
import { ownProgram } from "./support/program";
import { assertRegistered } from "./support/proof";
import { assertFailed, assertNoChanges, assertSucceeded, textOf } from "./support/runs";
import { World } from "./support/world";

const namespace = "gloo-mesh";
const agents = "agents";
const user = "deployer";

// Faults of input, access and hub that need no registration are in input.test.ts.

describe("the checks before the first write", () => {
  let world: World;
  let management: SandboxCluster;
  let one: SandboxCluster;
  let two: SandboxCluster;
  /** Never deployed. */
  let certificate: PulumiWorkspace;

  before(async () => {
    world = await World.start(["remote-1", "remote-2"]);
    management = world.sandbox.management;
    one = world.sandbox.remote("remote-1");
    two = world.sandbox.remote("remote-2");
  });

  after(() => world?.stop());

  const withoutAnyWrite = (work: () => Promise<PulumiResult>) =>
    withoutWrites(clustersOf(world.sandbox), work, { trials: true });

  // A user who may do nothing at first, and then exactly what was printed; the tests go on from each other.
  describe("ask for the rights of the kubeconfig's user", () => {
    let stack: PulumiWorkspace;
    let printed = "";
    let grantedAt = "";
    let untouched: ReadonlyMap<string, string>;

    before(async () => {
      const users = {
        management: { kubeConfig: await mintUser(management.plane, { name: user }) },
        "remote-1": { kubeConfig: await mintUser(one.plane, { name: user }) },
      };
      const kubeconfig = await writeContexts(world.sandbox, "restricted", users);
      await makeNamespace(one, agents);
      stack = await world.stack("restricted", {
        kubeconfig,
        clusters: { "remote-1": { namespace: { name: agents, create: false } } },
      });
    });

    it("and print a Role of all that is missing on each cluster, to a user without any right", async () => {
      const preview = await withoutAnyWrite(() => stack.preview());
      assertFailed(preview, /GMR116 .*Rights are missing: .*secrets in agents/);
      printed = preview.stdout;
      const kinds = (context: string) =>
        rolesFor(context, printed).map(({ kind, metadata }) => `${kind} ${metadata?.namespace ?? ""}`.trim());
      assert.deepEqual(kinds("management").sort(), ["ClusterRole", "Role gloo-mesh"]);
      assert.deepEqual(kinds("remote-1").sort(), ["ClusterRole", "Role agents"]);
    });

    it("and let the user preview and register with exactly these Roles, and lack nothing", async () => {
      await applyRoles(management, rolesFor("management", printed));
      await applyRoles(one, rolesFor("remote-1", printed));
      grantedAt = new Date().toISOString();
      untouched = await inventory(one);
      assertSucceeded(await stack.up());
      await assertRegistered(world, stack, "remote-1", one, agents);
      const again = await withoutAnyWrite(() => stack.preview());
      assertNoChanges(again);
      assert.match(textOf(again), /plan: up to date: /);
      assert.doesNotMatch(textOf(again), /left to the agent|GMR\d{3}/);
      assert.deepEqual(await forbidden(), []);
    });

    describe("and look at the relay server's certificate, at other names and at what is left,", () => {
      let text = "";

      before(async () => {
        await makeNamespace(two, "left");
        const data = await createClientSecretData(world.sandbox.hub.certificates, { clusterName: "remote-2" });
        await writeSecret(two.kubeConfig, { name: secretNames.client, namespace: "left" }, { ...data });
        certificate = await world.stack("certificate", {
          clusters: {
            twin: {
              remote: { context: "remote-1" },
              namespace: { name: "twins" },
              relay: { authority: "relay.example.com" },
            },
            "remote-2": {
              namespace: { name: "left", create: false },
              relay: { serverAddress: `127.0.0.1:${await freePort()}` },
            },
          },
        });
        const preview = await withoutAnyWrite(() => certificate.preview());
        assert.ok(preview.exitCode !== 0, "it succeeded");
        text = textOf(preview);
      });

      it("and refuse one whose SAN does not cover the authority", () =>
        assert.match(text, /GMR210 .*authority relay\.example\.com.*it is for \*\.gloo-mesh.*\[relay\.authority\]/));

      it("and refuse the same cluster under a second name", () =>
        assert.match(text, /GMR213 The cluster to register as twin is registered as remote-1 already/));

      it("and leave the certificate to the agent where the address does not answer from here", () =>
        assert.match(text, /certificate cannot be judged from this machine, and is left to the agent: .*ECONNREFUSED/));

      it("and tell of a client certificate that an earlier registration left", () => {
        assert.match(text, /warning: GMR311 .*left\/relay-client-tls-secret.*pulumi up removes it/);
        assert.match(
          text,
          /- client certificate of an earlier registration in Secret left\/relay-client-tls-secret; a new one is issued/,
        );
      });
    });

    it("and let the same user refresh and destroy, with nothing left", async () => {
      assertSucceeded(await stack.destroy(["--skip-preview", "--refresh"]));
      assert.deepEqual(leftOn(untouched, await inventory(one)), []);
      assert.deepEqual(await forbidden(), []);
    });

    /** What the API servers have refused the user since it had its rights; events are looked at where that is allowed. */
    const forbidden = async () => {
      const refusals = await Promise.all(
        [management, one].map(({ plane }) => auditEvents(plane, (event) => event.user === user && event.code === 403)),
      );
      // The hub's version is compared with the given one as far as it can be read.
      const bestEffort = `/deployments/${generation.relayServer.name}`;
      return refusals
        .flat()
        .filter(
          ({ resource, requestUri, stageTimestamp }) =>
            resource !== "events" && !requestUri.endsWith(bestEffort) && stageTimestamp > grantedAt,
        )
        .map(({ verb, requestUri }) => `${verb} ${requestUri}`);
    };
  });

  it("are deferred in the preview for a cluster that the same up makes, and done by that up", async () => {
    const { sandbox } = world;
    const stack = await ownProgram(world, "made", programThatMakesItsCluster, {
      generation: generation.name,
      kubeconfig: sandbox.kubeconfig,
      address: sandbox.relayAddress,
      repository: sandbox.chartRepository.url,
    });
    const up = await stack.up();
    assertSucceeded(up);
    assert.match(
      textOf(up),
      /checks deferred: the remote cluster's kubeconfig is not known before the run that creates it; up runs the checks/,
    );
    assert.deepEqual((await stack.outputs())["proof"], "agent");
    const preview = await withoutAnyWrite(() => stack.preview());
    assertSucceeded(preview);
    assert.match(textOf(preview), /plan: up to date: /);
    assertSucceeded(await stack.destroy(["--skip-preview"]));
  });

  it("refuse a relay server whose certificate does not chain to the root CA of the hub's Secret, in up as well", async () => {
    const { root } = await createHubCertificates();
    const secret = { name: secretNames.root, namespace };
    await writeSecret(management.kubeConfig, secret, { "ca.crt": root.certificatePem });
    await certificate.setConfig(world.config({ clusters: { "remote-1": {} } }));
    assertFailed(
      await withoutAnyWrite(() => certificate.up(["--skip-preview"])),
      /GMR209 .*127\.0\.0\.1:\d+.*correct the root CA Secret on the management cluster/,
    );
  });
});

/** Its resource stands for one that makes a cluster: the path of the kubeconfig is its output. */
const programThatMakesItsCluster = `
class NewCluster extends pulumi.dynamic.Resource {
  constructor(name, props) {
    super({ async create(inputs) { return { id: "made", outs: { kubeconfig: inputs.path } }; } }, name, { kubeconfig: undefined, ...props });
  }
}
const made = new NewCluster("made", { path: config.require("kubeconfig") });
const registration = new GlooMeshRelayRegistration("made", {
  generation: config.require("generation"),
  management: new ClusterConnection("management", { kubeconfig: config.require("kubeconfig"), context: "management" }),
  remote: { kubeconfig: made.kubeconfig, context: "remote-2" },
  relay: { serverAddress: config.require("address") },
  agent: { repository: config.require("repository") },
});
exports.proof = registration.proof;
`;

/** The Roles that a run has printed for a cluster, as an administrator copies them from the diagnostics. */
function rolesFor(context: string, output: string): k8s.KubernetesObject[] {
  const lines = output.slice(output.indexOf("Diagnostics:")).split("\n");
  const first = lines.findIndex((line) => line.includes(`# For context "${context}"`));
  assert.ok(first > 0, output);
  const indent = /^ */.exec(lines[first] ?? "")?.[0] ?? "";
  const text = lines.slice(first).map((line) => line.slice(indent.length));
  const next = text.findIndex(
    (line, index) => index > 0 && /^$|^# For context|^(?:error: |warning: )?GMR\d{3} /.test(line),
  );
  const manifest = text.slice(0, next < 0 ? undefined : next);
  return parseAllDocuments(manifest.join("\n")).flatMap((document) => {
    assert.deepEqual(document.errors, [], manifest.join("\n"));
    return (document.toJS() as k8s.KubernetesObject | null) ?? [];
  });
}

async function applyRoles(cluster: SandboxCluster, roles: readonly k8s.KubernetesObject[]): Promise<void> {
  const rbac = cluster.kubeConfig.makeApiClient(k8s.RbacAuthorizationV1Api);
  const subjects = [{ kind: "User", name: user, apiGroup: "rbac.authorization.k8s.io" }];
  for (const role of roles) {
    const name = role.metadata?.name ?? "";
    const binding = {
      metadata: { name },
      subjects,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: role.kind ?? "", name },
    };
    if (role.kind === "Role") {
      const target = { namespace: role.metadata?.namespace ?? "" };
      await rbac.createNamespacedRole({ ...target, body: role as k8s.V1Role });
      await rbac.createNamespacedRoleBinding({ ...target, body: binding });
    } else {
      await rbac.createClusterRole({ body: role as k8s.V1ClusterRole });
      await rbac.createClusterRoleBinding({ body: binding });
    }
  }
}
