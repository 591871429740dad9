import { distinctProblems } from "../../components/base/problems";
import type { CertificateExpiry, RememberedExpiry } from "../../components/certificates/expiry";
import { healthCodeOf } from "../../components/health/healthCodes";
import { type PlanMessage, planLines } from "../../components/plan/planMessage";
import { isError } from "../output/severity";
import { tenths } from "../output/shortForms";
import type {
  CertificateLoss,
  ClusterReport,
  ClusterState,
  Phase,
  ReportCommand,
  ReportedChange,
  ReportedProblem,
} from "./fleetReport";
import { causesFirst } from "./problemText";
import type { KnownRegistration, RegistrationFacts, StepInputs } from "./registrationFacts";
import type { Step } from "./urns";

/** Collects the facts, problems and phases of one registration while the engine runs, for its part of the report. */
export class ClusterRecord {
  readonly notes: string[] = [];
  readonly problems: ReportedProblem[] = [];
  private readonly changes: ReportedChange[] = [];
  private readonly seconds: Partial<Record<Phase, number>> = {};
  private readonly begun = new Map<Phase, number>();
  private readonly created = new Set<Step>();
  private inputs: StepInputs = { reasons: [], missing: [] };
  private facts: RegistrationFacts = {};
  /** When an earlier run read its certificates; undefined once this run has read them itself, and where there was none. */
  private seenAt: KnownRegistration["seenAt"] | undefined;
  /** Steps that had something to do, and did it. */
  private readonly worked = new Set<Step>();
  plan: PlanMessage | undefined;
  /** The engine deletes its component. */
  deregisters = false;
  /** Its end leaves the cluster running: an end is then a hand-over. */
  isLeftRunning = false;
  /** Its last step has ended. */
  isDone = false;
  /** The engine failed at one of its resources; a message says why. */
  isBroken = false;

  constructor(readonly name: string) {}

  /** Takes the facts of an earlier run. */
  remember({ facts, seenAt }: KnownRegistration): void {
    this.facts = { ...this.facts, ...facts };
    this.seenAt = seenAt;
  }

  /** Adds facts of this run, which replace earlier ones. */
  learn(facts: RegistrationFacts): void {
    this.facts = { ...this.facts, ...facts };
    if (facts.certificates ?? facts.certificateNotAfter) this.seenAt = undefined;
  }

  begin(phase: Phase, now: number): void {
    if (!this.begun.has(phase)) this.begun.set(phase, now);
  }

  beginStep(step: Step, inputs: StepInputs, now: number): void {
    const { reasons, missing } = this.inputs;
    this.inputs = {
      ...this.inputs,
      ...inputs,
      reasons: [...reasons, ...inputs.reasons],
      missing: [...missing, ...inputs.missing],
    };
    if (step === "preparation") {
      this.end("checks", now);
      this.begin("preparation", now);
    }
    if (step === "client-certificate") this.begin("certificate", now);
  }

  /** @param worked false for a resource with nothing to do, whose phase is left out */
  endStep(step: Step, now: number, worked: boolean): void {
    if (worked) this.worked.add(step);
    if (step === "preparation") {
      if (worked) this.end("preparation", now);
      this.begin("agent", now);
    }
    if (step === "agent" && worked) this.end("agent", now);
    if (step === "client-certificate" && worked) this.end("certificate", now);
  }

  /** Nothing of it was ever created: Pulumi's state has a component without resources, which is removed. */
  get neverRegistered(): boolean {
    return this.deregisters && this.changes.length === 0 && this.problems.length === 0;
  }

  /** Whether an error of it may have ended the run: a missing object alone does not. */
  get endsRun(): boolean {
    return this.isBroken || this.problems.some(isError);
  }

  meet(problem: ReportedProblem, now: number): void {
    this.end("checks", now);
    this.problems.push(problem);
  }

  change(step: Step, change: ReportedChange): void {
    if (change.operation === "create") this.created.add(step);
    const isKnown = this.changes.some(
      ({ resource, operation }) => resource === change.resource && operation === change.operation,
    );
    if (!isKnown) this.changes.push(change);
  }

  report(command: ReportCommand): ClusterReport {
    const state = this.stateAfter(command);
    const certificateLoss = this.certificateLoss(command);
    const { certificates = [], proof, ...facts } = this.factsThatHold(state, certificateLoss);
    // A failed run voids an earlier proof.
    const isProven = proof !== undefined && ["proven", "unchanged", "changes"].includes(state);
    return {
      name: this.name,
      state,
      ...(isProven ? { proof } : {}),
      ...facts,
      ...(this.inputs.health && !(state === "proven" && this.isRestored()) ? { health: this.inputs.health } : {}),
      ...(certificateLoss === undefined ? {} : { certificateLoss }),
      seconds: this.seconds,
      changes: this.changes,
      plan: this.plan ? planLines(this.plan) : [],
      notes: this.notes,
      // The engine reports a problem several times.
      problems: causesFirst(distinctProblems(this.problems.filter((problem) => !this.isRepaired(problem, state)))),
      certificates: certificates.map((one) => ({ ...one, ...this.lastSeen(state, one) })),
    };
  }

