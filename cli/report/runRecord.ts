import type { EngineEvent } from "@pulumi/pulumi/automation";
import { cleanDeep, cleanLines } from "../../components/base/foreignText";
import { distinctProblems } from "../../components/base/problems";
import { parsePlan, planLines } from "../../components/plan/planMessage";
import { isError } from "../output/severity";
import { tenths } from "../output/shortForms";
import { fleetReport } from "./buildReport";
import { ClusterRecord } from "./clusterRecord";
import type { ClusterReport, FleetReport, ReportedProblem } from "./fleetReport";
import { foreignProblem, isConsequence, plain, problemsIn } from "./problemText";
import { factsIn, isLeftRunning, type KnownRegistration, stepInputsIn } from "./registrationFacts";
import { mayHoldCodes, type Owner, ownerOf, resourceOf } from "./urns";

/** The run that a record is about. */
type RunSubject = Pick<FleetReport, "command" | "project" | "stack" | "leadDays"> & { readonly startedAt: Date };

type Metadata = NonNullable<EngineEvent["resourcePreEvent"]>["metadata"];
type Diagnostic = NonNullable<EngineEvent["diagnosticEvent"]>;

/** Operations of the engine that change nothing. */
const idle: readonly string[] = ["same", "read", "refresh", "read-discard", "discard-replaced"];

/**
 * Builds the report from the engine's events. Phases are measured by the arrival of events, which carry whole seconds only. Keeps names, facts of
 * certificates and messages alone: events hold inputs and outputs of all resources.
 */
export class RunRecord {
  private readonly clusters = new Map<string, ClusterRecord>();
  /** Problems of `Cluster` components: which of these have a registration is known at the end. */
  private readonly ofClusters: { name: string; problem: ReportedProblem; now: number }[] = [];
  private readonly problems: ReportedProblem[] = [];
  private readonly plan: string[] = [];
  /** Changes of resources outside of registrations, in words. */
  private readonly others = new Set<string>();
  private resourceChanges: Readonly<Record<string, number>> = {};

  constructor(private readonly subject: RunSubject) {}

  /** Takes the facts in the stack's state before the run; those in the engine's events replace them. */
  takeState(registrations: ReadonlyMap<string, KnownRegistration>): void {
    for (const [name, known] of registrations) this.cluster(name).remember(known);
  }

  /** @param now seconds of any steady clock */
  take(event: EngineEvent, now: number): void {
    if (event.resourcePreEvent) this.takeBegin(event.resourcePreEvent.metadata, now);
    if (event.resOutputsEvent) this.takeEnd(event.resOutputsEvent.metadata, now);
    if (event.resOpFailedEvent) this.takeFailure(event.resOpFailedEvent.metadata, now);
    if (event.diagnosticEvent) this.takeMessage(event.diagnosticEvent, now);
    if (event.summaryEvent) this.resourceChanges = numbersIn(event.summaryEvent.resourceChanges);
  }

  /** Takes an error from outside of the engine, such as pulumi's own. */
  fail(message: string): void {
    this.problems.push(...problemsIn(message, "error"));
  }

  /** Whether there was an error, from the engine or from {@link fail}. */
  get hasError(): boolean {
    const ofClusters = [...this.clusters.values()].flatMap(({ problems }) => problems);
    return [...this.problems, ...this.ofClusters.map(({ problem }) => problem), ...ofClusters].some(isError);
  }

  /** The registrations whose fault ended the run before it came to others; none if it came to all. */
  endedBy(): readonly ClusterReport[] {
    const { clusters } = this.report(new Date());
    if (!clusters.some(({ state }) => state === "unfinished")) return [];
    return clusters.filter(({ name }) => this.clusters.get(name)?.endsRun);
  }

  report(now: Date): FleetReport {
    for (const { name, problem, now: at } of this.ofClusters.splice(0)) {
      const cluster = this.clusters.get(name);
      if (cluster) cluster.meet(problem, at);
      else this.problems.push(problem);
    }
    const { startedAt, leadDays, ...run } = this.subject;
    const registered = [...this.clusters.values()].filter(({ neverRegistered }) => !neverRegistered);
    const clusters = registered.map((cluster) => cluster.report(run.command));
    const drifted = (run.command === "drift" ? [...this.others] : []).map((change) => ({
      severity: "error" as const,
      what: `differs from what the stack declares: ${change}`,
    }));
    const all = [...this.problems, ...clusters.flatMap(({ problems }) => problems)];
    const hasCause = all.some((problem) => isError(problem) && !isConsequence(problem));
    const own = this.problems.filter((problem) => !hasCause || !isConsequence(problem));
    return cleanReport({
      ...run,
      startedAt: startedAt.toISOString(),
      seconds: tenths((now.getTime() - startedAt.getTime()) / 1000),
      leadDays,
      resourceChanges: this.resourceChanges,
      clusters,
      plan: this.plan,
      problems: [...distinctProblems(own), ...drifted],
      now,
    });
  }

