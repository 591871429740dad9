import fc from "fast-check";
import { testCases } from "./figures";
import { bystanderOnHub, bystanderOnRemote } from "./support/bystanders";
import { FaultWorld } from "./support/world";
import { seedsOfWalks, walks } from "./walks/steps";
import { Walk } from "./walks/walk";

// Random sequences of what a registration's life brings. A walk that fails is shrunk to the steps that matter; the message lists them, and what each run said.

const count = 60;
/** Of these in `npm test`. */
const sampled = 3;
/** Milliseconds for which a failed walk is made shorter. */
const shrinkingLimit = 10 * 60_000;

/** The clusters of the walks; new ones after a walk that failed, since what it left is not to be another one's fault. */
class Ground {
  private world: Promise<FaultWorld> | undefined;
  private number = 0;

  fresh(): Promise<FaultWorld> {
    this.world ??= start();
    return this.world;
  }

  nextName(): string {
    return `walk-${++this.number}`;
  }

  async spoil(): Promise<void> {
    const world = await this.world;
    this.world = undefined;
    await world?.stop();
  }
}

testCases(
  "walks",
  seedsOfWalks(count).map((seed) => ({ id: `walks/${seed}`, seed })),
  { start: async () => new Ground(), stop: (ground) => ground.spoil() },
  async ({ seed }, ground, figures) => {
    const walk = fc.asyncProperty(walks, async (steps) => {
      const walk = await Walk.start(await ground.fresh(), figures, ground.nextName());
      try {
        await fc.asyncModelRun(() => ({ model: { isHubAway: false }, real: walk }), steps);
        await walk.end();
      } catch (error) {
        await ground.spoil();
        throw new Error(`${error instanceof Error ? error.message : error}\n--- the walk\n${walk.story}`);
      }
    });
    await fc.assert(walk, { seed, numRuns: 1, interruptAfterTimeLimit: shrinkingLimit });
  },
  { sample: (_, index) => index < sampled },
);

async function start(): Promise<FaultWorld> {
  const world = await FaultWorld.start(2);
  await Promise.all([bystanderOnHub(world.hub, "walks"), ...world.remotes.map((remote) => bystanderOnRemote(remote))]);
  return world;
}
