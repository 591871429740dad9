import type { FleetReport } from "./fleetReport";

/** The report for programs, in the form of docs/report.schema.json. */
export function toJson(report: FleetReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
