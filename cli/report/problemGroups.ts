import { formatProblem } from "../../components/base/problems";
import { isError } from "../output/severity";
import type { FleetReport, ReportedProblem } from "./fleetReport";

/** A problem and the clusters that have it; no clusters for a problem of the stack. */
export interface ProblemGroup {
  readonly problem: ReportedProblem;
  readonly clusters: readonly string[];
}

/** Lists each problem once, errors first: every registration reports the problems of the management cluster. */
export function problemGroups({ clusters, problems }: FleetReport): ProblemGroup[] {
  const groups = new Map<string, { problem: ReportedProblem; clusters: string[] }>();
  const all = [
    ...problems.map((problem) => ({ problem, name: undefined })),
    ...clusters.flatMap(({ name, problems: own }) => own.map((problem) => ({ problem, name }))),
  ];
  for (const { problem, name } of all) {
    const line = `${problem.severity} ${formatProblem(problem)}`;
    const group = groups.get(line) ?? { problem, clusters: [] };
    groups.set(line, group);
    if (name !== undefined) group.clusters.push(name);
  }
  return [...groups.values()].sort((one, other) => Number(isError(other.problem)) - Number(isError(one.problem)));
}
