import * as pulumi from "@pulumi/pulumi";
import { formatProblem, RegistrationError } from "../base/problems";
import { type Health, rootProblems } from "../health/health";
import { healthCodeOf } from "../health/healthCodes";

/**
 * Logs why a registration is not healthy: the causes as warnings, and as information what nobody could look at. What the plan or the checks report
 * already and what follows from a cause is left out.
 *
 * @throws RegistrationError with the causes if `isRefused`
 */
export async function logHealth(health: Health, isRefused: boolean, registration: pulumi.Resource): Promise<void> {
  const causes = rootProblems(health).filter(({ code }) => !healthCodeOf(code)?.isReportedByRun);
  if (isRefused && causes.length > 0) throw new RegistrationError(causes);
  for (const cause of causes) await pulumi.log.warn(formatProblem(cause), registration);
  if (health.verdict === "unknown") await pulumi.log.info(`health unknown: ${health.why}`, registration);
}
