import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type IngressGateway, installIngressGateway } from "../sandbox/ingressGateway";
import type { RunningHub } from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { EngineCommand, PulumiResult, PulumiWorkspace } from "../sandbox/workspace";
import { agentStarts, becomes } from "./support/agents";
import { clustersOf, connectedAgents, withoutWrites } from "./support/clusters";
import { generation, versions } from "./support/generation";
import { assertRegistered } from "./support/proof";
import { assertFailed, assertNoChanges, assertSucceeded, textOf } from "./support/runs";
import { type ClusterSettings, World } from "./support/world";

/** The address of nobody: what an empty host makes of the port. */
const emptyHost = /(?:^|[\s"'])(?::\d+)(?:[\s"']|$)/m;
/** Where Pulumi shows a problem. */
const onRegistration = /GlooMeshRelayRegistration \(remote-1\):\n\s+error: GMR/;
const server = generation.relayServer.name;
const mirrored = (tag: string) => `registry.test:5000/mirror/${server}${tag}`;
const { usual, patch, otherMinor } = versions;

describe("what the arguments leave out", () => {
  let world: World;
  let hub: RunningHub;
  let remote: SandboxCluster;
  let stack: PulumiWorkspace;
  let port = "";

  before(async () => {
    world = await World.start(["remote-1"], { hub: { image: mirrored(`:v${usual}`) } });
    hub = world.sandbox.hubNamed("management");
    remote = world.sandbox.remote("remote-1");
    port = hub.address.split(":")[1] ?? "";
    stack = await world.stack("discovery", {
      clusters: { "remote-1": {} },
      defaults: { relay: { serverAddress: undefined }, agent: { version: undefined } },
    });
  });

  after(() => world?.stop());

  const give = (settings: ClusterSettings) => stack.setConfig({ clusters: { "remote-1": settings } });

  const withoutAnyWrite = (command: EngineCommand, args: readonly string[] = []): Promise<PulumiResult> =>
    withoutWrites(clustersOf(world.sandbox), () => stack.start(command, args).result, { trials: true });

  const refused = async (...codes: readonly string[]): Promise<string> => {
    const preview = await withoutAnyWrite("preview");
    for (const code of codes) assertFailed(preview, code);
    const up = await withoutAnyWrite("up", ["--skip-preview"]);
    for (const code of codes) assertFailed(up, code);
    for (const run of [preview, up]) {
      assert.doesNotMatch(textOf(run), emptyHost);
      assert.match(textOf(run), onRegistration);
      assert.doesNotMatch(textOf(run), /^\s+at /m, "a stack trace");
    }
    return textOf(preview);
  };

  const previewed = async (): Promise<string> => {
    const preview = await withoutAnyWrite("preview");
    assertSucceeded(preview);
    return textOf(preview);
  };

  /** One run; the agent is started anew exactly once, and the registration proven. */
  const upWithOneStart = async () => {
    const before = await agentStarts(remote);
    assertSucceeded(await stack.up(["--skip-preview"]));
    await assertRegistered(world, stack, "remote-1", remote);
    assert.equal((await agentStarts(remote)) - before, 1, "starts of the agent");
  };

  it("is no address of a Service without a load balancer, and no version of a digest; both are told at once", async () => {
    await hub.setImage(mirrored(`@sha256:${"a".repeat(64)}`));
    const text = await refused("GMR221", "GMR224");
    assert.match(text, /GMR221 .*it is of type ClusterIP.*relay\.serverAddress/);
    assert.match(text, /GMR224 .*pinned by its digest alone.*agent\.version/);
    await hub.setImage(mirrored(`:v${usual}`));
  });

  it("is no address of a load balancer that has none yet: never an empty host", async () => {
    await hub.setLoadBalancer(undefined);
    const preview = await withoutAnyWrite("preview");
    assertFailed(preview, "GMR222");
    assert.doesNotMatch(textOf(preview), emptyHost);
    const command = new RegExp(`GMR222 .*kubectl .*--context \\S+ -n gloo-mesh get service ${server} --watch`);
    assert.match(textOf(preview), command);
  });

  it("is found at the load balancer's ip and in the image's tag, told with its source, and registered with", async () => {
    await hub.setLoadBalancer({ ip: "127.0.0.1" });
    const text = await previewed();
    const sentence =
      `+ agent ${usual} (image of Deployment gloo-mesh/${server}) on the remote cluster, relay server ` +
      `127.0.0.1:${port} (LoadBalancer ip of Service gloo-mesh/${server}, port grpc)`;
    assert.ok(text.includes(sentence), text);
    await upWithOneStart();
    assert.equal((await assertRegistered(world, stack, "remote-1", remote)).agentVersion, usual);
    assertNoChanges(await withoutAnyWrite("up", ["--skip-preview"]));
  });

  it("is an update with one restart when the load balancer's address becomes a host name", async () => {
    await hub.setLoadBalancer({ hostname: "localhost" });
    const text = await previewed();
    const sentence =
      `~ agent: relay address 127.0.0.1:${port} → localhost:${port} (LoadBalancer hostname of Service ` +
      `gloo-mesh/${server}, port grpc); one restart`;
    assert.ok(text.includes(sentence), text);
    await upWithOneStart();
  });

  it("is read from the ingress gateway where that is asked for, and the agent's connection goes through it", async () => {
    await give({ relay: { ingress: {} } });
    const missing = await withoutAnyWrite("preview");
    assertFailed(missing, /GMR223 .*Service istio-system\/istio-ingressgateway/);

    const gateway: IngressGateway = await installIngressGateway(world.sandbox);
    const text = await previewed();
    assert.ok(text.includes(`→ ${gateway.address} (InternalIP of Node ingress-node, node port https of Service`), text);
    await upWithOneStart();
    await gateway.stop();
    await becomes(() => connectedAgents(world.sandbox, "remote-1"), 0);
    await give({});
    await upWithOneStart();
  });

  it("follows the hub to another version: the agent is upgraded with it", async () => {
    await hub.setImage(mirrored(`:v${patch}`));
    const upgrade = `~ agent: upgrade ${usual} → ${patch} (image of Deployment gloo-mesh/${server}); one restart`;
    const text = await previewed();
    assert.ok(text.includes(upgrade), text);
    await upWithOneStart();
  });

  it("is compared where it is given: another patch version is a warning", async () => {
    await give({ agent: { version: `v${usual}` } });
    const text = await previewed();
    for (const line of [
      `warning: GMR225 The agent's version ${usual} differs from the management cluster's ${patch}`,
      `~ agent: downgrade ${patch} → ${usual} (given as agent.version); one restart`,
    ]) {
      assert.ok(text.includes(line), `${line}\n${text}`);
    }
  });

  it("is compared where it is given: another minor version is an error, and told all the same where it is ignored", async () => {
    await give({ agent: { version: otherMinor } });
    assertFailed(await withoutAnyWrite("preview"), "GMR226");
    await give({ agent: { version: otherMinor }, checks: { ignore: ["GMR226"] } });
    const ignored = `warning: ignored: GMR226 The agent's version ${otherMinor} is of another minor version`;
    const text = await previewed();
    assert.ok(text.includes(ignored), text);
    await upWithOneStart();
    assert.equal((await assertRegistered(world, stack, "remote-1", remote)).agentVersion, otherMinor);
  });
});
