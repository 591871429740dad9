import assert from "node:assert/strict";
import { becomes } from "../../e2e/support/agents";
import {
  clientFingerprint,
  clustersOf,
  connectedAgents,
  hasToken,
  releaseStatuses,
  withoutWrites,
} from "../../e2e/support/clusters";
import { textsOfHub } from "../../e2e/support/confidential";
import { findLeaks } from "../../e2e/support/leaks";
import { ownProgram } from "../../e2e/support/program";
import { assertNoChanges, assertSucceeded, registrationOf, textOf, withVariable } from "../../e2e/support/runs";
import { kubernetesClusters } from "../../sandbox/relay";
import type { EngineCommand, PulumiResult, PulumiRun, PulumiWorkspace } from "../../sandbox/workspace";
import type { Figures } from "../figures";
import { unlock } from "../support/locks";
import { difference, type Snapshot, snapshot } from "../support/snapshot";
import type { FaultWorld, Proxied } from "../support/world";
import { ifThere, meddlings, type Place, scaleAgent } from "./others";
import { changes, type Settings, source } from "./settings";

/** What a failed run tells where that is not a code: Kubernetes' and Pulumi's own words for what others have done. */
const told = /GMR\d{3} |field conflict|being terminated|namespaces "[^"]+" not found|release: not found/;

/**
 * One registration on its walk, and a stack beside it that registers another cluster with the same management cluster. After each run those
 * promises of docs/engineering/reliability.md are asked that can be asked then.
 */
export class Walk {
  private settings: Settings;
  /** What the clusters look like without the registration. */
  private readonly before = new Map<string, Snapshot>();
  private readonly log: string[] = [];
  private isScaled = false;
  private isHubAway = false;

  private constructor(
    private readonly world: FaultWorld,
    private readonly figures: Figures,
    private readonly stack: PulumiWorkspace,
    private readonly second: PulumiWorkspace,
    settings: Settings,
  ) {
    this.settings = settings;
  }

  static async start(world: FaultWorld, figures: Figures, name: string): Promise<Walk> {
    const { relayAddress, hub, chartRepository } = world.sandbox;
    const settings: Settings = {
      name: "edge",
      formerNames: [],
      context: "remote-1",
      args: {
        clusterName: "one",
        namespace: { name: "gloo-mesh" },
        identity: "one-time-token",
        relay: { serverAddress: relayAddress },
        agent: { version: hub.version, repository: chartRepository.url, abandonedAfterSeconds: 1 },
        proof: { timeoutSeconds: 15 },
      },
    };
    const { kubeconfig } = world;
    const stack = await ownProgram(world.plain, name, source, { kubeconfig, registration: settings });
    const theirs = { ...settings, context: "remote-2", args: { ...settings.args, clusterName: "theirs" } };
    const second = await ownProgram(world.plain, `${name}-second`, source, { kubeconfig, registration: theirs });
    const walk = new Walk(world, figures, stack, second, settings);
    for (const cluster of world.remotes) walk.before.set(cluster.name, await snapshot(cluster));
    return walk;
  }

  /** What was done so far, and what each run said. */
  get story(): string {
    return this.log.join("\n");
  }

  async run(command: EngineCommand, options: readonly string[] = []): Promise<PulumiResult> {
    return this.judge(command, options, await this.start(command, options).result);
  }

  /** A preview writes nothing, whatever it finds. */
  async preview(): Promise<void> {
    await this.figures.promise("P1", () =>
      withoutWrites(clustersOf(this.world.sandbox), () => this.run("preview"), { trials: true }),
    );
  }

  /** A run that somebody ends while it is at a request. */
  async disturb(
    command: EngineCommand,
    disturbance: string,
    disturbed: (run: PulumiRun, remote: Proxied, hub: Proxied) => Promise<void>,
  ): Promise<void> {
    const run = this.start(command, []);
    await disturbed(run, this.remote, this.world.hub);
    const result = await run.result;
    for (const { proxy } of this.world.all) proxy.count();
    await unlock(this.world.sandbox.folder, this.stack);
    this.tell(`${command} ${disturbance}`, result);
    await this.assertNoLeak(result);
  }

  async change(what: string): Promise<void> {
    this.log.push(`changed: ${what}`);
    this.settings = changes[what]?.(this.settings) ?? this.settings;
    await this.stack.setConfig({ registration: this.settings });
    await this.run("up");
  }

  async meddle(what: string): Promise<void> {
    this.log.push(`somebody: ${what}`);
    this.isScaled ||= what.startsWith("scale");
    await ifThere(async () => meddlings[what]?.(this.place));
  }

  async takeHubAway(): Promise<void> {
    this.log.push("the management cluster's API server is away");
    this.isHubAway = true;
    await this.world.hub.proxy.goAway();
  }

  async bringHubBack(): Promise<void> {
    this.log.push("the management cluster's API server is back");
    this.isHubAway = false;
    await this.world.hub.proxy.comeBack();
  }

  async runSecond(command: EngineCommand): Promise<void> {
    const result = await this.second.start(command, ["--skip-preview"]).result;
    this.tell(`${command} of a second stack`, result);
    await this.assertToldWhy(result);
  }

