import { formatProblem, type Problem, type ProblemCode, problemCodes, RegistrationError } from "../../base/problems";

/** A problem that a check found: an error stops the run before its first write, a warning is only reported. */
export interface Finding extends Problem {
  readonly severity: "error" | "warning";
}

// The other codes protect objects of other owners, or facts that a run cannot do without. A relay without TLS (GMR214) is not in the list, so
// that each run warns of it.
const ignorable = [
  // Errors.
  "GMR116",
  "GMR209",
  "GMR210",
  "GMR211",
  "GMR213",
  "GMR226",
  // Warnings: they stop nothing; ignoring one marks it as known.
  "GMR119",
  "GMR120",
  "GMR212",
  "GMR225",
  "GMR311",
  "GMR312",
] as const satisfies readonly ProblemCode[];

/** A code that `checks.ignore` takes: the finding is then reported and does not stop the run. docs/troubleshooting.md explains each. */
export type IgnorableCode = (typeof ignorable)[number];

export const ignorableCodes: ReadonlySet<ProblemCode> = new Set<ProblemCode>(ignorable);

/** Reports the codes of `checks.ignore` that cannot be ignored: GMR011. */
export function ignoreFaults(codes: readonly string[]): Problem[] {
  return [...new Set(codes)]
    .filter((code) => !isIgnorable(code))
    .map((code) => ({
      code: "GMR011" as const,
      what: `The check ${quote(code)} cannot be ignored`,
      where: "[checks.ignore]",
      cause: Object.hasOwn(problemCodes, code)
        ? `${code} (${problemCodes[code as ProblemCode]}) is not among the checks that can be ignored`
        : "there is no problem with this code",
      next: `leave it out; these can be ignored: ${[...ignorableCodes].sort().join(", ")}`,
    }));
}

/**
 * Separates errors from notices. An ignored finding becomes a notice, so that it is still seen; a code that cannot be ignored stays an error.
 * Throws one RegistrationError with all remaining errors.
 */
export function settle(findings: readonly Finding[], ignored: ReadonlySet<string>): readonly string[] {
  const errors = errorsIn(findings, ignored);
  if (errors.length > 0) throw new RegistrationError(errors);
  return findings.map((finding) =>
    isIgnored(finding, ignored) ? `ignored: ${formatProblem(finding)}` : formatProblem(finding),
  );
}

/** The findings that stop the run. */
export function errorsIn(findings: readonly Finding[], ignored: ReadonlySet<string>): readonly Finding[] {
  return findings.filter((finding) => finding.severity === "error" && !isIgnored(finding, ignored));
}

function isIgnored({ code }: Finding, ignored: ReadonlySet<string>): boolean {
  return ignorableCodes.has(code) && ignored.has(code);
}

function isIgnorable(code: string): boolean {
  return (ignorableCodes as ReadonlySet<string>).has(code);
}

/** Quotes the user's input, shortened for a message. */
function quote(code: string): string {
  return JSON.stringify(code.length > 40 ? `${code.slice(0, 37)}...` : code);
}
