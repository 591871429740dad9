import type { Subcommand } from "./command";
import { fleetOptionsUsage } from "./fleetOptions";
import { fleetRun } from "./fleetRun";

/** Runs `up` on a stack. One bad cluster does not keep the others from being registered, and the report is written all the same. */
export const apply: Subcommand = {
  usage: `usage: gloo-mesh-relay-registration apply --stack NAME [options]

Runs \`pulumi up --skip-preview --continue-on-error\` and reports on each registration in apply.md, apply.json,
apply.xml (JUnit) and apply.html, also when some of them failed. Never ends a run in progress; a SIGINT or SIGTERM is passed
on to pulumi, whose end is waited for.
${fleetOptionsUsage}`,
  // The Automation API's `up` always skips the preview: with one, a cluster that cannot be reached would stop all the others. Without
  // `showSecrets: false` it would read the history with the secrets of the configuration.
  run: (args, terminal) =>
    fleetRun("apply", args, terminal, (stack, options) =>
      stack.up({ ...options, continueOnError: true, showSecrets: false }),
    ),
};
