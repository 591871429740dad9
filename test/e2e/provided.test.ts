import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import type { ValuePath } from "../../components/glooMesh/generation";
import { createHelmOwnedCluster, installTelemetryGateway, readSecret, secretNames } from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { agentPods } from "./support/agents";
import { appliedByArgo } from "./support/argo";
import {
  added,
  clientFingerprint,
  connectedAgents,
  hasToken,
  inventory,
  makeNamespace,
  registeredOn,
  releaseStatuses,
  withoutWrites,
} from "./support/clusters";
import { generation, only } from "./support/generation";
import { helm, helmInstall } from "./support/helm";
import { assertFailed, assertNoChanges, assertSucceeded, registrationOf, textOf } from "./support/runs";
import { type ClusterSettings, World } from "./support/world";

const namespace = "gloo-mesh";
const [byHelm, byArgo] = ["remote-1", "remote-2"] as const;
const provided = { agent: { provided: true } };
// Arguments of the agent's installation have no meaning for a provided one.
const defaults = { agent: { version: undefined, repository: undefined } };

// Agents that stay with whoever installs them, and KubernetesClusters that another tool owns.
describe("an agent that someone else installs", () => {
  let world: World;

  before(async () => {
    world = await World.start([byHelm, byArgo], {
      ...(generation.name === "2.x" ? { furtherHubs: { own: { generation: "2.x", sidecarAgent: "own" } } } : {}),
    });
  });

  after(() => world?.stop());

  /** The values that whoever installs the agent gives to its chart. */
  const valuesFor = (clusterName: string): Record<string, string> => {
    const { enabled, clusterName: name, serverAddress } = generation.values;
    const entries: (readonly [ValuePath | undefined, string])[] = [
      [enabled, "true"],
      [name, clusterName],
      [serverAddress, world.sandbox.relayAddress],
    ];
    return Object.fromEntries(entries.flatMap(([path, value]) => (path ? [[path.join("."), value]] : [])));
  };
  const installCrds = async (cluster: SandboxCluster) => {
    if (generation.crds) await helmInstall(world, cluster, [generation.crds.releaseName, generation.crds.chart]);
  };
  describe("with helm and with Argo CD", () => {
    const existing = { namespace: { create: false } };
    let helms: SandboxCluster;
    let argos: SandboxCluster;
    let stack: PulumiWorkspace;
    let agent: readonly unknown[];

    before(async () => {
      [helms, argos] = [world.sandbox.remote(byHelm), world.sandbox.remote(byArgo)];
      await makeNamespace(helms, namespace);
      await installCrds(helms);
      await helmInstall(world, helms, [generation.releaseName, generation.chart], valuesFor(byHelm));
      agent = await deploymentOf(helms);
      stack = await world.stack("provided", {
        clusters: { [byHelm]: { ...existing, ...provided }, [byArgo]: { ...provided, proof: { level: "connected" } } },
        defaults,
      });
    });

    it("is waited for, also if it comes during the run", async () => {
      const run = stack.start("up");
      await run.untilOutput(/GMR336 .*is not on the cluster yet/);
      await run.untilOutput(/remote-2 \d+\/\d+ s: /);
      await installCrds(argos);
      await appliedByArgo(world, argos, valuesFor(byArgo));
      const up = await run.result;
      assertSucceeded(up);
      assert.match(textOf(up), /agent on the remote cluster: provided, and proven as it is/);
      assert.equal((await registrationOf(stack, byArgo)).proof, "connected");
      assert.equal(await hasToken(argos), false);
    });

    it("is registered and proven, and neither its Deployment nor its release is touched", async () => {
      const registration = await registrationOf(stack, byHelm);
      assert.deepEqual(
        [registration.proof, registration.certificateFingerprint],
        ["agent", await clientFingerprint(helms)],
      );
      assert.equal(registration.agentVersion, world.sandbox.hub.version);
      assert.equal(await connectedAgents(world.sandbox, byHelm), 1);
      assert.equal(await hasToken(helms), false);
      assert.deepEqual(await deploymentOf(helms), agent);
      assert.deepEqual(await releaseStatuses(helms), ["deployed"]);
    });

    it("is changed by neither a second up nor a refresh", async () => {
      assertNoChanges(await stack.up(["--skip-preview", "--expect-no-changes"]));
      assertNoChanges(await stack.refresh(["--skip-preview", "--expect-no-changes"]));
    });

    it("stays when the registration is destroyed, with its pods, its certificate and its namespace", async () => {
      const pods = [await podUids(helms), await podUids(argos)];
      const fingerprint = await clientFingerprint(helms);
      const destroy = await stack.destroy(["--skip-preview"]);
      assertSucceeded(destroy);
      assert.match(textOf(destroy), /GMR603 The namespace gloo-mesh is kept/);
      assert.deepEqual([await podUids(helms), await podUids(argos)], pods);
      assert.equal(await clientFingerprint(helms), fingerprint);
      assert.deepEqual(await deploymentOf(helms), agent);
      assert.deepEqual(await releaseStatuses(helms), ["deployed"]);
      assert.equal(await readSecret(helms.kubeConfig, { name: secretNames.root, namespace }), undefined);
      assert.deepEqual((await registeredOn(world.sandbox.management).list()).items, []);
    });

    it("is refused without the argument, which the message names with the tool that has the agent", async () => {
      await stack.setConfig({ clusters: { [byHelm]: existing, [byArgo]: existing } });
      const clusters = [helms, argos, world.sandbox.management];
      const preview = await withoutWrites(clusters, () => stack.preview(), { trials: true });
      assertFailed(preview, /GMR305 .*give \[agent\.provided: true\] to register it with the agent as it is/);
      assertFailed(preview, /GMR315 .*Argo CD manages it .*give \[agent\.provided: true\]/);
    });
  });

  only("2.x", () => {
    describe("as a sidecar of the relay server, with a KubernetesCluster that Helm owns", () => {
      it("registers the management cluster with itself, and changes nothing there", async () => {
        const own = world.sandbox.cluster("own");
        const untouched = await inventory(own);
        const settings = (more: ClusterSettings) => ({
          management: { context: "own" },
          clusters: { own: { selfRegistration: true, proof: { level: "connected" }, ...more } },
          defaults: { ...defaults, relay: { serverAddress: world.sandbox.hubNamed("own").address } },
        });
        const stack = await world.stack("own", settings({}));
        assertFailed(await stack.preview(), /GMR208 .*Helm manages it .*give \[kubernetesCluster\.provided: true\]/);
        await stack.setConfig(world.config(settings({ ...provided, kubernetesCluster: { provided: true } })));
        assertSucceeded(await stack.up(["--skip-preview"]));
        const registration = await registrationOf(stack, "own");
        assert.deepEqual(
          [registration.proof, registration.certificateFingerprint],
          ["connected", await clientFingerprint(own)],
        );
        assertNoChanges(await stack.up(["--skip-preview", "--expect-no-changes"]));
        assertSucceeded(await stack.destroy(["--skip-preview"]));
        const left = await inventory(own);
        assert.deepEqual(added(untouched, left), []);
        assert.deepEqual(added(left, untouched), []);
      });
    });

    it("a KubernetesCluster that Helm owns is used, and stays; a telemetry collector gets the address of its gateway", async () => {
      const clusterName = "owned-by-helm";
      const { kubeConfig } = world.sandbox.management;
      await createHelmOwnedCluster(kubeConfig, namespace, clusterName);
      const uidOf = async () => (await registeredOn(world.sandbox.management).read(clusterName)).metadata?.uid;
      const uid = await uidOf();
      const owned = {
        namespace: { name: "owned" },
        crds: { install: false },
        remote: { context: byHelm },
        agent: { values: { telemetryCollector: { enabled: true } } },
      };
      const settings = { ...owned, kubernetesCluster: { provided: true }, proof: { level: "connected" } };
      const stack = await world.stack("owned", { clusters: { [clusterName]: owned } });
      const preview = await stack.preview();
      assertFailed(preview, /GMR208 .*give \[kubernetesCluster\.provided: true\]/);
      assertFailed(preview, /GMR230 The telemetry collector has no endpoint.*there is no such Service/);
      await installTelemetryGateway(kubeConfig, namespace, { ip: "127.0.0.1" });
      await stack.setConfig({ clusters: { [clusterName]: settings } });
      assertSucceeded(await stack.up(["--skip-preview"]));
      assert.equal((await registrationOf(stack, clusterName)).proof, "connected");
      const values = await helm(
        world,
        world.sandbox.remote(byHelm),
        ["get", "values", generation.releaseName],
        "owned",
      );
      assert.match(values, /endpoint: 127\.0\.0\.1:4317/);
      assertNoChanges(await stack.up(["--skip-preview", "--expect-no-changes"]));
      assertSucceeded(await stack.destroy(["--skip-preview"]));
      assert.equal(await uidOf(), uid);
    });
  });
});

/** UID and specification of the agent's Deployment: a write of anybody else would show. */
async function deploymentOf({ kubeConfig }: SandboxCluster): Promise<readonly unknown[]> {
  const apps = kubeConfig.makeApiClient(k8s.AppsV1Api);
  const { metadata } = await apps.readNamespacedDeployment({ name: generation.agentName, namespace });
  return [metadata?.uid, metadata?.generation, metadata?.labels, Object.keys(metadata?.annotations ?? {}).sort()];
}

async function podUids(cluster: SandboxCluster): Promise<readonly unknown[]> {
  return (await agentPods(cluster)).map(({ metadata }) => metadata?.uid);
}
