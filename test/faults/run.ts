import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/**
 * Runs the level `faults`, in full or what is asked for, and fails when that is nothing:
 *
 *     npm run test:faults                                      every case of every family
 *     npm run test:faults -- kill/fresh                        those whose ids begin so
 *     npm run test:faults -- kill/fresh/engine/write-4-after   one of them
 *     npm run test:faults -- sample                            the sample that `npm test` runs
 */
async function main(asked: string): Promise<number> {
  const FAULTS = asked === "sample" ? "" : asked;
  const began = Date.now();
  const child = spawn(process.execPath, [join(__dirname, "..", "run.js"), "faults"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, FAULTS },
  });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on("SIGINT", forward).on("SIGTERM", forward);
  const exit = once(child, "exit") as Promise<[number | null]>;
  let cases = 0;
  let all = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line);
    const [, run = 0, total = 0] = /faults \w+: (\d+) of (\d+) cases run/.exec(line) ?? [];
    cases += Number(run);
    all += Number(total);
  }
  const [code] = await exit;
  console.log(`the faults (${asked}) took ${Math.round((Date.now() - began) / 1000)} s: ${cases} of ${all} cases`);
  if (asked === "sample" && cases < all / 5) {
    console.error("the sample is to be at least a fifth of all cases");
    return 1;
  }
  if (cases === 0) console.error(`no case was run: no id is ${asked}, or begins so`);
  return cases === 0 ? 1 : (code ?? 1);
}

main(process.argv[2] ?? "full").then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  },
);
