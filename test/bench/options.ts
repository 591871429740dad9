import { parseArgs } from "node:util";

/** How the benchmark is run. */
export interface BenchOptions {
  /** Rounds that count, after those that warm up and are watched. Default 5. */
  readonly rounds: number;
  /** Numbers of registrations, one sandbox each. Default 1, 5, 10 and, only near, 20; 20 need about 10 GiB. */
  readonly sizes: readonly Size[];
  /** Whether docs/engineering/performance.md, docs/engineering/performance.json and docs/explanation/duration.md get the figures. Default: they are printed only. */
  readonly write: boolean;
  /** Whether to print or write the figures of docs/engineering/performance.json again, and measure nothing. Default false. */
  readonly reprint: boolean;
  /** What was going on beside, in words; part of the figures. */
  readonly note: string;
}

/** A number of registrations, and the distances at which it is measured. */
export interface Size {
  readonly size: number;
  /** Milliseconds of a round trip to each API server, ascending; 0 is near. */
  readonly rtts: readonly number[];
}

const usage =
  "usage: npm run bench -- [--rtt 0,100] [--rounds 5] [--sizes 1,5,10,20:near] [--write] [--note 'what runs beside'] [--reprint]";
const longestRtt = 10_000;

/** @throws with a usage line when an argument cannot be used */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rtt: { type: "string", default: "0" },
      rounds: { type: "string", default: "5" },
      sizes: { type: "string", default: "1,5,10,20:near" },
      write: { type: "boolean", default: false },
      reprint: { type: "boolean", default: false },
      note: { type: "string", default: "" },
    },
  });
  const rtts = [...new Set(values.rtt.split(",").map((text) => whole(text, 0)))].sort((one, other) => one - other);
  if (rtts.some((rtt) => rtt > longestRtt)) throw new Error(usage);
  const sizes = values.sizes.split(",").map((text): Size => {
    const [number = "", ...only] = text.split(":");
    if (only.length > 1 || (only.length === 1 && only[0] !== "near")) throw new Error(usage);
    return { size: whole(number, 1), rtts: only.length === 1 ? rtts.filter((rtt) => rtt === 0) : rtts };
  });
  const { write, reprint, note } = values;
  return { rounds: whole(values.rounds, 1), sizes: sizes.filter((one) => one.rtts.length > 0), write, reprint, note };
}

function whole(text: string, minimum: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : -1;
  if (number < minimum) throw new Error(usage);
  return number;
}