  /** At the end two runs reach the clean state, or the message says why not; and nothing is left of it after a destroy. */
  async end(): Promise<void> {
    if (this.isHubAway) await this.bringHubBack();
    await this.runSecond("destroy");
    if (this.isScaled) await ifThere(() => scaleAgent(this.place, 1));
    const isClean = await this.figures.promise("P3", () => this.settle());
    this.figures.tally(isClean ? "ended registered" : "ended with a message that says why not");
    if (isClean) await this.figures.promise("P2", async () => assertNoChanges(await this.run("up")));
    await this.figures.promise("P7", async () => {
      const first = await this.run("destroy");
      if (first.exitCode !== 0) assertSucceeded(await this.run("destroy", ["--refresh"]));
      assert.deepEqual(await this.remains(), []);
    });
  }

  /** Whether the registration is clean again after at most two runs. */
  private async settle(): Promise<boolean> {
    const again = () => this.run("up", ["--refresh"]);
    let result = await again();
    if (/field conflict/.test(textOf(result))) {
      result = await withVariable(this.stack, "PULUMI_K8S_ENABLE_PATCH_FORCE", again);
      // The plugin's settings hold the variable: without it they are others, once.
      if (result.exitCode === 0) result = await this.run("up");
    } else if (result.exitCode !== 0) {
      result = await again();
    }
    if (result.exitCode !== 0) return false;
    await this.assertRegistered();
    return true;
  }

  private start(command: EngineCommand, options: readonly string[]): PulumiRun {
    for (const { proxy } of this.world.all) proxy.count();
    return this.stack.start(command, command === "preview" ? options : ["--skip-preview", ...options]);
  }

  private async judge(command: EngineCommand, options: readonly string[], result: PulumiResult): Promise<PulumiResult> {
    this.tell([command, ...options].join(" "), result);
    await this.assertNoLeak(result);
    await this.assertToldWhy(result);
    if (result.exitCode !== 0) return result;
    const { namespace, identity } = this.settings.args;
    if (command === "up" && identity === "one-time-token") {
      await this.figures.promise("P4", async () => assert.equal(await hasToken(this.remote, namespace.name), false));
    }
    if (command === "destroy") await this.figures.promise("P7", async () => assert.deepEqual(await this.remains(), []));
    return result;
  }

  private async assertNoLeak(result: PulumiResult): Promise<void> {
    await this.figures.promise("P5", () => {
      const confidential = textsOfHub(this.world.plain, this.world.remotes);
      assert.deepEqual(findLeaks(confidential, new Map([["the run's output", textOf(result)]])), []);
    });
  }

  private async assertToldWhy(result: PulumiResult): Promise<void> {
    if (result.exitCode !== 0) await this.figures.promise("P9", () => assert.match(textOf(result), told));
  }

  /** By looking at both clusters. */
  private async assertRegistered(): Promise<void> {
    const { name, args } = this.settings;
    const { clusterName, namespace, identity, agent } = args;
    const registration = await registrationOf(this.stack, name);
    assert.equal(registration.agentVersion, agent.version);
    assert.equal(registration.certificateFingerprint, await clientFingerprint(this.remote, namespace.name));
    await becomes(() => connectedAgents(this.world.sandbox, clusterName), 1);
    assert.equal(await hasToken(this.remote, namespace.name), identity === "retained-token");
    assert.equal((await releaseStatuses(this.remote, namespace.name)).at(-1), "deployed");
    assert.deepEqual(await this.registered(), [clusterName]);
    const elsewhere = this.world.remotes.filter((remote) => remote !== this.remote);
    assert.deepEqual(await this.remains(elsewhere), []);
  }

  /** What a registration has left on the clusters, but for the second stack's. */
  private async remains(remotes: readonly Proxied[] = this.world.remotes): Promise<string[]> {
    const isTheirs = (await this.clustersOnHub()).includes("theirs");
    const own = remotes.filter(({ name }) => !(isTheirs && name === "remote-2"));
    const left = await Promise.all(
      own.map(async (remote) => difference(this.before.get(remote.name) ?? {}, await snapshot(remote))),
    );
    return left.flat();
  }

  private async registered(): Promise<string[]> {
    return (await this.clustersOnHub()).filter((name) => name !== "theirs" && !name.startsWith("bystander"));
  }

  private async clustersOnHub(): Promise<string[]> {
    const { items } = await kubernetesClusters(this.world.sandbox.management.kubeConfig, "gloo-mesh").list();
    return items.map(({ metadata }) => metadata?.name ?? "");
  }

  private get remote(): Proxied {
    const found = this.world.remotes.find(({ name }) => name === this.settings.context);
    if (found === undefined) throw new Error(`no cluster ${this.settings.context}`);
    return found;
  }

  private get place(): Place {
    const { clusterName, namespace } = this.settings.args;
    return { world: this.world, remote: this.remote, namespace: namespace.name, clusterName };
  }

  private tell(what: string, result: PulumiResult): void {
    this.log.push(`pulumi ${what}: exit code ${result.exitCode}\n${indented(textOf(result))}`);
  }
}

function indented(text: string): string {
  return text.trim().replace(/^/gm, "    ");
}
