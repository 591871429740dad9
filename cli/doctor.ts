import { setTimeout as delay } from "node:timers/promises";
import { exitCodes, type Subcommand, type Terminal } from "./command";
import { printArguments } from "./doctor/arguments/printArguments";
import { renderJson } from "./doctor/doctorJson";
import { renderJunit } from "./doctor/doctorJunit";
import { type DoctorOptions, parseOptions, usage } from "./doctor/doctorOptions";
import { type DoctorReport, exitCodeOf } from "./doctor/doctorReport";
import { renderTable, verdictLine } from "./doctor/doctorTable";
import { examineRegistration } from "./doctor/examination";
import { examineFleet } from "./doctor/fleetExamination";
import { coloured, plain } from "./doctor/paint";

/** Examines one registration or all of a management cluster, or what a registration would meet. */
export const doctor: Subcommand = {
  usage,
  async run(args, terminal) {
    const options = parseOptions(args);
    if (options.printed) return printArguments(options, options.printed, terminal);
    const examine = () => (options.all ? examineFleet(options) : examineRegistration(options).then((one) => [one]));
    const reports = await untilGood(examine, options, terminal);
    terminal.styled(render(reports, options, terminal));
    return reports.every((report) => exitCodeOf(report) === exitCodes.good) ? exitCodes.good : exitCodes.findings;
  },
};

/** Seconds between two examinations. */
const pauseSeconds = 3;

/** Examines until all is good, or the time of `--wait` is over; logs the verdicts when they change. */
async function untilGood(
  examine: () => Promise<readonly DoctorReport[]>,
  { waitSeconds }: DoctorOptions,
  terminal: Terminal,
): Promise<readonly DoctorReport[]> {
  const end = Date.now() + waitSeconds * 1000;
  for (let logged = ""; ; ) {
    const reports = await examine();
    const left = end - Date.now();
    if (left <= 0 || reports.every((report) => exitCodeOf(report) === exitCodes.good)) return reports;
    const verdicts = reports.map((report) => verdictLine(report)).join("\n");
    if (verdicts !== logged) terminal.err(verdicts);
    logged = verdicts;
    await delay(Math.min(left, pauseSeconds * 1000));
  }
}

function render(reports: readonly DoctorReport[], options: DoctorOptions, terminal: Terminal): string {
  const { output, all } = options;
  if (output === "json") return all ? `[${reports.map(renderJson).join(",\n")}]` : reports.map(renderJson).join("");
  if (output === "junit") return renderJunit(reports);
  const isColoured = terminal.columns !== undefined && !options["no-color"] && !process.env["NO_COLOR"];
  const paint = isColoured ? coloured : plain;
  const isShort = output === "short" || all;
  return reports.map((report) => renderTable(report, paint, isShort)).join("\n\n");
}
