import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";

/** What the program is compiled from. */
const sources = ["index.ts", "stacks", "components"];

/**
 * The program and the component run from bin/, which `npm ci` builds. After a change of the sources it would be the old behaviour that
 * runs, so a stale build is an error and not a surprise. Costs a few file dates.
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

// On import, and so before the imports that need the build. This file runs from bin/stacks.
requireFreshBuild(dirname(dirname(__dirname)));
