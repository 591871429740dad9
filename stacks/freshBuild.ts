import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";

/**
 * In a checkout the component runs from bin/, which `npm ci` builds. After a change of components/ it would be the old behaviour that
 * runs, so a stale build is an error and not a surprise. Costs a few file dates.
 */
function requireFreshBuild(root: string): void {
  const sources = join(root, "components");
  const stale = listFiles(sources).find((file) => {
    const built = join(root, "bin", "components", file.replace(/\.ts$/, ".js"));
    return !existsSync(built) || statSync(built).mtimeMs < statSync(join(sources, file)).mtimeMs;
  });
  if (stale !== undefined) {
    throw new pulumi.RunError(`components/${stale} is newer than its build in bin/. Run: npm run build`);
  }
}

function listFiles(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).filter((file) => file.endsWith(".ts"));
}

// On import, and so before the imports that need the build.
requireFreshBuild(dirname(__dirname));
