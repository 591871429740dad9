import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../sandbox/repositoryRoot";
import { durations } from "./duration";
import { currentLoad, machine } from "./machine";
import { replaceBetween } from "./markdown";
import { parseOptions } from "./options";
import { goalsTable, report } from "./report";
import type { Results, SizeResults } from "./results";
import { measure } from "./rounds";

const documents = join(repositoryRoot(), "docs");
const figures = join(documents, "engineering/performance.json");

/**
 * Measures this project side by side with what it replaces, and prints the figures. Nothing is asserted of the times; a run that fails, or
 * that does not leave what it should, ends the measurement of its size.
 *
 *     npm run bench                              1, 5, 10 and 20 registrations on this machine, 5 rounds each
 *     npm run bench -- --rtt 0,100               and 1, 5 and 10 with 100 ms to each API server
 *     npm run bench -- --sizes 1 --rounds 3      less
 *     npm run bench -- --write                   and puts the figures into docs
 *     npm run bench -- --reprint --write         makes the tables of docs from docs/engineering/performance.json again
 */
async function main(args: readonly string[]): Promise<void> {
  const { sizes, rounds, note, write, reprint } = parseOptions(args);
  if (reprint) {
    const earlier = JSON.parse(await readFile(figures, "utf8")) as Results;
    return write ? writeDown(earlier) : print(earlier);
  }
  const began = performance.now();
  const loads: number[] = [];
  const measured: SizeResults[] = [];
  const results = async () => ({ machine: await machine(note, loads), rounds, sizes: measured });
  for (const size of sizes) {
    loads.push(currentLoad());
    try {
      measured.push(...(await measure(size, rounds, (line) => console.error(line))));
      if (write) await writeDown(await results()); // the next size may take an hour
    } catch (error) {
      // The other sizes took long and are worth printing; the benchmark has failed all the same.
      console.error(`${size.size} registrations: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    }
  }
  if (measured.length === 0) return;
  console.error(`done after ${Math.round((performance.now() - began) / 60_000)} minutes`);
  if (write) console.log(goalsTable(await results()));
  else print(await results());
}

function print(results: Results): void {
  console.log([report(results), durations(results), JSON.stringify(results)].join("\n\n"));
}

async function writeDown(results: Results): Promise<void> {
  await replace("engineering/performance.md", "figures", report(results));
  await replace("explanation/duration.md", "durations", durations(results));
  await writeFile(figures, `${JSON.stringify(results, undefined, 1)}\n`);
}

async function replace(document: string, mark: string, content: string): Promise<void> {
  const file = join(documents, document);
  await writeFile(file, replaceBetween(await readFile(file, "utf8"), mark, content));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
