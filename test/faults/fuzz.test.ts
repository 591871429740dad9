import { randomInt } from "node:crypto";
import { testCases } from "./figures";
import { certificateTargets } from "./fuzz/certificates";
import { clusterObjectTargets, endServers } from "./fuzz/clusterObjects";
import { clusterTextTargets } from "./fuzz/clusterText";
import { givenTargets } from "./fuzz/given";
import { reportTargets } from "./fuzz/reports";
import { runTarget, type Target } from "./fuzz/target";

// Everything that reads what others have written is given anything. It may refuse, with an error of ours; it must end.

const targets: readonly Target[] = [
  ...certificateTargets,
  ...clusterTextTargets,
  ...clusterObjectTargets,
  ...givenTargets,
  ...reportTargets,
];

/** Each target has five blocks of inputs, the first of which is in the sample. */
const blocks = [0, 1, 2, 3, 4];

const cases = targets.flatMap((target) =>
  blocks.map((block) => ({ id: `fuzz/${target.name}/${block}`, target, block })),
);

/** A full run looks elsewhere each time, the sample always at the same place. `FAULTS_SEED` repeats a run. */
const seed = Number(process.env["FAULTS_SEED"] ?? (process.env["FAULTS"] === "full" ? randomInt(1_000_000) : 1));

testCases(
  "fuzz",
  cases,
  {
    start: async () => ({ inputs: 0 }),
    stop: async ({ inputs }) => {
      console.log(`# faults fuzz: ${inputs} inputs, FAULTS_SEED=${seed}`);
      await endServers();
    },
  },
  async ({ target, block }, world, figures) => {
    const given = await figures.promise("P9", () => runTarget(target, seed + block));
    world.inputs += given;
  },
  { sample: ({ block }) => block === 0 },
);
