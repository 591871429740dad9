import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { readSecret, secretNames } from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { added, inventory, withoutWrites } from "./support/clusters";
import { assertFailed, assertNoChanges, assertSucceeded, registrationOf } from "./support/runs";
import { type ClusterSettings, World } from "./support/world";

const namespace = "gloo-mesh";

// Relay servers of 2.x that want no client certificates: there is none to verify, so the connection is the proof.
describe("relay servers of 2.x without client certificates", () => {
  let world: World;
  let remote: SandboxCluster;
  let stack: PulumiWorkspace;
  let untouched: ReadonlyMap<string, string>;

  before(async () => {
    world = await World.start(["remote-1"], {
      furtherHubs: {
        simple: { generation: "2.x", simpleTls: true, replicas: 2 },
        plain: { generation: "2.x", insecure: true },
      },
    });
    remote = world.sandbox.remote("remote-1");
    untouched = await inventory(remote);
    stack = await world.stack("postures", settings("simple"));
  });

  after(() => world?.stop());

  const settings = (hubName: string, own: ClusterSettings = {}) => {
    const hub = world.sandbox.hubNamed(hubName);
    return {
      management: { context: hubName },
      defaults: {
        generation: "2.x",
        relay: { serverAddress: hub.address },
        agent: { version: hub.facts.version, repository: world.sandbox.chartRepository.url },
      } as unknown as Readonly<Record<string, object>>,
      clusters: { "remote-1": own },
    };
  };
  const configure = (hubName: string, own: ClusterSettings) => stack.setConfig(world.config(settings(hubName, own)));
  const simple = { identity: "simple-tls", token: { source: { name: secretNames.sharedToken } } };

  // Without the Secret of the token alone: test/unit/components/preflight/hub/posture.test.ts.
  it("are refused in the preview without the identity that fits", async () => {
    const preview = await withoutWrites([remote], () => stack.preview(), { trials: true });
    assertFailed(preview, /GMR229 .*set \[identity\] to "simple-tls", and \[token\.source\] to relay-token/s);
  });

  it("register a cluster by its token alone, which stays, and the proof is the connection", async () => {
    await configure("simple", simple);
    assertSucceeded(await stack.up());
    const { proof, certificateFingerprint } = await registrationOf(stack, "remote-1");
    assert.deepEqual([proof, certificateFingerprint ?? ""], ["connected", ""]);
    assert.equal(await world.sandbox.hubNamed("simple").connectedAgents("remote-1"), 1);
    const keys = async (name: string) => {
      const data = await readSecret(remote.kubeConfig, { name, namespace });
      return data && [...data.keys()];
    };
    assert.deepEqual(await keys(secretNames.root), ["ca.crt"]);
    assert.deepEqual(await keys(secretNames.identityToken), ["token"]);
    assert.equal(await keys(secretNames.client), undefined);
    const token = world.sandbox.hubNamed("simple").facts.token();
    assert.ok(!JSON.stringify(await stack.exportState()).includes(token), "the state shows the token");
    assertNoChanges(await stack.up(["--skip-preview", "--refresh", "--expect-no-changes"]));
  });

  it("leave nothing behind but the CRDs", async () => {
    assertSucceeded(await stack.destroy(["--skip-preview"]));
    const left = added(untouched, await inventory(remote));
    assert.deepEqual(
      left.filter((name) => !name.startsWith("customresourcedefinitions ")),
      [],
    );
  });

  it("register a cluster without TLS", async () => {
    await configure("plain", { identity: "none", proof: { level: "connected" } });
    assertSucceeded(await stack.up(["--skip-preview"]));
    assert.equal(await world.sandbox.hubNamed("plain").connectedAgents("remote-1"), 1);
  });
});
