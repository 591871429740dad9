import type { EngineEvent } from "@pulumi/pulumi/automation";
import { formatProblem } from "../../components/base/problems";
import { parsePlan, planLines } from "../../components/plan/planMessage";
import { tenths } from "../output/shortForms";
import { ClusterRecord } from "./clusterRecord";
import { type FleetReport, fleetReport, type ReportCommand, type ReportedProblem } from "./fleetReport";
import { isConsequence, plain, problemsIn } from "./problemText";
import { factsIn, type RegistrationFacts, stepInputsIn } from "./registrationFacts";
import { type Owner, ownerOf, resourceOf } from "./urns";

/** What a record is of. */
export interface RunSubject {
  readonly command: ReportCommand;
  readonly project: string;
  readonly stack: string;
  readonly leadDays: number;
  readonly startedAt: Date;
}

type Metadata = NonNullable<EngineEvent["resourcePreEvent"]>["metadata"];
type Diagnostic = NonNullable<EngineEvent["diagnosticEvent"]>;

/** Operations of the engine that change nothing. */
const idle: readonly string[] = ["same", "read", "refresh", "read-discard", "discard-replaced"];

/**
 * Gathers from the engine's events what becomes of each registration. Events carry whole seconds, so the times of their arrival are what phases are
 * measured by. Nothing but names, facts of certificates and messages is kept: events hold inputs and outputs of all resources.
 */
export class RunRecord {
  private readonly clusters = new Map<string, ClusterRecord>();
  /** Of `Cluster` components: which of them are registrations is known at the end. */
  private readonly ofClusters: { name: string; problem: ReportedProblem; now: number }[] = [];
  private readonly problems: ReportedProblem[] = [];
  private readonly plan: string[] = [];
  /** Changes of resources that are no registration's, in words; each once. */
  private readonly others = new Set<string>();
  private resourceChanges: Readonly<Record<string, number>> = {};

  constructor(private readonly subject: RunSubject) {}

  /** Takes what the stack's state holds of its registrations before the run; the engine's events count more. */
  takeState(registrations: ReadonlyMap<string, RegistrationFacts>): void {
    for (const [name, facts] of registrations) this.cluster(name).learn(facts);
  }

  /** @param now seconds of any steady clock */
  take(event: EngineEvent, now: number): void {
    if (event.resourcePreEvent) this.takeBegin(event.resourcePreEvent.metadata, now);
    if (event.resOutputsEvent) this.takeEnd(event.resOutputsEvent.metadata, now);
    if (event.resOpFailedEvent) this.takeFailure(event.resOpFailedEvent.metadata, now);
    if (event.diagnosticEvent) this.takeMessage(event.diagnosticEvent, now);
    if (event.summaryEvent) this.resourceChanges = numbersIn(event.summaryEvent.resourceChanges);
  }

  /** Takes an error from outside the engine, such as pulumi's own. */
  fail(message: string): void {
    for (const problem of problemsIn(message, "error")) this.addProblem(problem);
  }

  /** Whether there was an error, from the engine or from {@link fail}. */
  get hasError(): boolean {
    const all = [this.problems, this.ofClusters.map(({ problem }) => problem)];
    const ofClusters = [...this.clusters.values()].map(({ problems }) => problems);
    return [...all, ...ofClusters].flat().some(({ severity }) => severity === "error");
  }

  report(now: Date): FleetReport {
    for (const { name, problem, now: at } of this.ofClusters.splice(0)) {
      const cluster = this.clusters.get(name);
      if (cluster) cluster.meet(problem, at);
      else this.addProblem(problem);
    }
    const { command, project, stack, leadDays, startedAt } = this.subject;
    const clusters = [...this.clusters.values()].map((cluster) => cluster.report(command));
    const drifted = command === "drift" ? [...this.others].map(driftOf) : [];
    const causes = [...this.problems, ...clusters.flatMap(({ problems }) => problems)].filter(
      (problem) => problem.severity === "error" && !isConsequence(problem),
    );
    return fleetReport({
      command,
      project,
      stack,
      startedAt: startedAt.toISOString(),
      seconds: tenths((now.getTime() - startedAt.getTime()) / 1000),
      leadDays,
      resourceChanges: this.resourceChanges,
      clusters,
      plan: this.plan,
      problems: [
        ...(causes.length === 0 ? this.problems : this.problems.filter((problem) => !isConsequence(problem))),
        ...drifted,
      ],
      now,
    });
  }

