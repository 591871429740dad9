import type { ReportFinding } from "./reportFinding";

/** Stands for the name of each cluster in what several of them have. */
export const anyName = "<cluster>";

/**
 * Groups findings that are equal but for the names of their clusters and for where they were seen. One that several clusters have names none of them in
 * its text; where their places or next steps differ in more than that, those of the first are an example.
 */
export function groupAlike(findings: readonly ReportFinding[]): readonly ReportFinding[] {
  const groups = new Map<string, ReportFinding[]>();
  for (const finding of findings) {
    const { kind, severity, code, what, cause } = withoutName(finding);
    const key = JSON.stringify([kind, severity, code, what, cause]);
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()].map(merge);
}

function merge(group: readonly ReportFinding[]): ReportFinding {
  const [first] = group as [ReportFinding];
  const clusters = [...new Set(group.flatMap((one) => one.clusters))];
  if (group.length < 2 || clusters.length < 2) return { ...first, clusters };
  const general = group.map(withoutName);
  const example = (part: "where" | "next") => {
    const text = general[0]?.[part];
    if (text === undefined) return {};
    return { [part]: general.every((one) => one[part] === text) ? text : `${first.clusters.join()}: ${first[part]}` };
  };
  return { ...withoutName(first), ...example("where"), ...example("next"), clusters };
}

function withoutName(finding: ReportFinding): ReportFinding {
  const [name, ...others] = finding.clusters;
  if (name === undefined || name === "" || others.length > 0) return finding;
  const escaped = name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const pattern = new RegExp(`(?<![\\w-])${escaped}(?![\\w-])`, "g");
  const { what, where, cause, next } = finding;
  const parts = Object.entries({ what, where, cause, next }).flatMap(([part, text]) =>
    text === undefined ? [] : [[part, text.replace(pattern, anyName)] as const],
  );
  return { ...finding, ...Object.fromEntries(parts) };
}
