import { someOf } from "../../components/base/text";
import { findingsOf } from "./findings";
import { type ClusterReport, type FleetReport, isDeregistration, isEnd, isHandOver, worstFirst } from "./fleetReport";
import type { ReportFinding } from "./reportFinding";

/** What all forms of the report say first, and the order in which they say the rest. */
export interface Judgement {
  /** What the run means for the stack, in a few words. */
  readonly verdict: string;
  /** `attention`: the exit code is 0, and there is something that nobody should miss, such as a deregistration. */
  readonly tone: "good" | "attention" | "bad";
  /** The most urgent first. */
  readonly findings: readonly ReportFinding[];
  /** The clusters to show, the worst first. */
  readonly shown: readonly ClusterReport[];
  /** The clusters with which nothing happens, if they are so many that they hide the others. */
  readonly folded: readonly ClusterReport[];
}

/** Fewer quiet clusters hide nothing. */
const mostQuiet = 5;

export function judge(report: FleetReport): Judgement {
  const { command, clusters, good } = report;
  const findings = findingsOf(report);
  const quiet = clusters.filter(isQuiet);
  const folded = quiet.length > mostQuiet ? quiet : [];
  const calm = findings.length === 0 && !clusters.some(({ state }) => isEnd(state));
  return {
    verdict: good ? goodVerdict(command, clusters) : badVerdicts[command],
    tone: !good ? "bad" : calm ? "good" : "attention",
    findings,
    shown: worstFirst(clusters.filter((cluster) => !folded.includes(cluster))),
    folded,
  };
}

const badVerdicts = { preview: "Cannot be applied", apply: "Action needed", drift: "Action needed" } as const;

/** Names the clusters that are deregistered or handed over, if there are any. */
function goodVerdict(command: FleetReport["command"], clusters: readonly ClusterReport[]): string {
  if (command === "drift") return "No drift";
  const named = (verb: string, isMeant: (state: ClusterReport["state"]) => boolean) => {
    const names = clusters.filter(({ state }) => isMeant(state)).map(({ name }) => name);
    return names.length === 0 ? [] : [`${verb} ${someOf(names, 3)}`];
  };
  if (command === "apply") {
    return ["Done", ...named("deregistered", isDeregistration), ...named("handed over", isHandOver)].join(", ");
  }
  const ends = [...named("deregisters", isDeregistration), ...named("hands over", isHandOver)].join(", ");
  return ends === "" ? "Ready" : ends.charAt(0).toUpperCase() + ends.slice(1);
}

function isQuiet({ state, changes, setApart }: ClusterReport): boolean {
  return !setApart && (state === "unchanged" || (state === "proven" && changes.length === 0));
}

/** The finding that makes a cluster bad; undefined where nothing does. */
export function findingOn(findings: readonly ReportFinding[], { name }: ClusterReport): ReportFinding | undefined {
  return findings.find(({ severity, clusters }) => severity === "error" && clusters.includes(name));
}
