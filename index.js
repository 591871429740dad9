// The program that Pulumi runs: index.ts, compiled by `npm run build`. This starts faster than sources that are transpiled in each run.
const { existsSync } = require("node:fs");
const { enableCompileCache } = require("node:module");

// Node caches the compiled form of the modules that are loaded from here on, in its folder for temporary files. Older versions lack the function.
enableCompileCache?.();

// Pulumi's SDK takes a stack trace for each resource and each promise. Mapping them all with source maps takes longer than the program itself.
Error.prepareStackTrace = undefined;

if (!existsSync(`${__dirname}/bin/index.js`)) {
  throw new (require("@pulumi/pulumi").RunError)("The program is not built yet. Run: npm run build");
}
const fault = require("./bin/components/base/nodeVersion.js").nodeFault(process.versions.node);
if (fault !== undefined) throw new (require("@pulumi/pulumi").RunError)(fault);
module.exports = require("./bin/index.js");
