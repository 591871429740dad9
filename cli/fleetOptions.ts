import { parseArgs } from "node:util";
import { defaultLeadDays } from "../components/certificates/expiry";
import { Misuse } from "./command";

/** What `preview`, `apply` and `drift` take. */
export interface FleetOptions {
  readonly stack: string;
  /** Folder for the report's files; made when it is not there. */
  readonly reportFolder: string;
  /** The stack's configuration, where it does not lie in its usual place. */
  readonly configFile?: string;
  /** How many resources the engine works on at a time. */
  readonly parallel?: number;
  readonly leadDays: number;
  /** Look first what others have removed or edited; `apply` then puts it back. */
  readonly refresh: boolean;
}

/** The options in words, for `--help`. */
export const fleetOptionsUsage = `
  --stack NAME           the stack; required
  --report-folder PATH   where the report's files go; default: report
  --lead-days N          days before the end of a certificate on which it is due; default: ${defaultLeadDays}
  --config-file PATH     the stack's configuration, where it does not lie in its usual place
  --parallel N           how many resources the engine works on at a time
  --refresh              look first what others have removed or edited, so that apply puts it back; drift always does

Run it in the folder of the program, beside Pulumi.yaml. Exit code: 0 good, 1 bad findings, 2 misuse.`;

/** @throws Misuse, or what parseArgs says of an option that is not known */
export function fleetOptions(args: readonly string[]): FleetOptions {
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
