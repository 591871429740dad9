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

// One stack with two registrations: remote-1 reads the relay server's Service, remote-2 the ingress gateway. Each test goes on from the one before.

describe("what the arguments leave out", () => {
  let world: World;
  let hub: RunningHub;
  let one: SandboxCluster;
  let two: SandboxCluster;
  let stack: PulumiWorkspace;
  let gateway: IngressGateway;
  let port = "";

  const throughGateway: ClusterSettings = { relay: { ingress: {} } };

  before(async () => {
    world = await World.start(["remote-1", "remote-2"], { hub: { image: mirrored(`:v${usual}`) } });
    hub = world.sandbox.hubNamed("management");
    one = world.sandbox.remote("remote-1");
    two = world.sandbox.remote("remote-2");
    port = hub.address.split(":")[1] ?? "";
    stack = await world.stack("discovery", {
      clusters: { "remote-1": {}, "remote-2": throughGateway },
      defaults: { relay: { serverAddress: undefined }, agent: { version: undefined } },
    });
  });

  after(() => world?.stop());

  const give = (first: ClusterSettings, second: ClusterSettings = {}) =>
    stack.setConfig({ clusters: { "remote-1": first, "remote-2": { ...throughGateway, ...second } } });

  const withoutAnyWrite = (command: EngineCommand, args: readonly string[] = []): Promise<PulumiResult> =>
    withoutWrites(clustersOf(world.sandbox), () => stack.start(command, args).result, { trials: true });

  const refused = async (codes: readonly string[], command: EngineCommand, args: readonly string[] = []) => {
    const run = await withoutAnyWrite(command, args);
    for (const code of codes) assertFailed(run, code);
    const text = textOf(run);
    assert.doesNotMatch(text, emptyHost);
    assert.match(text, onRegistration);
    assert.doesNotMatch(text, /^\s+at /m, "a stack trace");
    return text;
  };

  /** One run with its plan; each agent is started anew as often as is said, and both registrations are proven. */
  const upWithStarts = async (starts: readonly [number, number], args: readonly string[] = []): Promise<string> => {
    const startsOf = () => Promise.all([agentStarts(one), agentStarts(two)]);
    const before = await startsOf();
    const up = await stack.up(args);
    assertSucceeded(up);
    await assertRegistered(world, stack, "remote-1", one);
    await assertRegistered(world, stack, "remote-2", two);
    const after = await startsOf();
    assert.deepEqual([after[0] - before[0], after[1] - before[1]], starts, "starts of the agents");
    return textOf(up);
  };

  const assertTold = (text: string, sentences: readonly string[]) => {
    for (const sentence of sentences) assert.ok(text.includes(sentence), `${sentence}\n${text}`);
  };

  it("is no address of a Service without a load balancer or of a missing gateway, and no version of a digest; all are told at once", async () => {
    await hub.setImage(mirrored(`@sha256:${"a".repeat(64)}`));
    const text = await refused(["GMR221", "GMR223", "GMR224"], "preview");
    assert.match(text, /GMR221 .*it is of type ClusterIP.*relay\.serverAddress/);
    assert.match(text, /GMR223 .*Service istio-system\/istio-ingressgateway/);
    assert.match(text, /GMR224 .*pinned by its digest alone.*agent\.version/);
    await hub.setImage(mirrored(`:v${usual}`));
  });

  it("is no address of a load balancer that has none yet: never an empty host", async () => {
    await hub.setLoadBalancer(undefined);
    const text = await refused(["GMR222", "GMR223"], "up", ["--skip-preview"]);
    const command = new RegExp(`GMR222 .*kubectl .*--context \\S+ -n gloo-mesh get service ${server} --watch`);
    assert.match(text, command);
  });

  it("is found at load balancer or gateway and in the image's tag, told with its source, and registered with", async () => {
    await hub.setLoadBalancer({ ip: "127.0.0.1" });
    gateway = await installIngressGateway(world.sandbox);
    const agent = `+ agent ${usual} (image of Deployment gloo-mesh/${server}) on the remote cluster, relay server`;
    assertTold(await upWithStarts([1, 1]), [
      `${agent} 127.0.0.1:${port} (LoadBalancer ip of Service gloo-mesh/${server}, port grpc)`,
      `${agent} ${gateway.address} (InternalIP of Node ingress-node, node port https of Service`,
    ]);
    assert.equal((await assertRegistered(world, stack, "remote-1", one)).agentVersion, usual);
    assertNoChanges(await withoutAnyWrite("up", ["--skip-preview"]));
  });

  it("is an update with one restart when the load balancer gets a host name and the hub another version", async () => {
    await hub.setLoadBalancer({ hostname: "localhost" });
    await hub.setImage(mirrored(`:v${patch}`));
    const upgrade = `~ agent: upgrade ${usual} → ${patch} (image of Deployment gloo-mesh/${server}); `;
    assertTold(await upWithStarts([1, 1]), [
      `${upgrade}relay address 127.0.0.1:${port} → localhost:${port} (LoadBalancer hostname of Service gloo-mesh/${server}, port grpc); one restart`,
      `${upgrade}one restart`,
    ]);
  });

  it("is compared where it is given: another patch version is a warning, another minor version an error", async () => {
    await give({ agent: { version: `v${usual}` } }, { agent: { version: otherMinor } });
    const preview = await withoutAnyWrite("preview");
    assertFailed(preview, "GMR226");
    assertTold(textOf(preview), [
      `warning: GMR225 The agent's version ${usual} differs from the management cluster's ${patch}`,
      `~ agent: downgrade ${patch} → ${usual} (given as agent.version); one restart`,
    ]);
  });

  it("is compared where it is given: another minor version is told all the same where that is ignored", async () => {
    await give({ agent: { version: otherMinor }, checks: { ignore: ["GMR226"] } });
    const ignored = `warning: ignored: GMR226 The agent's version ${otherMinor} is of another minor version`;
    assertTold(await upWithStarts([1, 0], ["--skip-preview"]), [ignored]);
    assert.equal((await assertRegistered(world, stack, "remote-1", one)).agentVersion, otherMinor);
  });

  it("is what the agent's connection goes through", async () => {
    await gateway.stop();
    await becomes(() => connectedAgents(world.sandbox, "remote-2"), 0);
    assert.equal(await connectedAgents(world.sandbox, "remote-1"), 1);
  });
});
