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

/** Walks that go on side by side, each on clusters of its own. */
const concurrency = 2;

/** The clusters of the walks. Those of a walk that failed are not used again, since what it left is not to be another one's fault. */
class Grounds {
  private readonly free: FaultWorld[] = [];
  private walks = 0;

  async use(work: (world: FaultWorld, name: string) => Promise<void>): Promise<void> {
    const name = `walk-${++this.walks}`;
    const world = this.free.pop() ?? (await start());
    try {
      await work(world, name);
      this.free.push(world);
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.free.map((world) => world.stop()));
  }
}

testCases(
  "walks",
  seedsOfWalks(count).map((seed) => ({ id: `walks/${seed}`, seed })),
  { start: async () => new Grounds(), stop: (grounds) => grounds.stop() },
  async ({ seed }, grounds, figures) => {
    const walk = fc.asyncProperty(walks, (steps) =>
      grounds.use(async (world, name) => {
        const walk = await Walk.start(world, figures, name);
        try {
          await fc.asyncModelRun(() => ({ model: { isHubAway: false }, real: walk }), steps);
          await walk.end();
        } catch (error) {
          throw new Error(`${error instanceof Error ? error.message : error}\n--- the walk\n${walk.story}`);
        }
      }),
    );
    await fc.assert(walk, { seed, numRuns: 1, interruptAfterTimeLimit: shrinkingLimit });
  },
  { sample: (_, index) => index < sampled, concurrency },
);

async function start(): Promise<FaultWorld> {
  const world = await FaultWorld.start(2);
  await Promise.all([bystanderOnHub(world.hub, "walks"), ...world.remotes.map((remote) => bystanderOnRemote(remote))]);
  return world;
}
