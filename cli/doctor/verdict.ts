import { inOrderOfCauses } from "../../components/health/consequences";
import type { Health } from "../../components/health/health";
import { isError } from "../output/severity";
import type { Identities } from "./detectedRegistration";
import type { Check, DoctorReport } from "./doctorReport";

/** The verdict, which agrees with the exit code. */
export function verdictOf(
  { management, remote }: Identities,
  health: Health | undefined,
  checks: readonly Check[],
): Pick<DoctorReport, "registration" | "why"> {
  const errors = inOrderOfCauses(
    checks.flatMap(({ findings, follows }) => (follows === undefined ? findings.filter(isError) : [])),
  );
  const [first] = errors;
  if (remote === undefined) return { registration: "unknown", why: "the remote cluster cannot be read" };
  // An agent of someone else may well be registered, under a name that cannot be read.
  if (!health && errors.some(({ code }) => code === "GMR315")) {
    return { registration: "unknown", why: "someone else installed an agent" };
  }
  if (!health) return { registration: "not registered", why: first ? `a registration would fail: ${first.what}` : "" };
  if (health.verdict !== "healthy") return { registration: health.verdict, why: health.why };
  if (management === undefined) return { registration: "unknown", why: "the management cluster cannot be read" };
  return first ? { registration: "unhealthy", why: first.what } : { registration: "healthy", why: "" };
}
