import type { Subcommand } from "./command";
import { fleetOptionsUsage } from "./fleetOptions";
import { fleetRun } from "./fleetRun";

// The commands of a pipeline: each runs the engine on a stack and reports on its registrations.

/** Previews a stack. Its report `preview.md` is the comment for a pull request: the plan in words, and the problems. */
export const preview: Subcommand = {
  usage: `usage: gloo-mesh-relay-registration preview --stack NAME [options]

Runs \`pulumi preview\`, which writes nothing, and reports on each registration in preview.md (the comment for a
pull request), preview.json, preview.xml (JUnit) and preview.html.
${fleetOptionsUsage}`,
  run: (args, terminal) => fleetRun("preview", args, terminal, (stack, options) => stack.preview(options)),
};

/** Runs `up` on a stack. A cluster that fails does not stop the others, and the report is always written. */
export const apply: Subcommand = {
  usage: `usage: gloo-mesh-relay-registration apply --stack NAME [options]

Runs \`pulumi up --skip-preview --continue-on-error\` and reports on each registration in apply.md, apply.json,
apply.xml (JUnit) and apply.html, also when some of them failed. Never ends a run in progress: passes SIGINT and SIGTERM
on to pulumi and waits until pulumi has ended.
${fleetOptionsUsage}`,
  // The Automation API's `up` always skips the preview, in which a cluster that cannot be reached would stop all others. Without
  // `showSecrets: false` it would read the history with the secrets of the configuration.
  run: (args, terminal) =>
    fleetRun("apply", args, terminal, (stack, options) =>
      stack.up({ ...options, continueOnError: true, showSecrets: false }),
    ),
};

/** Checks that the clusters are as the stack declares them and that no certificate is due. Changes nothing. */
export const drift: Subcommand = {
  usage: `usage: gloo-mesh-relay-registration drift --stack NAME [options]

Runs \`pulumi preview --refresh\`, which writes nothing, and fails when \`up\` would change anything or a certificate expires
within the lead time. Reports in drift.md, drift.json, drift.xml (JUnit) and drift.html.
${fleetOptionsUsage}`,
  // Without `--expect-no-changes`: the report says which registrations differ, an exit code cannot.
  run: (args, terminal) =>
    fleetRun("drift", args, terminal, (stack, options) => stack.preview({ ...options, refresh: true })),
};
