import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { healthCodes } from "../../../../components/health/healthCodes";
import { repositoryRoot } from "../../../sandbox/repositoryRoot";

test("the table has every code that the judges of the health use, and no other", () => {
  const cwd = repositoryRoot();
  // The judges take the problems of missing objects and of the relay server's certificate from the checks.
  const judges = globSync("components/health/judge*.ts", { cwd });
  const checks = ["remote/missingObjects.ts", "hub/serverCertificate.ts"].map((file) => `components/preflight/${file}`);
  const sources = [...judges, ...checks].map((file) => readFileSync(join(cwd, file), "utf8")).join("\n");
  const used = new Set(sources.match(/(?<=\bcode: .*")GMR\d+(?=")/g));
  assert.deepEqual(Object.keys(healthCodes).sort(), [...used].sort());
});