  /** Whether the warning is about something that this run has repaired since: it advises what was just done. */
  private isRepaired({ severity, code = "" }: ReportedProblem, state: ClusterState): boolean {
    const step = repairOf(code);
    if (state !== "proven" || severity !== "warning" || step === undefined) return false;
    if (code === "GMR312" && this.isRestored()) return true;
    return this.worked.has("client-certificate") && this.worked.has(step);
  }

  /** Marks a certificate of an earlier run where this run could not look: a planned change means that its checks have read both clusters. */
  private lastSeen(
    state: ClusterState,
    { fingerprint }: CertificateExpiry,
  ): Pick<RememberedExpiry, "remembered" | "seenAt"> {
    if (this.seenAt === undefined || state === "changes") return {};
    const seenAt = this.seenAt.get(fingerprint);
    return { remembered: true, ...(seenAt === undefined ? {} : { seenAt }) };
  }

  /** The facts without those of a lost certificate; none after a deregistration or a hand-over. */
  private factsThatHold(state: ClusterState, loss: CertificateLoss | undefined): RegistrationFacts {
    if (state === "left" || state === "handed-over") return {};
    const certificates = this.facts.certificates ?? this.clientCertificate();
    if (loss === undefined) return { ...this.facts, certificates };
    const { proof: _, certificateFingerprint, certificateNotAfter, ...facts } = this.facts;
    // The other certificates in the client certificate's Secret are lost too.
    const places = new Set(certificates.flatMap(({ kind, where }) => (kind === "client" ? [where] : [])));
    return { ...facts, certificates: certificates.filter(({ where }) => !places.has(where)) };
  }

  /** Undefined where the certificate still holds, and where none was known. */
  private certificateLoss(command: ReportCommand): CertificateLoss | undefined {
    const { certificateFingerprint, certificateNotAfter, certificates = [] } = this.facts;
    const wasKnown =
      certificateFingerprint ?? certificateNotAfter ?? certificates.find(({ kind }) => kind === "client");
    if (wasKnown === undefined) return undefined;
    const codes = this.problems.filter(isError).map(({ code }) => code);
    if (codes.includes("GMR502")) return "not acceptable";
    if (codes.includes("GMR501")) return "missing";
    // This run has replaced what was lost.
    if (command === "apply" && this.isDone) return undefined;
    const { reasons } = this.inputs;
    if (reasons.includes("certificate-not-acceptable")) return "not acceptable";
    // A registration that begins has nothing on its clusters: its facts are from earlier runs.
    if (reasons.includes("certificate-missing") || this.plan?.action === "register") return "missing";
    // The agent bootstraps because its certificate is gone or bad, and this run ended before the next one was issued.
    return command === "apply" && this.worked.has("bootstrap-token") ? "missing" : undefined;
  }

  private stateAfter(command: ReportCommand): ClusterState {
    if (this.endsRun || this.isIncomplete()) return "failed";
    if (this.deregisters && this.isLeftRunning) return command === "apply" ? "handed-over" : "hands-over";
    if (this.deregisters) return command === "apply" ? "left" : "leaves";
    if (!this.isDone) return "unfinished";
    if (command === "apply" && this.facts.proof === undefined) return "unfinished";
    if (command === "apply" && this.worked.has("client-certificate")) return "proven";
    if (command !== "apply" && this.changes.length > 0) return "changes";
    // An earlier proof is a fact of the past.
    const verdict = this.inputs.health?.verdict ?? "unknown";
    if (verdict !== "healthy" && !this.isRestored()) return verdict;
    return command === "apply" ? "proven" : "unchanged";
  }

  /** Someone else deleted an object that this run does not recreate: without `--refresh`, Pulumi takes it for unchanged. */
  private isIncomplete(): boolean {
    return this.inputs.missing.some((step) => !this.created.has(step));
  }

  /** The checks found the registration unhealthy for want of objects, and this run has created them again. */
  private isRestored(): boolean {
    const { health, missing } = this.inputs;
    return health?.verdict === "unhealthy" && missing.length > 0 && !this.isIncomplete();
  }

  /** Used where the outputs lack the list of certificates. */
  private clientCertificate(): CertificateExpiry[] {
    const { certificateNotAfter: notAfter, certificateFingerprint: fingerprint } = this.facts;
    if (!notAfter || !fingerprint) return [];
    return [{ kind: "client", subject: this.name, fingerprint, notAfter, where: `cluster ${this.name}` }];
  }

  private end(phase: Phase, now: number): void {
    const from = this.begun.get(phase);
    if (from === undefined || this.seconds[phase] !== undefined) return;
    this.seconds[phase] = Math.max(0, tenths(now - from));
  }
}

/** The step whose work repairs what a warning reports, if the proof after it succeeds. */
function repairOf(code: string): Step | undefined {
  // A new certificate survives the change of the root.
  return code === "GMR320" ? "bootstrap-token" : healthCodeOf(code)?.repairedBy;
}
