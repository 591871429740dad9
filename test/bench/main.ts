import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../sandbox/repositoryRoot";
import { currentLoad, machine } from "./machine";
import { replaceBetween } from "./markdown";
import { parseOptions } from "./options";
import { report } from "./report";
import type { Results, SizeResults } from "./results";
import { measure } from "./rounds";

const documents = join(repositoryRoot(), "docs");

/**
 * Measures this project side by side with what it replaces, and prints the figures. Nothing is asserted of the times; a run that fails, or
 * that does not leave what it should, ends the benchmark.
 *
 *     npm run bench                              1, 5 and 20 registrations, 7 rounds each
 *     npm run bench -- --sizes 1 --rounds 3      less
 *     npm run bench -- --write                   and puts the figures into docs/performance.md and docs/performance.json
 */
async function main(args: readonly string[]): Promise<void> {
  const { sizes, rounds, note, write } = parseOptions(args);
  const began = performance.now();
  const loads: number[] = [];
  const measured: SizeResults[] = [];
  for (const size of sizes) {
    loads.push(currentLoad());
    try {
      measured.push(await measure(size, rounds, (line) => console.error(line)));
    } catch (error) {
      // The other sizes took long and are worth to be told; the benchmark has failed all the same.
      console.error(`${size} registrations: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    }
  }
  if (measured.length === 0) return;
  const results: Results = { machine: await machine(note, loads), rounds, sizes: measured };
  console.error(`done after ${Math.round((performance.now() - began) / 60_000)} minutes`);
  if (write) await writeDown(results);
  else console.log(`${report(results)}\n\n${JSON.stringify(results)}`);
}

async function writeDown(results: Results): Promise<void> {
  const file = join(documents, "performance.md");
  await writeFile(file, replaceBetween(await readFile(file, "utf8"), "figures", report(results)));
  await writeFile(join(documents, "performance.json"), `${JSON.stringify(results, undefined, 1)}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