  private takeBegin({ op, urn, diffs, new: after }: Metadata, now: number): void {
    if (op === "refresh") return;
    const owner = ownerOf(urn);
    if (owner.kind === "registration") {
      if (op === "delete") this.cluster(owner.name).deregister();
      else this.cluster(owner.name).declare(now);
    }
    if (owner.kind === "other" && !idle.includes(op)) this.others.add(`${op} ${resourceOf(urn)}`);
    if (owner.kind !== "step") return;
    const cluster = this.cluster(owner.name);
    if (!idle.includes(op)) {
      const properties = (diffs ?? []).filter((property) => !property.startsWith(sdkProperty));
      cluster.change(owner.step, { resource: resourceOf(urn), operation: op, properties });
    }
    if (!op.startsWith("delete")) cluster.beginStep(owner.step, stepInputsIn(after?.inputs), now);
  }

  private takeEnd({ op, urn, new: after }: Metadata, now: number): void {
    const owner = ownerOf(urn);
    if (op === "refresh" || op.startsWith("delete")) return;
    if (owner.kind === "step") {
      const cluster = this.cluster(owner.name);
      cluster.endStep(owner.step, now, !idle.includes(op));
      if (owner.step === "client-certificate") cluster.finish();
    }
    if (owner.kind === "registration") this.cluster(owner.name).learn(factsIn(after?.outputs));
  }

  private takeFailure({ urn }: Metadata, now: number): void {
    const owner = ownerOf(urn);
    if (owner.kind !== "step") return;
    const cluster = this.cluster(owner.name);
    cluster.endStep(owner.step, now, true);
    cluster.fail();
  }

  private takeMessage({ urn = "", severity, message, ephemeral }: Diagnostic, now: number): void {
    if (ephemeral) return;
    const owner = ownerOf(urn);
    if (this.takePlan(owner, message)) return;
    if (severity === "info" && owner.kind === "registration")
      this.cluster(owner.name).notes.push(plain(message).trimEnd());
    if (severity !== "error" && severity !== "warning") return;
    for (const problem of problemsIn(message, severity)) {
      if (owner.kind === "cluster") this.ofClusters.push({ name: owner.name, problem, now });
      else if (owner.kind === "registration" || owner.kind === "step") this.cluster(owner.name).meet(problem, now);
      else this.addProblem(problem);
    }
  }

  /** @returns whether the message is a plan: of one registration, or of deregistrations, which are a warning on their management cluster */
  private takePlan(owner: Owner, message: string): boolean {
    const plan = parsePlan(plain(message));
    if (plan === undefined) return false;
    if (owner.kind === "registration") this.cluster(owner.name).takePlan(plan);
    if (owner.kind === "cluster") this.plan.push(...planLines(plan));
    return owner.kind === "registration" || owner.kind === "cluster";
  }

  private addProblem(problem: ReportedProblem): void {
    const line = formatProblem(problem);
    if (!this.problems.some((known) => formatProblem(known) === line)) this.problems.push(problem);
  }

  private cluster(name: string): ClusterRecord {
    const known = this.clusters.get(name) ?? new ClusterRecord(name);
    this.clusters.set(name, known);
    return known;
  }
}

function driftOf(change: string): ReportedProblem {
  return { severity: "error", what: `differs from what the stack declares: ${change}` };
}

/** What properties of the SDK's own bookkeeping begin with. */
const sdkProperty = "__";

function numbersIn(changes: unknown): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(changes ?? {}).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}
