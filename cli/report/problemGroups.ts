import type { FleetReport, ReportedProblem } from "./fleetReport";
import { problemLine } from "./problemText";

/** A problem and all whom it was told of; no name for one of the stack. */
export interface ProblemGroup {
  readonly problem: ReportedProblem;
  readonly clusters: readonly string[];
}

/** Each problem once: what is wrong with the hub is told by every registration. Errors come first. */
export function problemGroups({ clusters, problems }: FleetReport): ProblemGroup[] {
  const groups = new Map<string, { problem: ReportedProblem; clusters: string[] }>();
  const all = [
    ...problems.map((problem) => ({ problem, name: undefined })),
    ...clusters.flatMap(({ name, problems: own }) => own.map((problem) => ({ problem, name }))),
  ];
  for (const { problem, name } of all) {
    const line = `${problem.severity} ${problemLine(problem)}`;
    const group = groups.get(line) ?? { problem, clusters: [] };
    groups.set(line, group);
    if (name !== undefined) group.clusters.push(name);
  }
  return [...groups.values()].sort(
    (one, other) => Number(one.problem.severity === "warning") - Number(other.problem.severity === "warning"),
  );
}
