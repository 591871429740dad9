import { formatProblem, type Problem } from "../base/problems";

/** Names under which `operations` exports the operations of the three dynamic resources. */
export type OperationsName = "preparation" | "bootstrapToken" | "clientCertificate";

/** In the text of a problem that no package is there to report. */
const notInstalled: Problem = {
  code: "GMR510",
  what: "The package gloo-mesh-relay-registration is not installed",
  where: "<program>",
  cause: "neither there, above it, in a dependency, nor beside Pulumi's SDK in <sdk>",
  next: "run npm ci (pnpm install, yarn install) for the program in that folder; if that is not enough, add gloo-mesh-relay-registration to the dependencies in its package.json",
};

/**
 * The source of a dynamic provider, which Pulumi stores in its state with every resource and runs in its dynamic provider host. Pulumi does not
 * renew it, so it only calls the operations in the package `gloo-mesh-relay-registration/operations`, and names no path.
 *
 * When called, it looks for the package as seen from the program's folder and each folder above it, then from every package that these depend on:
 * pnpm, and npm for a second version, install a dependency of another package only below that package. Last come the folders above Pulumi's SDK, for
 * a program in a folder without dependencies of its own.
 *
 * `pulumi.dynamic.Resource` would serialise functions: that starts an inspector and parses TypeScript in each run, and the result depends
 * on the compilation of the functions.
 */
export function providerText(name: OperationsName): string {
  return `exports.handler = () => {
  const { existsSync, readFileSync, realpathSync } = require("node:fs");
  const { createRequire, enableCompileCache } = require("node:module");
  const { dirname, join } = require("node:path");
  const above = (folder) => [folder, ...(dirname(folder) === folder ? [] : above(dirname(folder)))];
  const attempt = (work) => { try { return work(); } catch {} };
  const places = [process.cwd(), dirname(process.argv[1])];
  const find = () => {
    for (const place of places) {
      const folders = new Set(above(place));
      // The set grows while it is iterated.
      for (const folder of folders) {
        const manifest = join(folder, "package.json");
        const found = attempt(() => createRequire(manifest).resolve("gloo-mesh-relay-registration/operations"));
        if (found) return found;
        const read = attempt(() => JSON.parse(readFileSync(manifest, "utf8"))) ?? {};
        const kinds = [read.dependencies, read.optionalDependencies, read.devDependencies, read.peerDependencies];
        for (const dependency of Object.keys(Object.assign({}, ...kinds))) {
          const installed = above(folder).map((one) => join(one, "node_modules", dependency)).find((one) => existsSync(one));
          if (installed) folders.add(realpathSync(installed));
        }
      }
    }
    const message = ${JSON.stringify(formatProblem(notInstalled))}.replace("<program>", () => places[0]).replace("<sdk>", () => places[1]);
    throw Object.assign(new Error(message), { stack: "see the error" });
  };
  let operations;
  const load = () => {
    enableCompileCache?.();
    operations ??= require(find()).${name};
    return operations;
  };
  const call = (operation) => async (...args) => load()[operation](...args);
  return Object.fromEntries(["diff", "create", "read", "update", "delete"].map((operation) => [operation, call(operation)]));
};
`;
}
