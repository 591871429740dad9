import { registrationAnnotation } from "../../../components/glooMesh/ownership";
import { podsAndRestarts } from "../../e2e/support/agents";
import { clientFingerprint, collections } from "../../e2e/support/clusters";
import { textOf } from "../../e2e/support/runs";
import type { SandboxCluster } from "../../sandbox/sandbox";
import type { FaultWorld, Proxied } from "./world";

/**
 * What a take-over that is killed may not do to its clusters: restart the agent, lose its certificate, or leave a registration that is half taken over
 * to another stack.
 */
export class Adoption {
  private readonly faults = new Map<string, string>();

  private constructor(
    private readonly world: FaultWorld,
    private readonly remotes: readonly Proxied[],
    private readonly running: ReadonlyMap<string, string>,
  ) {}

  /** Looks at the clusters before the run. */
  static async before(world: FaultWorld, remotes: readonly Proxied[]): Promise<Adoption> {
    return new Adoption(world, remotes, await look(remotes));
  }

  /** Has another stack of this name preview the take-over of the same clusters: of each on which there is a mark, it must name the owner. */
  async askAnotherStack(name: string): Promise<void> {
    const marks = await Promise.all([this.world.hub, ...this.remotes].map(marksOn));
    const other = await this.world.stack(name, this.remotes, {
      clusters: Object.fromEntries(this.remotes.map(({ name }) => [name, { takeOver: true }])),
    });
    const text = textOf(await other.preview());
    for (const { name } of this.remotes) {
      const isOwner = (mark: string) => mark.endsWith(`::${name}`);
      const isMarked = marks.flat().some(isOwner);
      const isRefused = new RegExp(`it belongs to the registration \\S+::${name}[\\s"]`).test(text);
      if (isMarked !== isRefused) {
        this.add(name, `${isMarked ? "half taken over, and" : "not yet taken over, but"} another stack says:\n${text}`);
      }
    }
  }

  /** Looks at the clusters after the further runs. */
  async lookAgain(): Promise<void> {
    const now = await look(this.remotes);
    for (const [name, before] of this.running) {
      if (now.get(name) !== before) this.add(name, `before the run ${before}, now ${now.get(name)}`);
    }
  }

  faultOf({ name }: Proxied): string | undefined {
    return this.faults.get(name);
  }

  private add(name: string, fault: string): void {
    this.faults.set(name, [...(this.faults.get(name)?.split("\n") ?? []), fault].join("\n"));
  }
}

/** Pods, restarts and certificate of each agent. */
async function look(remotes: readonly Proxied[]): Promise<ReadonlyMap<string, string>> {
  const looks = remotes.map(async (remote) => {
    const seen = [...(await podsAndRestarts(remote)), await clientFingerprint(remote)];
    return [remote.name, seen.join(", ")] as const;
  });
  return new Map(await Promise.all(looks));
}

/** The marks of all objects of a cluster. */
async function marksOn({ plane }: SandboxCluster): Promise<readonly string[]> {
  const lists = await Promise.all(
    collections.map(async (path) => {
      const { status, body } = await plane.get(path);
      if (status !== 200) return [];
      const { items } = JSON.parse(body) as { items: { metadata: { annotations?: Record<string, string> } }[] };
      return items.flatMap(({ metadata }) => metadata.annotations?.[registrationAnnotation] ?? []);
    }),
  );
  return lists.flat();
}
