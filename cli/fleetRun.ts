import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PreviewOptions, Stack, UpOptions } from "@pulumi/pulumi/automation";
import { enumerate } from "../components/base/text";
import { type ExitCode, exitCodes, Misuse, type Terminal } from "./command";
import { type FleetOptions, fleetOptions } from "./fleetOptions";
import { PulumiFailed } from "./pulumi/detachedPulumi";
import { Signals } from "./pulumi/signals";
import { openStack } from "./pulumi/stack";
import { withSetApart } from "./report/buildReport";
import { makeFolder, writeReport } from "./report/files";
import type { ClusterReport, FleetReport, ReportCommand } from "./report/fleetReport";
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
    const report = await record({ command, project }, { options, terminal, signals, run });
    // Printed first: it must not depend on whether the files can be written.
    terminal.out(summary(report));
    const paths = await writeReport(report, options.reportFolder);
    terminal.out(`report: ${paths.join(", ")}`);
    return report.good ? exitCodes.good : exitCodes.findings;
  } finally {
    signals.ignore();
  }
}

interface Run {
  readonly options: FleetOptions;
  readonly terminal: Terminal;
  readonly signals: Signals;
  readonly run: EngineRun;
}

async function record(
  ran: { readonly command: ReportCommand; readonly project: string },
  { options, terminal, signals, run }: Run,
): Promise<FleetReport> {
  const { stack: name, leadDays } = options;
  let subject = { ...ran, stack: name, leadDays, startedAt: new Date() };
  let record = new RunRecord(subject);
  /** The reports of clusters whose fault ended a run, by that run. */
  const setApart = new Map<string, ClusterReport>();
  try {
    const { stack, project, registrations } = await openStack(name, process.cwd(), signals);
    subject = { ...subject, project };
    const known = await registrations();
    for (let pass = 1; pass <= mostPasses; pass++) {
      record = new RunRecord(subject);
      record.takeState(known);
      const exclude = [...setApart.keys()].flatMap((one) => known.get(one)?.urns ?? []);
      const isGood = await runEngine(record, (events) => run(stack, { ...events, exclude }), { options, terminal });
      const faulty = isGood || signals.received ? [] : record.endedBy().filter((one) => !setApart.has(one.name));
      if (faulty.length === 0 || pass === mostPasses) break;
      for (const cluster of faulty) setApart.set(cluster.name, cluster);
      const names = enumerate(faulty.map((one) => one.name));
      terminal.out(`\nThe run ended at ${names}, before it came to the others: it is repeated without them`);
    }
  } catch (error) {
    // The engine's messages say more than pulumi's error output, which has to do without them.
    const words = error instanceof Error ? error.message : String(error);
    record.fail(words);
    terminal.err(words);
  }
  if (signals.received) record.fail("the run was interrupted by a signal");
  return withSetApart(record.report(new Date()), setApart);
}

/** How often a run is made, each time without the clusters at which the last one ended. Each takes as long as the first. */
const mostPasses = 5;

/** Runs the engine and records it; returns whether pulumi ended with exit code 0. */
async function runEngine(
  record: RunRecord,
  run: (options: PreviewOptions & UpOptions) => Promise<unknown>,
  { options, terminal }: Pick<Run, "options" | "terminal">,
): Promise<boolean> {
  const { stack: _, leadDays: __, reportFolder: ___, ...engineOptions } = options;
  const output = new Lines((line) => terminal.out(line));
  const errors = new Lines((line) => terminal.err(line));
  try {
    await run({
      ...engineOptions,
      color: "never",
      onEvent: (event) => record.take(event, performance.now() / 1000),
      onOutput: (text) => output.add(text),
      onError: (text) => errors.add(text),
    });
    return true;
  } catch (error) {
    if (!(error instanceof PulumiFailed)) throw error;
    // The engine's messages say more than pulumi's error output, which has to do without them.
    if (!record.hasError) record.fail(error.message);
    return false;
  } finally {
    output.end();
    errors.end();
  }
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
