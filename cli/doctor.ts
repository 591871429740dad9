import type { Subcommand } from "./command";
import { renderJson } from "./doctor/doctorJson";
import { renderJunit } from "./doctor/doctorJunit";
import { parseOptions, usage } from "./doctor/doctorOptions";
import { exitCodeOf } from "./doctor/doctorReport";
import { renderTable } from "./doctor/doctorTable";
import { examineRegistration } from "./doctor/examination";

/** Examines one registration, or what a registration would meet. */
export const doctor: Subcommand = {
  usage,
  async run(args, terminal) {
    const options = parseOptions(args);
    const report = await examineRegistration(options);
    terminal.out(renderers[options.output](report));
    return exitCodeOf(report);
  },
};

const renderers = { table: renderTable, json: renderJson, junit: renderJunit } as const;
