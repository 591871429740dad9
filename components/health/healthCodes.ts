import type { ProblemCode } from "../base/problems";

/** How a run and its report treat a problem of the health. */
interface HealthCode {
  /** The checks, the plan or the proof report it as well, in their own words: a run does not repeat it. */
  readonly isReportedByRun?: true;
  /** The step of a run whose work repairs it, if the proof after it succeeds. */
  readonly repairedBy?: "agent" | "client-certificate";
}

/** All codes that the judges of the health use. */
export const healthCodes: Readonly<Partial<Record<ProblemCode, HealthCode>>> = {
  GMR209: { isReportedByRun: true },
  GMR210: { isReportedByRun: true },
  GMR211: { isReportedByRun: true },
  GMR215: { isReportedByRun: true },
  GMR227: {},
  GMR312: { isReportedByRun: true, repairedBy: "client-certificate" },
  GMR319: { repairedBy: "agent" },
  GMR501: { isReportedByRun: true },
  GMR502: { isReportedByRun: true },
  GMR503: { repairedBy: "client-certificate" },
  GMR504: { isReportedByRun: true },
  GMR508: {},
};

/** The entry of a code; undefined if no judge of the health uses it. */
export function healthCodeOf(code: string | undefined): HealthCode | undefined {
  return Object.entries(healthCodes).find(([name]) => name === code)?.[1];
}
