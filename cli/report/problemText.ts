import { mask, maskQuotation } from "../../components/base/mask";
import { maskProblem, parseProblem } from "../../components/base/problems";
import type { ReportedProblem } from "./fleetReport";

/**
 * Reads the problems in a message of the engine. Those of this package have one line each, whose UUIDs and fingerprints stay. Any other message is
 * masked as evidence.
 */
export function problemsIn(message: string, severity: ReportedProblem["severity"]): ReportedProblem[] {
  const lines = plain(message)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const problems = lines.flatMap((line) => parseProblem(line) ?? []);
  if (problems.length > 0) return problems.map((problem) => ({ severity, ...maskProblem(problem, maskQuotation) }));
  const masked = mask(lines.join(" "));
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
