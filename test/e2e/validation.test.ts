import assert from "node:assert/strict";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { freePort, mintUser } from "../sandbox/controlplane";
import { relayAgentProgram, relayPorts, secretNames } from "../sandbox/relay";
import type { PulumiResult, PulumiWorkspace } from "../sandbox/workspace";
import { deleteSecret } from "./support/clusters";
import { generation, only, versions } from "./support/generation";
import { writeContexts } from "./support/kubeconfigs";
import { findLeaks } from "./support/leaks";
import { assertFailed, assertNoChanges, assertSucceeded, changesOf, registrationOf, textOf } from "./support/runs";
import { type ClusterSettings, World } from "./support/world";

const [first, second] = ["remote-1", "remote-2"] as const;
const namespace = "gloo-mesh";

/** Notes what the command is given, in a file for each time it runs. */
const note =
  'env | grep -E "^(CLUSTER_NAME|RELAY_SERVER|MANAGEMENT_|REMOTE_|AGENT_)" | sort > "$RECORDS/$(date +%s%N)"';

/** The validation of the vendor's guide. */
const guide =
  '"$KUBECTL" --kubeconfig "$MANAGEMENT_KUBECONFIG" --context "$MANAGEMENT_CONTEXT" -n "$MANAGEMENT_NAMESPACE" ' +
  `logs deployment/${generation.relayServer.name} | grep "$CLUSTER_NAME"`;

/** 1.x has no way to see a connection in the pod; in 2.x an agent is ready when it is connected. */
const unconnected = {
  "1.x": {
    title: "an agent that runs and is not connected passes at the level agent only: GMR508",
    problem: /GMR508 .*relay_push_clients_connected.*check that the agent's relay address 127\.0\.0\.1:\d+ leads to/,
  },
  "2.x": {
    title: "an agent that runs and is not connected is not available: GMR503",
    problem: /GMR503 .*the relay server refuses the connection/,
  },
}[generation.name];

