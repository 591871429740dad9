import { parseArgs } from "node:util";
import { defaultLeadDays } from "../components/certificates/expiry";
import { Misuse } from "./command";

/** The options of `preview`, `apply` and `drift`. Those of a run of the engine have the names of the Automation API. */
export type FleetOptions = ReturnType<typeof fleetOptions>;

/** The options, for `--help`. */
export const fleetOptionsUsage = `
  --stack NAME           the stack; required
  --report-folder PATH   folder for the report's files; default: report
  --lead-days N          a certificate is due this many days before it expires; default: ${defaultLeadDays}
  --config-file PATH     the stack's configuration file; default: Pulumi.NAME.yaml
  --parallel N           how many resources the engine processes at a time
  --refresh              read first what others have deleted or edited, so that apply restores it; drift always does

Run it in the folder of the program, which holds Pulumi.yaml. Exit code: 0 good, 1 bad findings, 2 misuse.`;

/** @throws Misuse, or the error of parseArgs for an unknown option */
export function fleetOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      stack: { type: "string" },
      "report-folder": { type: "string", default: "report" },
      "lead-days": { type: "string", default: String(defaultLeadDays) },
      "config-file": { type: "string" },
      parallel: { type: "string" },
      refresh: { type: "boolean", default: false },
    },
  });
  const { stack, "report-folder": reportFolder, "config-file": configFile, parallel } = values;
  if (!stack) throw new Misuse("--stack is missing");
  if (!reportFolder) throw new Misuse("--report-folder is empty");
  return {
    stack,
    reportFolder,
    leadDays: wholeNumber("--lead-days", values["lead-days"], 0),
    refresh: values.refresh,
    ...(configFile === undefined ? {} : { configFile }),
    ...(parallel === undefined ? {} : { parallel: wholeNumber("--parallel", parallel, 1) }),
  };
}

function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > 1_000_000) {
    throw new Misuse(`${option} ${JSON.stringify(text)} is not a whole number of ${least} or more`);
  }
  return number;
}
