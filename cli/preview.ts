import type { Subcommand } from "./command";
import { fleetOptionsUsage } from "./fleetOptions";
import { fleetRun } from "./fleetRun";

/** Previews a stack. The file `preview.md` is the comment for a pull request: the plan in words, and the problems. */
export const preview: Subcommand = {
  usage: `usage: gloo-mesh-relay-registration preview --stack NAME [options]

Runs \`pulumi preview\`, which writes nothing, and reports on each registration: preview.md is the comment
for a pull request; preview.json, preview.xml (JUnit) and preview.html say the same.
${fleetOptionsUsage}`,
  run: (args, terminal) => fleetRun("preview", args, terminal, (stack, options) => stack.preview(options)),
};
