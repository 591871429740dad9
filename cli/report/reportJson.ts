import type { FleetReport } from "./fleetReport";

/** The report for programs; docs/report.schema.json describes it. */
export function toJson(report: FleetReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
