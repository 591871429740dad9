import { mask, maskQuotation } from "../../components/base/mask";
import { maskProblem, parseProblem } from "../../components/base/problems";
import { adviceOnCause, causeOfProblem, inOrderOfCauses } from "../../components/health/consequences";
import { restoreByForce } from "../../components/plan/engineChanges";
import { isError } from "../output/severity";
import type { ReportedProblem } from "./fleetReport";

/**
 * Reads the problems in a message of the engine. Those of this package have one line each, whose UUIDs and fingerprints stay. Any other message is
 * masked as evidence.
 */
export function problemsIn(message: string, severity: ReportedProblem["severity"]): ReportedProblem[] {
  const problems = plain(message)
    .split("\n")
    .flatMap((line) => parseProblem(line.trim()) ?? []);
  return problems.length > 0
    ? problems.map((problem) => ({ severity, ...maskProblem(problem, maskQuotation) }))
    : foreignProblem(message, severity);
}

/** A message from elsewhere as one problem without a code. */
export function foreignProblem(message: string, severity: ReportedProblem["severity"]): ReportedProblem[] {
  const text = plain(message);
  const conflict = mask(conflictIn(text));
  if (conflict !== undefined) {
    const what = `someone else changed what this stack declares: ${conflict}`;
    return [{ severity, what, next: `stop what writes it, then run: ${restoreByForce}` }];
  }
  const masked = mask(text);
  return masked === undefined ? [] : [{ severity, what: masked }];
}

/** What the API server says of a conflict between field managers, which names manager and field, behind a long beginning. */
function conflictIn(text: string): string | undefined {
  return /\bApply failed with \d+ conflicts?: (.*)$/s.exec(text)?.[1];
}

/** Removes the engine's marks for colours. */
export function plain(message: string): string {
  return message.replace(/<\{%[^%]*%\}>/g, "").replace(/\p{Cc}\[\d*(?:;\d*)*m/gu, "");
}

/** Causes before what follows from them, errors before warnings, the problems with a code first, without what Pulumi's plugin says of a cluster whose fault has a code: it advises to forget the cluster. */
export function causesFirst(problems: readonly ReportedProblem[]): ReportedProblem[] {
  const coded = problems.filter(({ code }) => code !== undefined);
  const isKnown = coded.some(({ severity }) => severity === "error");
  const others = problems.filter(({ code, what }) => code === undefined && !(isKnown && /\bunreachable\b/.test(what)));
  const causes = inOrderOfCauses(coded.map((one) => adviseOnCause(raise(one, coded), coded)));
  return [
    ...causes.filter(isError),
    ...others.filter(isError),
    ...[...causes, ...others].filter((one) => !isError(one)),
  ];
}

/** A warning that explains an error is what to know of it. */
function raise(problem: ReportedProblem, all: readonly ReportedProblem[]): ReportedProblem {
  const explains = all.some((one) => isError(one) && causeOfProblem(one, all) === problem);
  return explains ? { ...problem, severity: "error" } : problem;
}

function adviseOnCause(problem: ReportedProblem, all: readonly ReportedProblem[]): ReportedProblem {
  const cause = causeOfProblem(problem, all);
  return cause === undefined ? problem : { ...problem, next: adviceOnCause(`${cause.code} ${cause.what}`, problem) };
}

/** Whether the engine reports this only because something else failed, which it reports as well. */
export function isConsequence({ code, what }: ReportedProblem): boolean {
  return code === undefined && /^(?:update|preview) failed$|\bfailed to register\b/.test(what);
}
