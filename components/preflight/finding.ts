import { formatProblem, type Problem, type ProblemCode, RegistrationError } from "../problems";

/** What a check found: an error stops the run before its first write, a warning is told. */
export interface Finding extends Problem {
  readonly severity: "error" | "warning";
}

/**
 * The checks whose error can be ignored by its code. The others guard what others own or what a run cannot do without: an owner can be
 * changed, a missing fact cannot be made up.
 */
export const ignorableCodes: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  "GMR116",
  "GMR209",
  "GMR210",
  "GMR211",
  "GMR213",
  "GMR226",
]);

/**
 * Tells errors from notices. Ignored findings become notices, so that they are still seen.
 * Throws one RegistrationError with all errors that are left.
 */
export function settle(findings: readonly Finding[], ignored: ReadonlySet<string>): readonly string[] {
  const errors = findings.filter(({ severity, code }) => severity === "error" && !ignored.has(code));
  if (errors.length > 0) throw new RegistrationError(errors);
  return findings.map((finding) =>
    ignored.has(finding.code) ? `ignored: ${formatProblem(finding)}` : formatProblem(finding),
  );
}
