import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { killWithPlugins } from "../../e2e/support/killing";
import type { EngineCommand } from "../../sandbox/workspace";
import { holdAt } from "../support/holds";
import { meddlings } from "./others";
import { changes } from "./settings";
import type { Walk } from "./walk";

/** What decides which steps are possible. */
export interface Circumstances {
  isHubAway: boolean;
}

/** One step of a walk; a name that reads in a list. */
class Step implements fc.AsyncCommand<Circumstances, Walk> {
  constructor(
    private readonly name: string,
    private readonly act: (walk: Walk, circumstances: Circumstances) => Promise<unknown>,
    private readonly isPossible: (circumstances: Readonly<Circumstances>) => boolean = () => true,
  ) {}

  check(circumstances: Readonly<Circumstances>): boolean {
    return this.isPossible(circumstances);
  }

  async run(circumstances: Circumstances, walk: Walk): Promise<void> {
    await this.act(walk, circumstances);
  }

  toString(): string {
    return this.name;
  }
}

const up = new Step("up", (walk) => walk.run("up"));

/** All that a registration's life brings, each as likely as it stands here. */
const steps: readonly fc.Arbitrary<Step>[] = [
  fc.constant(up),
  fc.constant(up),
  fc.constant(new Step("up --refresh", (walk) => walk.run("up", ["--refresh"]))),
  fc.constant(new Step("preview", (walk) => walk.preview())),
  fc.constant(new Step("destroy", (walk) => walk.run("destroy"))),
  fc.constantFrom(...Object.keys(changes)).map(changed),
  fc.constantFrom(...Object.keys(changes)).map(changed),
  fc.constantFrom(...Object.keys(meddlings)).map(meddled),
  fc.constantFrom(...Object.keys(meddlings)).map(meddled),
  fc
    .record({
      command: command(),
      side: fc.constantFrom("remote", "hub"),
      kind: fc.constantFrom("read", "write"),
      number: fc.integer({ min: 1, max: 20 }),
      moment: fc.constantFrom("before", "after"),
    })
    .map(killed),
  fc
    .record({
      command: command(),
      request: fc.integer({ min: 1, max: 50 }),
      milliseconds: fc.integer({ min: 0, max: 400 }),
    })
    .map(interrupted),
  fc.constantFrom(
    new Step(
      "the management cluster goes away",
      async (walk, circumstances) => {
        circumstances.isHubAway = true;
        await walk.takeHubAway();
      },
      ({ isHubAway }) => !isHubAway,
    ),
    new Step(
      "the management cluster comes back",
      async (walk, circumstances) => {
        circumstances.isHubAway = false;
        await walk.bringHubBack();
      },
      ({ isHubAway }) => isHubAway,
    ),
  ),
  fc
    .constantFrom<EngineCommand>("up", "destroy")
    .map((one) => new Step(`${one} of a second stack`, (walk) => walk.runSecond(one))),
];

/** The longest walk. */
const mostSteps = 12;
/** The shortest walk before it is shrunk. */
const fewestSteps = 6;

export const walks = fc.commands<Circumstances, Walk, false>([...steps], {
  maxCommands: mostSteps,
  size: "max",
});

/** So many seeds whose walks are long enough: what belongs to a seed is always the same. */
export function seedsOfWalks(count: number): number[] {
  const seeds: number[] = [];
  for (let seed = 1; seeds.length < count; seed++) {
    const [walk] = fc.sample(walks, { seed, numRuns: 1 });
    if ([...(walk ?? [])].length >= fewestSteps) seeds.push(seed);
  }
  return seeds;
}

function command(): fc.Arbitrary<EngineCommand> {
  return fc.constantFrom<EngineCommand>("up", "up", "destroy");
}

function changed(what: string): Step {
  return new Step(`change ${what}, up`, (walk) => walk.change(what));
}

function meddled(what: string): Step {
  return new Step(`somebody: ${what}`, (walk) => walk.meddle(what));
}

function killed(one: { command: EngineCommand; side: string; kind: string; number: number; moment: string }): Step {
  const { command, side, number } = one;
  const point = { number, kind: one.kind as "read" | "write", moment: one.moment as "before" | "after" };
  const where = `killed ${point.moment} ${point.kind} ${number} of the ${side} cluster`;
  return new Step(`${command} ${where}`, (walk) =>
    walk.disturb(command, where, async (run, remote, hub) => {
      const hold = holdAt(side === "hub" ? hub.proxy : remote.proxy, point);
      if ((await Promise.race([hold.reached, run.result.then(() => undefined)])) === undefined) return;
      await killWithPlugins(run);
      hold.release("forget");
    }),
  );
}

function interrupted({
  command,
  request,
  milliseconds,
}: {
  command: EngineCommand;
  request: number;
  milliseconds: number;
}): Step {
  const where = `with Ctrl-C ${milliseconds} ms after request ${request}`;
  return new Step(`${command} ${where}`, (walk) =>
    walk.disturb(command, where, async (run, remote) => {
      const asked = remote.proxy.asked(request);
      await Promise.race([run.result, asked.then(() => delay(milliseconds))]);
      run.signal("SIGINT");
    }),
  );
}
