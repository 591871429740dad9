import { mask, maskQuotation } from "../../components/base/mask";
import { maskProblem, parseProblem } from "../../components/base/problems";
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
  const masked = mask(plain(message));
  return masked === undefined ? [] : [{ severity, what: masked }];
}

/** Removes the engine's marks for colours. */
export function plain(message: string): string {
  return message.replace(/<\{%[^%]*%\}>/g, "").replace(/\p{Cc}\[\d*(?:;\d*)*m/gu, "");
}

/** Whether the engine reports this only because something else failed, which it reports as well. */
export function isConsequence({ code, what }: ReportedProblem): boolean {
  return code === undefined && /^(?:update|preview) failed$|\bfailed to register\b/.test(what);
}
