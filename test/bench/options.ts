import { parseArgs } from "node:util";

/** How the benchmark is run. */
export interface BenchOptions {
  /** Rounds that count, after one that warms up and one that is watched. Default 7. */
  readonly rounds: number;
  /** Numbers of registrations, one sandbox each. Default 1, 5, 20; 20 need about 10 GiB. */
  readonly sizes: readonly number[];
  /** Whether docs/performance.md and docs/performance.json get the figures. Default: they are printed only. */
  readonly write: boolean;
  /** What was going on beside, in words; part of the figures. */
  readonly note: string;
}

/** @throws with a usage line when an argument cannot be used */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "7" },
      sizes: { type: "string", default: "1,5,20" },
      write: { type: "boolean", default: false },
      note: { type: "string", default: "" },
    },
  });
  const numbers = [values.rounds, ...values.sizes.split(",")].map(Number);
  const [rounds = 0, ...sizes] = numbers;
  if (!numbers.every((number) => Number.isInteger(number) && number > 0)) {
    throw new Error("usage: npm run bench -- [--rounds 7] [--sizes 1,5,20] [--write] [--note 'what runs beside']");
  }
  return { rounds, sizes, write: values.write, note: values.note };
}
