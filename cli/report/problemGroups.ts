import { formatProblem } from "../../components/base/problems";
import type { FleetReport, ReportedProblem } from "./fleetReport";

/** A problem and the clusters that have it; none for a problem of the stack. */
export interface ProblemGroup {
  readonly problem: ReportedProblem;
  readonly clusters: readonly string[];
}

/** Each problem once: every registration reports what is wrong with the management cluster. Errors come first. */
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
  return [...groups.values()].sort(
    (one, other) => Number(one.problem.severity === "warning") - Number(other.problem.severity === "warning"),
  );
}
