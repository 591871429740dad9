import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";

/** The sources of the program. */
const sources = ["index.ts", "stacks", "components"];

/**
 * Throws if a source is newer than its build. The program runs from bin/, which `npm ci` builds: with a stale build it would silently run
 * the old code.
 */
function requireFreshBuild(root: string): void {
  const stale = sources
    .flatMap((source) => listFiles(root, source))
    .find((file) => {
      const built = join(root, "bin", file.replace(/\.ts$/, ".js"));
      return !existsSync(built) || statSync(built).mtimeMs < statSync(join(root, file)).mtimeMs;
    });
  if (stale !== undefined) {
    throw new pulumi.RunError(`${stale} is newer than its build in bin/. Run: npm run build`);
  }
}

function listFiles(root: string, source: string): string[] {
  if (source.endsWith(".ts")) return [source];
  const files = readdirSync(join(root, source), { recursive: true }) as string[];
  return files.filter((file) => file.endsWith(".ts")).map((file) => join(source, file));
}

// Runs on import, before the imports that need the build. This file is in bin/stacks when it runs.
requireFreshBuild(dirname(dirname(__dirname)));
