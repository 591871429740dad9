import { deleteSecret, hasToken } from "../../e2e/support/clusters";
import { assertSucceeded, changesOf, textOf } from "../../e2e/support/runs";
import { secretNames } from "../../sandbox/relay";
import type { PulumiResult, PulumiRun, PulumiWorkspace } from "../../sandbox/workspace";
import { bystanderOnHub, bystanderOnRemote } from "./bystanders";
import type { Phase } from "./killCases";
import { unlock } from "./locks";
import { difference, type Snapshot, snapshot } from "./snapshot";
import type { FaultWorld, Proxied } from "./world";

const versions = { fresh: "1.0.4", update: "1.0.13" };

/** How a run that was ended early was made good. */
export interface Recovery {
  /** Further runs of the same command until one succeeded; undefined when two did not do. */
  readonly runs: number | undefined;
  /** Everything that they printed. */
  readonly text: string;
  /** Clusters on which the token lay when the first of them had ended. */
  readonly tokensLeft: readonly string[];
}

/**
 * A stack that goes round: registered, updated, destroyed. It knows what the clusters look like after each of these in clean runs, and so
 * whether a run that was disturbed has come to the same.
 */
export class Course {
  private at: "nothing" | "registered" | "updated" = "nothing";
  private readonly references = new Map<Phase, ReadonlyMap<string, Snapshot>>();

  private constructor(
    readonly remotes: readonly Proxied[],
    private readonly hub: Proxied,
    private readonly folder: string,
    readonly stack: PulumiWorkspace,
    private readonly defaultsWith: (version: string) => object,
  ) {}

  /** Makes the stack, and the clean runs that the others are compared with. It stands updated afterwards. */
  static async start(world: FaultWorld, name: string, remotes: readonly Proxied[]): Promise<Course> {
    const stack = await world.stack(name, remotes, { defaults: { agent: { version: versions.fresh } } });
    const defaultsWith = (version: string) => world.plain.defaults(world.defaults({ agent: { version } }));
    const course = new Course(remotes, world.hub, world.sandbox.folder, stack, defaultsWith);
    await Promise.all([bystanderOnHub(world.hub, name), ...remotes.map((remote) => bystanderOnRemote(remote))]);
    course.references.set("destroy", await course.look());
    for (const phase of ["fresh", "update"] as const) {
      await course.begin(phase);
      assertSucceeded(await course.run(phase).result);
      course.ended(phase);
      course.references.set(phase, await course.look());
    }
    return course;
  }

  /** The phase that can begin without further ado. */
  get next(): Phase {
    return ({ nothing: "fresh", registered: "update", updated: "destroy" } as const)[this.at];
  }

  /** Brings the stack to where the phase begins, undisturbed. */
  async begin(phase: Phase): Promise<void> {
    for (const { proxy } of [this.hub, ...this.remotes]) proxy.count();
    while (this.next !== phase) {
      const between = this.next;
      await this.prepare(between);
      assertSucceeded(await this.run(between).result);
      this.ended(between);
    }
    await this.prepare(phase);
    for (const { proxy } of [this.hub, ...this.remotes]) proxy.count();
  }

  /** Starts what the phase consists of. */
  run(phase: Phase, options: readonly string[] = []): PulumiRun {
    return this.stack.start(phase === "destroy" ? "destroy" : "up", ["--skip-preview", ...options]);
  }

  /** Does what a user does when a run has left a lock behind; tells whether there was one. */
  unlock(): Promise<boolean> {
    return unlock(this.folder, this.stack);
  }

  /**
   * Runs the same again, undisturbed, until it succeeds, at most twice. A second `destroy` refreshes first, as README.md tells it: when Helm
   * has removed the release and nobody recorded that, the Kubernetes plugin's delete does not find it, and says so each time.
   */
  async recover(phase: Phase): Promise<Recovery> {
    for (const { proxy } of [this.hub, ...this.remotes]) proxy.count();
    const first = await this.run(phase).result;
    const held = await Promise.all(this.remotes.map((remote) => hasToken(remote)));
    const tokensLeft = this.remotes.flatMap(({ name }, index) => (held[index] ? [name] : []));
    this.ended(phase);
    if (first.exitCode === 0) return { runs: 1, text: textOf(first), tokensLeft };
    const second = await this.run(phase, phase === "destroy" ? ["--refresh"] : []).result;
    const text = `${textOf(first)}\n${textOf(second)}`;
    return { runs: second.exitCode === 0 ? 2 : undefined, text, tokensLeft };
  }

  /** What differs from a clean run, by the name of the cluster. */
  async differences(phase: Phase): Promise<ReadonlyMap<string, string>> {
    const now = await this.look();
    const clean = this.references.get(phase);
    return new Map(
      [...now].flatMap(([name, found]) => {
        const lines = difference(clean?.get(name) ?? {}, found);
        return lines.length > 0 ? [[name, lines.join("\n")] as const] : [];
      }),
    );
  }

  /** Runs `up` once more; tells what it changed, or undefined. */
  async changesOfOneMore(): Promise<string | undefined> {
    for (const { proxy } of [this.hub, ...this.remotes]) proxy.count();
    const result = await this.stack.up(["--skip-preview"]);
    const writes = [this.hub, ...this.remotes].flatMap(({ proxy }) =>
      proxy.requests.filter(({ kind }) => kind === "write").map(({ method, path }) => `${method} ${path}`),
    );
    if (result.exitCode === 0 && isUnchanged(result) && writes.length === 0) return undefined;
    return `${JSON.stringify(changesOf(result))}\n${writes.join("\n")}\n${textOf(result)}`;
  }

  private ended(phase: Phase): void {
    this.at = ({ fresh: "registered", update: "updated", destroy: "nothing" } as const)[phase];
  }

  private async prepare(phase: Phase): Promise<void> {
    if (phase === "destroy") return;
    await this.stack.setConfig({ defaults: this.defaultsWith(versions[phase]) });
    if (phase === "update") await Promise.all(this.remotes.map((remote) => deleteSecret(remote, secretNames.client)));
  }

  private async look(): Promise<ReadonlyMap<string, Snapshot>> {
    const clusters = [this.hub, ...this.remotes];
    return new Map(
      await Promise.all(clusters.map(async (cluster) => [cluster.name, await snapshot(cluster)] as const)),
    );
  }
}

function isUnchanged(result: PulumiResult): boolean {
  return Object.keys(changesOf(result)).every((kind) => kind === "same");
}
