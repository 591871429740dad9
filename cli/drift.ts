import type { Subcommand } from "./command";
import { fleetOptionsUsage } from "./fleetOptions";
import { fleetRun } from "./fleetRun";

/** Expects that the clusters are as the stack declares them, and that no certificate is due. Changes nothing. */
export const drift: Subcommand = {
  usage: `usage: gloo-mesh-relay-registration drift --stack NAME [options]

Runs \`pulumi preview --refresh\`, which writes nothing, and fails when \`up\` would change anything, or when a certificate
ends within the lead time. Reports in drift.md, drift.json, drift.xml (JUnit) and drift.html.
${fleetOptionsUsage}`,
  // Not with `--expect-no-changes`: the report says which registrations differ, and an exit code cannot.
  run: (args, terminal) =>
    fleetRun("drift", args, terminal, (stack, options) => stack.preview({ ...options, refresh: true })),
};
