import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, statSync } from "node:fs";
import { join } from "node:path";
import type { GenerationName } from "../components/glooMesh/generation";
import { relayExecutable } from "./sandbox/relay/relayProcess";
import { repositoryRoot } from "./sandbox/repositoryRoot";
import { compiledModules, ensureTools, sandboxToolNames, type ToolName, toolNames } from "./toolchain";

/** The levels of proof, the cheapest first. */
const levels = [
  "unit",
  "oracle",
  "graph",
  "provider",
  "kubeconfig",
  "sandbox-tests",
  "e2e",
  "e2e-2.x",
  "verbs",
  "faults",
  "teams",
  "fleet",
] as const;
type Level = (typeof levels)[number];

/** What belongs to every change: all that proves registrations. The rest proves the sandbox, and what teams build on registrations. */
const everyday: readonly Level[] = ["unit", "oracle", "graph", "provider", "kubeconfig", "e2e", "faults"];

/**
 * Levels that run together, so that the last file of one does not keep the files of another waiting. The first of them work without the toolchain;
 * `oracle` builds its own small Go program.
 */
const together: readonly (readonly Level[])[] = [
  ["graph", "oracle", "unit"],
  ["e2e", "teams", "faults", "verbs", "sandbox-tests", "provider", "kubeconfig", "fleet"],
  ["e2e-2.x"],
];

/** The files that take longest, as measured: they begin first, so that none of them runs alone at the end. The others follow by their size. */
const longest: readonly string[] = [
  "teams/onCall",
  "teams/tutorials",
  "e2e/causes",
  "faults/walks",
  "verbs/identity",
  "faults/kill",
  "e2e/modes",
  "e2e/healing",
  "e2e/leaving",
  "e2e/preflight",
  "e2e/plan",
  "e2e/discovery",
  "sandbox-tests/plugins",
  "e2e/provided",
  "e2e/validation",
  "teams/fleet",
  "verbs/replace",
  "faults/signals",
  "faults/secrets",
  "faults/fuzz",
  "faults/world",
  "sandbox-tests/pluginsHelm",
  "teams/package",
  "teams/pipeline",
  "e2e/rename",
  "e2e/postures",
  "e2e/generations",
  "e2e/nudge",
];
const light = together[0] ?? [];

/**
 * Files of the level `e2e` that run for 2.x as well: its release of CRDs, and where its steps, proof and plan differ most. `generations` is not among them: it
 * registers for both. `e2e-2.x` runs all files for 2.x, which takes as long as all for 1.x.
 */
const alsoFor2x = ["crds", "registration", "certificate", "planEqualsRun", "validation"];

/**
 * Runs the tests and ends with the first levels that fail.
 *
 *     npm test                  the everyday levels
 *     npm test -- unit graph    some levels
 *     npm run test:all          all of them, but for e2e-2.x
 *
 * The levels `faults`, `verbs`, `fleet` and the tutorials of `teams` run a sample of their cases, unless the environment's FAULTS, VERBS, FLEET or TUTORIALS
 * says otherwise: `npm run test:faults`, `npm run test:verbs`, `npm run test:fleet`, `npm run test:tutorials`.
 */
async function main(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.filter((name) => !levels.includes(name as Level));
  if (unknown.length > 0) {
    console.error(`no level ${unknown.join(", ")}; there are ${levels.join(", ")}`);
    return 2;
  }
  const gone = longest.filter((name) => !existsSync(join(repositoryRoot(), "test", `${name}.test.ts`)));
  if (gone.length > 0) throw new Error(`the list of the longest files names what does not exist: ${gone.join(", ")}`);
  const chosen = wanted.length === 0 ? everyday : levels.filter((level) => wanted.includes(level));
  // Before the tests and not within one, so that a build of several minutes is seen.
  if (chosen.some((level) => !light.includes(level))) {
    const names = chosen.includes("sandbox-tests") ? toolNames : sandboxToolNames;
    await ensureTools<ToolName>({ names, report: (line) => console.log(line) });
    await relayExecutable();
  }
  const began = Date.now();
  for (const group of together) {
    for (const { title, files, generation } of batchesOf(group.filter((level) => chosen.includes(level)))) {
      if (files.length === 0) continue;
      console.log(`\n=== ${title}: ${files.length} files`);
      const code = await runTests(files, generation);
      if (code !== 0) return code;
    }
  }
  console.log(`\n=== ${chosen.join(", ")} passed in ${Math.round((Date.now() - began) / 1000)} s`);
  return 0;
}

/** Files that run together, for one generation of Gloo Mesh. */
interface Batch {
  readonly title: string;
  readonly files: readonly string[];
  readonly generation: GenerationName;
}

function batchesOf(some: readonly Level[]): Batch[] {
  const of1x = some.filter((level) => level !== "e2e-2.x");
  const of2x = some.includes("e2e-2.x") ? compiledTests(["e2e"]) : [];
  const sample = some.includes("e2e") ? compiledTests(["e2e"]).filter(isAlsoFor2x) : [];
  return [
    { title: of1x.join(", "), files: compiledTests(of1x), generation: "1.x" },
    { title: "e2e for 2.x", files: of2x.length > 0 ? of2x : sample, generation: "2.x" },
  ];
}

function isAlsoFor2x(file: string): boolean {
  return alsoFor2x.some((name) => file.endsWith(`/${name}.test.js`));
}

/** From the sources, because bin/ may still hold tests that are gone; the longest first. */
function compiledTests(some: readonly Level[]): string[] {
  const root = repositoryRoot();
  return some
    .flatMap((level) => globSync(`test/${level}/**/*.test.ts`, { cwd: root }))
    .sort((one, other) => rankOf(one) - rankOf(other) || sizeOf(other) - sizeOf(one))
    .map((file) => join(root, "bin", file.replace(/\.ts$/, ".js")));
}

function rankOf(file: string): number {
  const rank = longest.indexOf(file.replace(/^test\//, "").replace(/\.test\.ts$/, ""));
  return rank < 0 ? longest.length : rank;
}

function sizeOf(file: string): number {
  return statSync(join(repositoryRoot(), file)).size;
}

async function runTests(files: readonly string[], generation: GenerationName): Promise<number> {
  // Each file is a process of its own, and most load the same modules.
  const env = { ...process.env, TEST_GENERATION: generation, NODE_COMPILE_CACHE: compiledModules(process.env) };
  const child = spawn(process.execPath, [join(__dirname, "runFiles.js"), ...files], { stdio: "inherit", env });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on("SIGINT", forward).on("SIGTERM", forward);
  const [code] = (await once(child, "exit")) as [number | null];
  process.off("SIGINT", forward).off("SIGTERM", forward);
  return code ?? 1;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  },
);
