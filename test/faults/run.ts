import { spawnSync } from "node:child_process";
import { join } from "node:path";

/**
 * Runs the level `faults`, in full or what is asked for:
 *
 *     npm run test:faults                                      every case of every family
 *     npm run test:faults -- kill/fresh                        those whose ids begin so
 *     npm run test:faults -- kill/fresh/engine/write-4-after   one of them
 *     npm run test:faults -- sample                            what `npm test` runs
 */
const [asked = "full"] = process.argv.slice(2);
const FAULTS = asked === "sample" ? "" : asked;
const began = Date.now();
const { status } = spawnSync(process.execPath, [join(__dirname, "..", "run.js"), "faults"], {
  stdio: "inherit",
  env: { ...process.env, FAULTS },
});
console.log(`the faults (${asked}) took ${Math.round((Date.now() - began) / 1000)} s`);
process.exitCode = status ?? 1;
