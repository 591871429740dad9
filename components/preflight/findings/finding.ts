import { formatProblem, type Problem, type ProblemCode, problemCodes, RegistrationError } from "../../base/problems";

/** What a check found: an error stops the run before its first write, a warning is told. */
export interface Finding extends Problem {
  readonly severity: "error" | "warning";
}

// The others guard what others own or what a run cannot do without: an owner can be changed, a missing fact cannot be made up. A relay
// without TLS (GMR214) is warned of on each run, whoever knows it.
const ignorable = [
  // Errors.
  "GMR116",
  "GMR209",
  "GMR210",
  "GMR211",
  "GMR213",
  "GMR226",
  // Warnings: they stop nothing anyhow, and are then reported as known.
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

/** Says which codes of `checks.ignore` name no check that can be ignored (GMR011). */
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
 * Tells errors from notices. Ignored findings become notices, so that they are still seen; a code that cannot be ignored stays an error.
 * Throws one RegistrationError with all errors that are left.
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

/** What a user typed, short enough for a message. */
function quote(code: string): string {
  return JSON.stringify(code.length > 40 ? `${code.slice(0, 37)}...` : code);
}
