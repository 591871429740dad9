import { run } from "node:test";
import { spec } from "node:test/reporters";

// Runs test files, each in a process of its own, in the order in which they are given: `node --test` would sort them by name, and a file that takes long would
// be among the last. Four at a time: on two cores that fills the time in which tests wait. A sandbox takes a gigabyte.

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());

run({ files: process.argv.slice(2), concurrency: 4, signal: stop.signal })
  .on("test:fail", () => {
    process.exitCode = 1;
  })
  .compose(new spec())
  .pipe(process.stdout);
