import type { CertificateExpiry } from "../../components/certificates/expiry";
import { type CertificateLoss, certificateLossIn } from "../../components/plan/certificateLoss";
import { stepOfMissing } from "../../components/preflight/remote/missingObjects";
import type { ClusterReport, ClusterState, Phase, ReportCommand, ReportedChange, ReportedProblem } from "./fleetReport";
import { problemLine } from "./problemText";
import type { Step } from "./urns";

/** What a registration says of itself, in its outputs or in the stack's; whatever is not known yet is left out. */
export type RegistrationFacts = Pick<
  ClusterReport,
  | "proof"
  | "agentVersion"
  | "relayServerAddress"
  | "certificateFingerprint"
  | "certificateNotAfter"
  | "tokenExposureSeconds"
> & { readonly certificates?: readonly CertificateExpiry[]; readonly state?: string };

/** What is gathered of one registration while the engine runs. */
export class ClusterRecord {
  readonly plan: string[] = [];
  readonly notes: string[] = [];
  readonly problems: ReportedProblem[] = [];
  readonly changes: ReportedChange[] = [];
  private readonly seconds: Partial<Record<Phase, number>> = {};
  private readonly begun = new Map<Phase, number>();
  private facts: RegistrationFacts = {};
  private leaves = false;
  private isDone = false;
  private isBroken = false;
  private bootstraps = false;

  constructor(readonly name: string) {}

  /** Facts that count more than those before. */
  learn(facts: RegistrationFacts): void {
    this.facts = { ...this.facts, ...facts };
  }

  /** Its component is deleted. */
  leave(): void {
    this.leaves = true;
  }

  /** Its component is declared: the checks begin. */
  declare(now: number): void {
    this.begin("checks", now);
  }

  /** Its last step is done, or has nothing to do. */
  finish(): void {
    this.isDone = true;
  }

  /** The engine failed at one of its resources; the reason comes as a message. */
  broke(): void {
    this.isBroken = true;
  }

  beginStep(step: Step, now: number): void {
    if (step === "preparation") {
      this.end("checks", now);
      this.begin("preparation", now);
    }
    if (step === "client-certificate") this.begin("certificate", now);
  }

  /** @param worked false for a resource with nothing to do, whose phase then took no time worth telling */
  endStep(step: Step, now: number, worked: boolean): void {
    if (step === "preparation") {
      if (worked) this.end("preparation", now);
      this.begin("agent", now);
    }
    if (step === "bootstrap-token" && worked) this.bootstraps = true;
    if (step === "agent" && worked) this.end("agent", now);
    if (step === "client-certificate" && worked) this.end("certificate", now);
  }

  /** Each problem counts once, however often the engine tells it. */
  meet(problem: ReportedProblem, now: number): void {
    this.end("checks", now);
    const line = problemLine(problem);
    if (!this.problems.some((known) => problemLine(known) === line)) this.problems.push(problem);
  }

  change(change: ReportedChange): void {
    const isKnown = this.changes.some(
      ({ resource, operation }) => resource === change.resource && operation === change.operation,
    );
    if (!isKnown) this.changes.push(change);
  }

  report(command: ReportCommand): ClusterReport {
    const state = this.stateAfter(command);
    const certificateLoss = this.certificateLoss(command);
    const { state: _, certificates = [], proof, ...facts } = this.factsThatHold(state, certificateLoss);
    // What an earlier run proved does not hold where this one failed.
    const isProven = proof !== undefined && state !== "failed" && state !== "unfinished";
    return {
      name: this.name,
      state,
      ...(isProven ? { proof } : {}),
      ...facts,
      ...(certificateLoss === undefined ? {} : { certificateLoss }),
      seconds: this.seconds,
      changes: this.changes,
      plan: this.plan,
      notes: this.notes,
      problems: this.problems,
      certificates,
    };
  }

  /** The facts, without those of a certificate that is gone; none of a registration that has left. */
  private factsThatHold(state: ClusterState, loss: CertificateLoss | undefined): RegistrationFacts {
    if (state === "left") return {};
    const certificates = this.facts.certificates ?? this.clientCertificate();
    if (loss === undefined) return { ...this.facts, certificates };
    const { proof: _, certificateFingerprint, certificateNotAfter, ...facts } = this.facts;
    // With the client certificate go those that lay beside it in its Secret.
    const places = new Set(certificates.flatMap(({ kind, where }) => (kind === "client" ? [where] : [])));
    return { ...facts, certificates: certificates.filter(({ where }) => !places.has(where)) };
  }

  /** Undefined too for a registration of which no certificate was known. */
  private certificateLoss(command: ReportCommand): CertificateLoss | undefined {
    const { certificateFingerprint, certificateNotAfter, certificates = [] } = this.facts;
    const wasKnown =
      certificateFingerprint ?? certificateNotAfter ?? certificates.find(({ kind }) => kind === "client");
    if (wasKnown === undefined) return undefined;
    const told = certificateLossIn(this.plan);
    if (told !== undefined) return told;
    const codes = this.problems.filter(({ severity }) => severity === "error").map(({ code }) => code);
    if (codes.includes("GMR502")) return "not acceptable";
    if (codes.includes("GMR501")) return "missing";
    // An agent bootstraps because of a certificate that is gone or bad, and this run has not come to the next one.
    return command === "apply" && this.bootstraps && !this.isDone ? "missing" : undefined;
  }

  private stateAfter(command: ReportCommand): ClusterState {
    if (this.isBroken || this.problems.some(({ severity }) => severity === "error") || this.isIncomplete())
      return "failed";
    if (this.leaves) return command === "apply" ? "left" : "leaves";
    if (!this.isDone) return "unfinished";
    if (command === "apply" && this.facts.state === "failed") return "failed";
    if (command === "apply") return this.facts.proof === undefined ? "unfinished" : "proven";
    return this.changes.length > 0 ? "changes" : "unchanged";
  }

  /**
   * An object of the registration is gone, and this run does not make it: a run with `--refresh` makes it anew, and any other takes it for
   * unchanged. What outputs and state tell of the registration is then of the past.
   */
  private isIncomplete(): boolean {
    return this.problems.some(({ code, what }) => {
      const isMade = ({ resource, operation }: ReportedChange) =>
        operation === "create" && resource.endsWith(` ${this.name}-${stepOfMissing(what)}`);
      return code === "GMR312" && !this.changes.some(isMade);
    });
  }

  /** What stands for the list of certificates where a stack's outputs lack it. */
  private clientCertificate(): CertificateExpiry[] {
    const { certificateNotAfter: notAfter, certificateFingerprint: fingerprint } = this.facts;
    if (!notAfter || !fingerprint) return [];
    return [{ kind: "client", subject: this.name, fingerprint, notAfter, where: `cluster ${this.name}` }];
  }

  private begin(phase: Phase, now: number): void {
    if (!this.begun.has(phase)) this.begun.set(phase, now);
  }

  private end(phase: Phase, now: number): void {
    const from = this.begun.get(phase);
    if (from === undefined || this.seconds[phase] !== undefined) return;
    this.seconds[phase] = Math.max(0, Math.round((now - from) * 10) / 10);
  }
}