  private takeBegin({ op, urn, diffs, old: before, new: after }: Metadata, now: number): void {
    if (op === "refresh") return;
    const owner = ownerOf(urn);
    if (owner.kind === "registration") {
      if (op === "delete") this.cluster(owner.name).deregisters = true;
      else this.cluster(owner.name).begin("checks", now);
    }
    if (owner.kind === "other" && !idle.includes(op)) this.others.add(`${op} ${resourceOf(urn)}`);
    if (owner.kind !== "step") return;
    const cluster = this.cluster(owner.name);
    if (!idle.includes(op)) {
      const properties = (diffs ?? []).filter((property) => !property.startsWith(sdkProperty));
      cluster.change(owner.step, { resource: resourceOf(urn), operation: op, properties });
    }
    if (op === "delete" && owner.step === "preparation") cluster.isLeftRunning = isLeftRunning(before?.inputs);
    if (!op.startsWith("delete")) cluster.beginStep(owner.step, stepInputsIn(after?.inputs), now);
  }

  private takeEnd({ op, urn, new: after }: Metadata, now: number): void {
    const owner = ownerOf(urn);
    if (op === "refresh" || op.startsWith("delete")) return;
    if (owner.kind === "step") {
      const cluster = this.cluster(owner.name);
      cluster.endStep(owner.step, now, !idle.includes(op));
      if (owner.step === "client-certificate") cluster.isDone = true;
    }
    if (owner.kind === "registration") this.cluster(owner.name).learn(factsIn(after?.outputs));
  }

  private takeFailure({ urn }: Metadata, now: number): void {
    const owner = ownerOf(urn);
    if (owner.kind !== "step") return;
    const cluster = this.cluster(owner.name);
    cluster.endStep(owner.step, now, true);
    cluster.isBroken = true;
  }

  private takeMessage({ urn = "", severity, message, ephemeral }: Diagnostic, now: number): void {
    if (ephemeral) return;
    const owner = ownerOf(urn);
    if (this.takePlan(owner, message)) return;
    if (severity === "info" && owner.kind === "registration")
      this.cluster(owner.name).notes.push(plain(message).trimEnd());
    if (severity !== "error" && severity !== "warning") return;
    const problems = mayHoldCodes(owner) ? problemsIn(message, severity) : foreignProblem(message, severity);
    for (const problem of problems) {
      if (owner.kind === "cluster") this.ofClusters.push({ name: owner.name, problem, now });
      else if (owner.kind === "registration" || owner.kind === "step") this.cluster(owner.name).meet(problem, now);
      else this.problems.push(problem);
    }
  }

  /** @returns whether the message is a plan: that of a registration, or the warning of deregistrations on their management cluster */
  private takePlan(owner: Owner, message: string): boolean {
    const plan = parsePlan(plain(message));
    if (plan === undefined) return false;
    if (owner.kind === "registration") this.cluster(owner.name).plan = plan;
    if (owner.kind === "cluster") this.plan.push(...planLines(plan));
    return owner.kind === "registration" || owner.kind === "cluster";
  }

  private cluster(name: string): ClusterRecord {
    const known = this.clusters.get(name) ?? new ClusterRecord(name);
    this.clusters.set(name, known);
    return known;
  }
}

/** Cleans what clusters and the engine wrote; notes alone have several lines. */
function cleanReport(run: Parameters<typeof fleetReport>[0]): FleetReport {
  const report = fleetReport(run);
  const notes = report.clusters.map((cluster) => cluster.notes.map(cleanLines));
  const { clusters, ...rest } = cleanDeep(report);
  return { ...rest, clusters: clusters.map((cluster, index) => ({ ...cluster, notes: notes[index] ?? [] })) };
}

/** Prefix of the SDK's internal properties. */
const sdkProperty = "__";

function numbersIn(changes: unknown): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(changes ?? {}).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}
