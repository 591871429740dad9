import { join } from "node:path";
import type { PulumiWorkspace } from "../sandbox/workspace";
import type { Field } from "./field";
import { type TimedRun, timed } from "./timedCommand";

/** One way to register all clusters of a field. */
export interface Contestant {
  readonly name: string;
  register(watch: boolean): Promise<TimedRun>;
  /** Deregisters all clusters of the field. */
  leave(watch: boolean): Promise<TimedRun>;
  /** Name of the time to deregister; without one it does not count. */
  readonly leaving?: string;
}

/** The peers, by the names in the tables. */
export const peers = {
  script: "the guide's script",
  sideBySide: "the script side by side",
  meshctl: "meshctl",
} as const;

/** This package's contestants. */
export const ours = { up: "pulumi up --skip-preview", fullUp: "pulumi up" } as const;

/** Ways to deregister. */
export const leavings = {
  destroy: "pulumi destroy",
  script: "the script's way to leave",
  sideBySide: "the script's way to leave, side by side",
} as const;

/** The peers and this package. `meshctl` takes part if the environment variable BENCH_MESHCTL names its binary. */
export function contestants(field: Field, stack: PulumiWorkspace): Contestant[] {
  const meshctl = process.env["BENCH_MESHCTL"];
  const leaveSideBySide = (watch: boolean) => field.sideBySide("leave.sh", watch);
  return [
    {
      name: peers.script,
      register: (watch) => field.script("guide.sh", field.clusters, watch),
      leave: (watch) => field.script("leave.sh", field.clusters, watch),
      leaving: leavings.script,
    },
    {
      name: peers.sideBySide,
      register: (watch) => field.script("expert.sh", field.clusters, watch),
      leave: leaveSideBySide,
      leaving: leavings.sideBySide,
    },
    ...(meshctl
      ? [
          {
            name: peers.meshctl,
            register: (watch: boolean) => meshctlRun(field, meshctl, watch),
            leave: leaveSideBySide,
          },
        ]
      : []),
    ...[
      { name: ours.up, args: ["--skip-preview"] },
      { name: ours.fullUp, args: [] },
    ].map(({ name, args }) => ({
      name,
      register: (watch: boolean) => field.pulumi(stack, "up", args, watch),
      leave: (watch: boolean) => field.pulumi(stack, "destroy", ["--skip-preview"], watch),
      leaving: leavings.destroy,
    })),
  ];
}

/** One call for each cluster, in one shell. The management cluster is the kubeconfig's current context. */
function meshctlRun(field: Field, meshctl: string, watch: boolean): Promise<TimedRun> {
  const { sandbox, env } = field;
  const chart = join(sandbox.folder, "charts", `enterprise-agent-${env["VERSION"]}.tgz`);
  const loop = [
    'for cluster in "$@"; do',
    '  "$MESHCTL" cluster register enterprise --remote-context "$cluster" --relay-server-address "$RELAY_ADDRESS" \\',
    '    --enterprise-agent-chart-file "$CHART" "$cluster" || exit',
    "done",
  ].join("\n");
  return timed({
    command: "bash",
    args: ["-c", loop, "meshctl", ...field.clusters],
    env: { ...env, MESHCTL: meshctl, CHART: chart },
    cwd: sandbox.folder,
    processes: sandbox.processes,
    watch,
  });
}
