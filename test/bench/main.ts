import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../sandbox/repositoryRoot";
import { durations } from "./duration";
import { currentLoad, machine } from "./machine";
import { replaceBetween } from "./markdown";
import { type BenchOptions, parseOptions } from "./options";
import { report } from "./report";
import type { Results, SizeResults } from "./results";
import { measure } from "./rounds";

const documents = join(repositoryRoot(), "docs");
const figures = join(documents, "performance.json");

/**
 * Measures this project side by side with what it replaces, and prints the figures. Nothing is asserted of the times; a run that fails, or
 * that does not leave what it should, ends the measurement of its size.
 *
 *     npm run bench                              1, 5, 10 and 20 registrations on this machine, 5 rounds each
 *     npm run bench -- --rtt 0,100               and 1, 5 and 10 with 100 ms to each API server
 *     npm run bench -- --sizes 1 --rounds 3      less
 *     npm run bench -- --write                   and puts the figures into docs
 *     npm run bench -- --reprint --write         makes the tables of docs from docs/performance.json again
 */
async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options.reprint) return show(JSON.parse(await readFile(figures, "utf8")) as Results, options);
  const began = performance.now();
  const loads: number[] = [];
  const sizes: SizeResults[] = [];
  for (const size of options.sizes) {
    loads.push(currentLoad());
    try {
      sizes.push(...(await measure(size, options.rounds, (line) => console.error(line))));
    } catch (error) {
      // The other sizes took long and are worth printing; the benchmark has failed all the same.
      console.error(`${size.size} registrations: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    }
  }
  if (sizes.length === 0) return;
  console.error(`done after ${Math.round((performance.now() - began) / 60_000)} minutes`);
  await show({ machine: await machine(options.note, loads), rounds: options.rounds, sizes }, options);
}

async function show(results: Results, { write, reprint }: BenchOptions): Promise<void> {
  if (!write) return console.log([report(results), durations(results), JSON.stringify(results)].join("\n\n"));
  await replace("performance.md", "figures", report(results));
  await replace("duration.md", "durations", durations(results));
  if (!reprint) await writeFile(figures, `${JSON.stringify(results, undefined, 1)}\n`);
}

async function replace(document: string, mark: string, content: string): Promise<void> {
  const file = join(documents, document);
  await writeFile(file, replaceBetween(await readFile(file, "utf8"), mark, content));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
