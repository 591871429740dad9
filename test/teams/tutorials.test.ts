import { after, before, describe, it } from "node:test";
import { select } from "../support/selection";
import { stepsOf } from "../tutorials/steps";
import { tutorials } from "../tutorials/tutorials";
import { TutorialWorld } from "../tutorials/tutorialWorld";
import { walk } from "../tutorials/walk";
import { markdownOf } from "../unit/docs/documentFiles";

// Each page is walked from its first block to its last, as it stands. All pages share one sandbox: each leaves the clusters as it found them.
// A walk takes minutes: `npm run test:all` has the two with which people begin, `npm run test:tutorials` all of them.

const sampled = ["first-registration", "take-over-a-mesh"];
const all = Object.entries(tutorials).map(([id, tutorial]) => ({ id, ...tutorial }));
const walked = select(all, ({ id }) => sampled.includes(id), process.env["TUTORIALS"] ?? "");

describe("the tutorials", () => {
  let world: TutorialWorld;

  before(async () => {
    world = await TutorialWorld.start(Math.max(...walked.map(({ remotes }) => remotes.length)));
  });

  after(() => world?.stop());

  for (const { id: name, ...tutorial } of walked) {
    const pages = [name, ...(tutorial.next === undefined ? [] : [tutorial.next])];
    it(`${pages.join(", then ")}: the commands do what the page says`, async () => {
      const env = await world.prepare(name, tutorial);
      const folder = await world.makeFolder(name, tutorial);
      const steps = pages.flatMap((page) => stepsOf(markdownOf(`docs/tutorial/${page}.md`).codeBlocks));
      await walk(steps, { folder, env, processes: world.sandbox.processes });
    });
  }
});
