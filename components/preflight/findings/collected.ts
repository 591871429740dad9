import { distinctProblems, formatProblem, type Problem, problemsOf, RegistrationError } from "../../base/problems";
import { type Finding, ignorableCodes } from "./finding";

/**
 * Collects the findings of all checks, so that one error reports everything. A check that throws could not look, and its problems cannot be
 * ignored.
 */
export class Collected {
  private readonly findings: Finding[] = [];
  private readonly failures: Problem[] = [];

  add(found: Finding | readonly Finding[] | undefined): void {
    this.findings.push(...[found ?? []].flat());
  }

  /** The value, or undefined if the read failed with problems: then {@link settle} throws them. A defect is thrown at once. */
  async take<T>(question: Promise<T>): Promise<T | undefined> {
    try {
      return await question;
    } catch (error) {
      const problems = problemsOf(error);
      if (!problems) throw error;
      this.failures.push(...problems);
      return undefined;
    }
  }

  /** Adds problems that stop the run and that cannot be ignored. */
  fail(problems: readonly Problem[]): void {
    this.failures.push(...problems);
  }

  /** Adds the findings of a check, or the problems that prevented it. */
  async check(question: Promise<Finding | readonly Finding[] | undefined>): Promise<void> {
    this.add(await this.take(question));
  }

  /**
   * Returns the warnings as notices, and the ignored findings, so that they are still seen; a code that cannot be ignored stays an error.
   * Throws one RegistrationError with everything that stops the run.
   */
  settle(ignored: readonly string[]): readonly string[] {
    const isIgnored = ({ code }: Finding) => ignorableCodes.has(code) && ignored.includes(code);
    const errors = this.findings.filter((finding) => finding.severity === "error" && !isIgnored(finding));
    const problems = distinctProblems([...this.refusalsOnce(ignored), ...errors]);
    if (problems.length > 0) throw new RegistrationError(problems);
    return this.findings.map((finding) => `${isIgnored(finding) ? "ignored: " : ""}${formatProblem(finding)}`);
  }

  /** All findings; a failed check is an error. */
  all(): readonly Finding[] {
    const failures = this.refusalsOnce([]).map((problem) => ({ ...problem, severity: "error" as const }));
    return distinctProblems([...failures, ...this.findings]);
  }

  /** Drops the single refusals of a cluster where one finding reports all its missing rights. */
  private refusalsOnce(ignored: readonly string[]): Problem[] {
    if (ignored.includes("GMR116")) return this.failures;
    const reported = new Set(
      this.findings.filter(({ code, severity }) => code === "GMR116" && severity === "error").map(({ where }) => where),
    );
    return this.failures.filter(({ code, where }) => !(code === "GMR116" && reported.has(where)));
  }
}
