import { join } from "node:path";
import type { PulumiWorkspace } from "../sandbox/workspace";
import type { Field } from "./field";
import { type TimedRun, timed } from "./timedCommand";

/** One way to register all clusters of a field. */
export interface Contestant {
  readonly name: string;
  register(watch: boolean): Promise<TimedRun>;
  /** Deregisters all clusters of the field. */
  leave(): Promise<TimedRun>;
  /** The Pulumi stack, where there is one. */
  readonly stack?: PulumiWorkspace;
}

/** This package's contestants, by the names in the tables. */
export const ours = { up: "pulumi up --skip-preview", fullUp: "pulumi up" } as const;

/** The peers and this package. `meshctl` takes part if the environment variable BENCH_MESHCTL names its binary. */
export function contestants(field: Field, stack: PulumiWorkspace): Contestant[] {
  const leave = () => field.script("leave.sh", false);
  const destroy = () => field.pulumi(stack, "destroy", ["--skip-preview"]);
  const meshctl = process.env["BENCH_MESHCTL"];
  return [
    { name: "the guide's script", register: (watch) => field.script("guide.sh", watch), leave },
    ...(meshctl ? [{ name: "meshctl", register: (watch: boolean) => meshctlRun(field, meshctl, watch), leave }] : []),
    {
      name: ours.up,
      register: (watch) => field.pulumi(stack, "up", ["--skip-preview"], watch),
      leave: destroy,
      stack,
    },
    { name: ours.fullUp, register: (watch) => field.pulumi(stack, "up", [], watch), leave: destroy, stack },
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
