import { formatProblem, type Problem, problemsOf, RegistrationError } from "../../base/problems";
import { errorsIn, type Finding, settle } from "./finding";

/**
 * Gathers what all checks find before it judges, so that everything is told at once. What a check throws could not be looked at, and
 * cannot be ignored.
 */
export class Collected {
  private readonly findings: Finding[] = [];
  private readonly failures: Problem[] = [];

  add(findings: readonly Finding[]): void {
    this.findings.push(...findings);
  }

  /** The value, or undefined where it could not be had: then {@link settle} throws. A defect is thrown at once. */
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

  /** Takes findings, where the check can be made. */
  async check(question: Promise<readonly Finding[]>): Promise<void> {
    this.add((await this.take(question)) ?? []);
  }

  /** The notices. Throws one RegistrationError with everything that stops the run. */
  settle(ignored: readonly string[]): readonly string[] {
    const problems = distinct([...this.refusalsOnce(ignored), ...errorsIn(this.findings, new Set(ignored))]);
    if (problems.length > 0) throw new RegistrationError(problems);
    return settle(this.findings, new Set(ignored));
  }

  /** All that was found; what could not be looked at is an error. */
  all(): readonly Finding[] {
    const failures = this.refusalsOnce([]).map((problem) => ({ ...problem, severity: "error" as const }));
    return distinct([...failures, ...this.findings]);
  }

  /** Where all missing rights of a cluster are told in one finding, a single refusal adds nothing. */
  private refusalsOnce(ignored: readonly string[]): Problem[] {
    if (ignored.includes("GMR116")) return this.failures;
    const told = new Set(
      this.findings.filter(({ code, severity }) => code === "GMR116" && severity === "error").map(({ where }) => where),
    );
    return this.failures.filter(({ code, where }) => !(code === "GMR116" && told.has(where)));
  }
}

/** Two registrations of one question tell the same: each text once. */
function distinct<P extends Problem>(problems: readonly P[]): P[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const text = formatProblem(problem);
    return seen.has(text) ? false : seen.add(text);
  });
}
