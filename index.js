// What Pulumi runs: index.ts as `npm run build` compiles it. It starts sooner than sources that are transpiled at each run.
const { existsSync } = require("node:fs");
const { enableCompileCache } = require("node:module");

// Node keeps the compiled form of what is loaded from here on, in its own folder below the temporary one. Older versions of Node do not have it.
enableCompileCache?.();

// Pulumi's SDK takes a stack trace for each resource and each promise. Finding the places of all of them in source maps takes longer than
// the program itself.
Error.prepareStackTrace = undefined;

if (!existsSync(`${__dirname}/bin/index.js`)) {
  throw new (require("@pulumi/pulumi").RunError)("The program is not built yet. Run: npm run build");
}
module.exports = require("./bin/index.js");
