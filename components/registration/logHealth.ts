import * as pulumi from "@pulumi/pulumi";
import { formatProblem, type ProblemCode, RegistrationError } from "../base/problems";
import { type Health, rootProblems } from "../health/health";

/** What the plan and the other checks report already, and the next run repairs. */
const reportedElsewhere: ReadonlySet<ProblemCode> = new Set(["GMR312", "GMR501", "GMR502", "GMR504"]);

/**
 * Logs why a registration is not healthy: the causes as warnings, and as information what nobody could look at. What follows from a cause is left out.
 *
 * @throws RegistrationError with the causes if `isRefused`
 */
export async function logHealth(health: Health, isRefused: boolean, registration: pulumi.Resource): Promise<void> {
  const causes = rootProblems(health).filter(({ code }) => !reportedElsewhere.has(code));
  if (isRefused && causes.length > 0) throw new RegistrationError(causes);
  for (const cause of causes) await pulumi.log.warn(formatProblem(cause), registration);
  if (health.verdict === "unknown") await pulumi.log.info(`health unknown: ${health.why}`, registration);
}
