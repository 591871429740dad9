import type { Subcommand } from "./command";
import { type DoctorReport, exitCodeOf } from "./doctor/doctorReport";
import { examineRegistration } from "./doctor/examination";
import { renderJson } from "./doctor/json";
import { renderJunit } from "./doctor/junit";
import { type OutputForm, parseOptions, usage } from "./doctor/options";
import { renderTable } from "./doctor/table";

/** Looks at one registration, or at what one would meet. */
export const doctor: Subcommand = {
  usage,
  async run(args, terminal) {
    const options = parseOptions(args);
    const report = await examineRegistration(options);
    terminal.out(renderers[options.output](report));
    return exitCodeOf(report);
  },
};

const renderers: Readonly<Record<OutputForm, (report: DoctorReport) => string>> = {
  table: renderTable,
  json: renderJson,
  junit: renderJunit,
};
