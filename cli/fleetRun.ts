import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PreviewOptions, Stack, UpOptions } from "@pulumi/pulumi/automation";
import { type ExitCode, exitCodes, Misuse, type Terminal } from "./command";
import { type FleetOptions, fleetOptions } from "./fleetOptions";
import { PulumiFailed } from "./pulumi/detachedPulumi";
import { Signals } from "./pulumi/signals";
import { openStack } from "./pulumi/stack";
import { makeFolder, writeReport } from "./report/files";
import type { FleetReport, ReportCommand } from "./report/fleetReport";
import { RunRecord } from "./report/runRecord";
import { summary } from "./report/summary";

/** Runs the engine on a stack, with options for each of its commands; rejects unless pulumi ends with exit code 0. */
type EngineRun = (stack: Stack, options: PreviewOptions & UpOptions) => Promise<unknown>;

/** Runs `preview`, `apply` or `drift`: the engine's run, and the report on each cluster, which is written whatever happens. */
export async function fleetRun(
  command: ReportCommand,
  args: readonly string[],
  terminal: Terminal,
  run: EngineRun,
): Promise<ExitCode> {
  const options = fleetOptions(args);
  const folder = process.cwd();
  const file = join(folder, "Pulumi.yaml");
  if (!existsSync(file)) throw new Misuse(`${folder} has no Pulumi.yaml`);
  const project = projectIn(readFileSync(file, "utf8"));
  await makeFolder(options.reportFolder);
  const signals = new Signals();
  signals.listen();
  try {
    const report = await record({ command, project }, options, terminal, signals, run);
    // Printed first: it must not depend on whether the files can be written.
    terminal.out(summary(report));
    const paths = await writeReport(report, options.reportFolder);
    terminal.out(`report: ${paths.join(", ")}`);
    return report.good ? exitCodes.good : exitCodes.findings;
  } finally {
    signals.ignore();
  }
}

async function record(
  ran: { readonly command: ReportCommand; readonly project: string },
  options: FleetOptions,
  terminal: Terminal,
  signals: Signals,
  run: EngineRun,
): Promise<FleetReport> {
  const { stack: name, leadDays, reportFolder: _, ...engineOptions } = options;
  const startedAt = new Date();
  const subject = { ...ran, stack: name, leadDays, startedAt };
  let record = new RunRecord(subject);
  const output = new Lines((line) => terminal.out(line));
  const errors = new Lines((line) => terminal.err(line));
  try {
    const { stack, project, registrations } = await openStack(name, process.cwd(), signals);
    record = new RunRecord({ ...subject, project });
    record.takeState(await registrations());
    await run(stack, {
      ...engineOptions,
      color: "never",
      onEvent: (event) => record.take(event, performance.now() / 1000),
      onOutput: (text) => output.add(text),
      onError: (text) => errors.add(text),
    });
  } catch (error) {
    // The engine's messages say more than pulumi's error output, which has to do without them.
    const words = error instanceof Error ? error.message : String(error);
    if (!record.hasError) record.fail(words);
    if (!(error instanceof PulumiFailed)) terminal.err(words);
  } finally {
    output.end();
    errors.end();
  }
  if (signals.received) record.fail("the run was interrupted by a signal");
  return record.report(new Date());
}

/**
 * The name in Pulumi.yaml, also where pulumi cannot read the file or cannot run: the report replaces the previous one, which it finds by this name.
 * Empty where there is none.
 */
function projectIn(text: string): string {
  return /^name:\s*["']?([\w.-]+)/m.exec(text)?.[1] ?? "";
}

/** Splits output that arrives in pieces into lines. */
class Lines {
  private rest = "";

  constructor(private readonly take: (line: string) => void) {}

  add(text: string): void {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.take(line);
  }

  end(): void {
    if (this.rest !== "") this.take(this.rest);
    this.rest = "";
  }
}