describe("after the proof", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let records: string;
  let environment: Record<string, string>;

  before(async () => {
    world = await World.start([first, second], {
      // An agent runs for a long while without a connection, as the product's does: its Deployment is available all the same.
      images: (image) =>
        image.includes(`/${generation.agentName}:`)
          ? () =>
              relayAgentProgram({
                generation: generation.name,
                retrySeconds: 0.2,
                maximumRetrySeconds: 0.5,
                giveUpSeconds: 120,
              })
          : undefined,
    });
    records = join(world.sandbox.folder, "records");
    await mkdir(records);
    environment = { RECORDS: records, KUBECTL: world.sandbox.tools.kubectl.path };
    stack = await world.stack("validation", { clusters: { [first]: settings() } });
  });

  after(() => world?.stop());

  const settings = (proof: ClusterSettings = {}) => ({
    validation: { command: `${note}\n${guide}`, environment },
    proof: { timeoutSeconds: 60, ...proof },
  });
  const configure = (proof: ClusterSettings, further: ClusterSettings = {}) =>
    stack.setConfig({ clusters: { [first]: { ...settings(proof), ...further } } });

  /** What the command was given, one for each time it ran. */
  const runs = async (): Promise<Record<string, string>[]> => {
    const files = (await readdir(records)).sort();
    const texts = await Promise.all(files.map((file) => readFile(join(records, file), "utf8")));
    return texts.map((text) =>
      Object.fromEntries(
        text
          .trim()
          .split("\n")
          .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
      ),
    );
  };

  // The first tests follow one stack through its life.

  it("the guide's own validation runs as the user's command, and is told which registration it is about", async () => {
    const up = await stack.up(["--skip-preview"]);
    assertSucceeded(up);
    assert.match(textOf(up), /recieved request for delta.*remote-1/);
    assertRanAfterProof(up, first);
    const { sandbox } = world;
    assert.deepEqual(await runs(), [
      {
        AGENT_NAMESPACE: namespace,
        CLUSTER_NAME: first,
        MANAGEMENT_CONTEXT: "management",
        MANAGEMENT_KUBECONFIG: sandbox.kubeconfig,
        MANAGEMENT_NAMESPACE: namespace,
        RELAY_SERVER_ADDRESS: sandbox.relayAddress,
        REMOTE_CONTEXT: first,
        REMOTE_KUBECONFIG: sandbox.kubeconfig,
      },
    ]);
  });

  it("it does not run again when nothing has changed", async () => {
    assertNoChanges(await stack.up(["--skip-preview"]));
    assert.equal((await runs()).length, 1);
  });

  it("it runs again with a new certificate, after that is proven", async () => {
    await deleteSecret(world.sandbox.remote(first), secretNames.client);
    const up = await stack.up(["--skip-preview"]);
    assertSucceeded(up);
    assertRanAfterProof(up, first);
    assert.equal((await runs()).length, 2);
  });

  it("it runs again with another version of the agent", async () => {
    await stack.setConfig({ defaults: world.defaults({ agent: { version: versions.patch } }) });
    assertSucceeded(await stack.up(["--skip-preview"]));
    assert.equal((await runs()).length, 3);
  });

  it("a higher level of proof is proven on a live registration, and is no reason to validate again", async () => {
    assert.equal((await registrationOf(stack, first)).proof, "agent");
    await configure({ level: "connected" });
    assertSucceeded(await stack.up(["--skip-preview"]));
    assert.equal((await registrationOf(stack, first)).proof, "connected");
    assert.equal((await runs()).length, 3);
  });

  it(`${unconnected.title}`, async () => {
    const wrong = { relay: { serverAddress: `127.0.0.1:${await freePort()}` } };
    await configure({ level: "connected", timeoutSeconds: 6 }, wrong);
    const up = await stack.up(["--skip-preview"]);
    assertFailed(up, unconnected.problem);
    assert.equal((await runs()).length, 3, "what is not proven is not validated");
  });

  only("1.x", () => {
    it("a Service without the port of the metrics cannot be asked: GMR509", async () => {
      const core = world.sandbox.management.kubeConfig.makeApiClient(k8s.CoreV1Api);
      const relay = { name: generation.relayServer.name, namespace };
      const service = await core.readNamespacedService(relay);
      const { ports, ...spec } = service.spec ?? {};
      const others = (ports ?? []).filter(({ port }) => port !== relayPorts.metrics);
      await core.replaceNamespacedService({ ...relay, body: { ...service, spec: { ...spec, ports: others } } });
      await configure({ level: "connected", timeoutSeconds: 6 });
      assertFailed(
        await stack.up(["--skip-preview"]),
        /GMR509 .*try: kubectl .*--context \S+ get --raw \S+:9091\/proxy\/metrics/,
      );

      const { metadata } = await core.readNamespacedService(relay);
      const body = { ...service, metadata: { ...service.metadata, resourceVersion: metadata?.resourceVersion ?? "" } };
      await core.replaceNamespacedService({ ...relay, body });
    });
  });

  it("a user who may not use the proxy is told the Role in preview, and GMR509 if he ignores it", async () => {
    const clerk = await mintUser(world.sandbox.management.plane, {
      name: "clerk",
      clusterRules: [{ apiGroups: [""], resources: ["namespaces"], verbs: ["get"] }],
      rules: {
        [namespace]: [
          { apiGroups: [""], resources: ["secrets", "services", "pods", "pods/log"], verbs: ["get", "list"] },
          { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"] },
          { apiGroups: [generation.kubernetesCluster.group], resources: ["kubernetesclusters"], verbs: ["*"] },
        ],
      },
    });
    const remote = world.sandbox.remote(first);
    const kubeconfig = await writeContexts(world.sandbox, "clerk", {
      management: { kubeConfig: clerk },
      [first]: remote,
    });
    await stack.setConfig({ kubeconfig });
    const preview = await stack.preview();
    const proxy = generation.relayServer.metricsByService ? "services/proxy" : "pods/proxy";
    assertFailed(preview, new RegExp(`GMR116 .*${proxy}`));
    assert.match(textOf(preview), new RegExp(`kind: Role\\b[\\s\\S]*${proxy}`));
    await configure({ level: "connected", timeoutSeconds: 6 }, { checks: { ignore: ["GMR116"] } });
    const right = generation.relayServer.metricsByService
      ? `get on services/proxy of ${generation.relayServer.name}:9091`
      : "list on pods and get on pods/proxy";
    assertFailed(await stack.up(["--skip-preview"]), new RegExp(`GMR509 .*grant ${right}`));

    await stack.setConfig({ kubeconfig: world.sandbox.kubeconfig });
    await configure({ level: "connected" });
    assertSucceeded(await stack.up(["--skip-preview"]));
    assertSucceeded(await stack.destroy(["--skip-preview"]));
  });

  only("2.x", () =>
    it("a connection to any replica of the relay server is counted, each of which counts its own", async () => {
      const hub = world.sandbox.hubNamed("management");
      await hub.scale(2);
      const other = Object.values(await hub.replicas(second)).find(({ address }) => address !== hub.address);
      assert.ok(other);
      const replicas = await world.stack("replicas", {
        clusters: { [second]: { proof: { level: "connected", timeoutSeconds: 60 } } },
        defaults: { relay: { serverAddress: other.address } },
      });
      assertSucceeded(await replicas.up(["--skip-preview"]));
      assert.equal((await registrationOf(replicas, second)).proof, "connected");
      const counts = Object.values(await hub.replicas(second)).map(({ address, connected = 0 }) => [
        address,
        connected,
      ]);
      assert.deepEqual(Object.fromEntries(counts), { [hub.address]: 0, [other.address]: 1 });
      assertSucceeded(await replicas.destroy(["--skip-preview"]));
      await hub.scale(1);
    }),
  );

  it("a command that fails fails the registration with its own words, and there are no outputs until it succeeds", async () => {
    const remote = world.sandbox.remote(second);
    const before = (await runs()).length;
    const content = remote.kubeConfig.exportConfig();
    const failing = `${note}\necho "no mesh of $CLUSTER_NAME found" >&2\nexit 3`;
    const validating = (command: string) => ({
      clusters: { [second]: { validation: { command, environment: { RECORDS: records } } } },
    });
    const broken = await world.stack("broken", { clusters: {} });
    const configureBroken = async (command: string) => {
      await broken.setConfig(validating(command));
      // As a secret: Pulumi copies the stack's whole configuration into the state of its provider for dynamic resources.
      await broken.command(["config", "set", "--secret", "--path", `clusters.${second}.remote.kubeconfig`], content);
    };
    await configureBroken(failing);
    const failed = await broken.up(["--skip-preview"]);
    assertFailed(failed, /no mesh of remote-2 found/);
    assertFailed(failed, /remote-2-validation/);
    assert.deepEqual(await broken.outputs(), {});
    // The proof holds: only the validation is still to be done.
    await configureBroken(note);
    const mended = await broken.up(["--skip-preview"]);
    assertSucceeded(mended);
    assert.equal(changesOf(mended)["create"], 1, textOf(mended));
    assert.equal((await registrationOf(broken, second)).proof, "agent");

    // A kubeconfig that is given as content goes to no command, and is nowhere to be read.
    const [once, twice] = (await runs()).slice(before);
    for (const given of [once, twice]) {
      assert.equal(given?.["REMOTE_CONTEXT"], second);
      assert.equal(given?.["REMOTE_KUBECONFIG"], undefined);
      assert.equal(given?.["MANAGEMENT_KUBECONFIG"], world.sandbox.kubeconfig);
    }
    const credential = remote.kubeConfig.getCurrentUser()?.token ?? "";
    assert.ok(credential.length > 20);
    const evidence = new Map([
      ["records", JSON.stringify(await runs())],
      ...((await broken.exportState()).deployment.resources ?? []).flatMap(
        ({ urn, inputs, outputs }): [string, string][] => [
          [`state, inputs of ${urn}`, JSON.stringify(inputs ?? {})],
          [`state, outputs of ${urn}`, JSON.stringify(outputs ?? {})],
        ],
      ),
      ...[failed, mended].flatMap(({ stdout, stderr, events }, index): [string, string][] => [
        [`stdout ${index}`, stdout],
        [`stderr ${index}`, stderr],
        [`events ${index}`, JSON.stringify(events)],
      ]),
    ]);
    assert.deepEqual(findLeaks(new Map([["credential", credential]]), evidence), []);
    assertSucceeded(await broken.destroy(["--skip-preview"]));
  });
});

/** Asserts that the engine began the validation only when the proof had ended. */
function assertRanAfterProof({ events }: PulumiResult, clusterName: string): void {
  const at = (kind: string, name: string) =>
    events.findLastIndex((event) => {
      const { metadata } = (event[kind] ?? {}) as { metadata?: { urn: string; op: string } };
      return metadata?.urn.endsWith(`::${name}`) && metadata.op !== "same";
    });
  const proven = at("resOutputsEvent", `${clusterName}-client-certificate`);
  const validated = at("resOutputsEvent", `${clusterName}-validation`);
  assert.ok(proven >= 0, "the proof was not made");
  const begun = events.findIndex((event, index) => {
    const { metadata } = (event["resourcePreEvent"] ?? {}) as { metadata?: { urn: string } };
    return index > proven && metadata?.urn.endsWith(`::${clusterName}-validation`);
  });
  assert.ok(begun > proven && validated > begun, `proven ${proven}, begun ${begun}, validated ${validated}`);
}
