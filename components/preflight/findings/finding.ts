import { type Problem, type ProblemCode, problemCodes } from "../../base/problems";
import { quote } from "../../glooMesh/argumentFaults";

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
  "GMR215",
  "GMR226",
  // Warnings: they stop nothing; ignoring one marks it as known.
  "GMR119",
  "GMR120",
  "GMR212",
  "GMR225",
  "GMR311",
  "GMR312",
  "GMR320",
  "GMR336",
  "GMR338",
] as const satisfies readonly ProblemCode[];

/** A code that `checks.ignore` takes: the finding is then reported and does not stop the run. docs/reference/errors explains each. */
export type IgnorableCode = (typeof ignorable)[number];

export const ignorableCodes: ReadonlySet<ProblemCode> = new Set<ProblemCode>(ignorable);

/** Reports the codes of `checks.ignore` that cannot be ignored: GMR011. */
export function ignoreFaults(codes: readonly string[]): Problem[] {
  return [...new Set(codes)]
    .filter((code) => !(ignorableCodes as ReadonlySet<string>).has(code))
    .map((code) => ({
      code: "GMR011" as const,
      what: `The check ${quote(code, 40)} cannot be ignored`,
      where: "[checks.ignore]",
      cause: Object.hasOwn(problemCodes, code)
        ? `${code} (${problemCodes[code as ProblemCode]}) is not among the checks that can be ignored`
        : "there is no problem with this code",
      next: `leave it out; these can be ignored: ${[...ignorableCodes].sort().join(", ")}`,
    }));
}
