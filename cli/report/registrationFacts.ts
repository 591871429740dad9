import { isMap } from "../../components/base/json";
import type { CertificateExpiry, CertificateKind } from "../../components/certificates/expiry";
import { type ReasonId, reasonIdOf } from "../../components/glooMesh/reasons";
import type { ReportedFacts, ReportedHealth } from "./fleetReport";
import { ownerOf, type Step, stepOf } from "./urns";

// Reads the facts of a registration from the engine's events and the state. Their values may have any form: missing, unknown and secret ones are left out.

/** Facts of a registration, with the list of its certificates where the outputs have one. */
export type RegistrationFacts = ReportedFacts & { readonly certificates?: readonly CertificateExpiry[] };

/** What the checks saw on the clusters, from the inputs of one step. */
export interface StepInputs {
  readonly reasons: readonly ReasonId[];
  /** Steps whose objects someone else deleted. */
  readonly missing: readonly Step[];
  /** Undefined for a registration that does not exist yet, and where a step does not say. */
  readonly health?: ReportedHealth;
}

export function factsIn(outputs: unknown): RegistrationFacts {
  if (!isMap(outputs)) return {};
  const { proof, agentVersion, relayServerAddress, tokenExposureSeconds: exposure, certificates } = outputs;
  const { fingerprint, notAfter } = isMap(outputs["clientCertificate"]) ? outputs["clientCertificate"] : {};
  const identity = { certificateFingerprint: fingerprint, certificateNotAfter: notAfter };
  const strings = Object.entries({ proof, agentVersion, relayServerAddress, ...identity });
  return {
    ...Object.fromEntries(strings.filter((entry): entry is [string, string] => stringIn(entry[1]) !== undefined)),
    ...(typeof exposure === "number" ? { tokenExposureSeconds: exposure } : {}),
    ...(Array.isArray(certificates) ? { certificates: certificates.flatMap(certificateIn) } : {}),
  };
}

/** A registration in Pulumi's state. */
export interface KnownRegistration {
  readonly facts: RegistrationFacts;
  /**
   * When a run read the certificates of the client's Secret, ISO 8601, by their fingerprints. Pulumi's state has no time of the others: a component's own time
   * stays when its outputs change.
   */
  readonly seenAt: ReadonlyMap<string, string>;
  /** URNs of the component and of its steps. */
  readonly urns: readonly string[];
}

/** Reads the registrations by name from the output of `pulumi stack export`. Keeps nothing else of the state. */
export function registrationsIn(state: unknown): ReadonlyMap<string, KnownRegistration> {
  const deployment = isMap(state) && isMap(state["deployment"]) ? state["deployment"] : {};
  const resources = Array.isArray(deployment["resources"]) ? deployment["resources"].filter(isMap) : [];
  const found = new Map<string, KnownRegistration>();
  for (const { urn, outputs, modified } of resources) {
    const owner = typeof urn === "string" ? ownerOf(urn) : undefined;
    if (typeof urn !== "string" || (owner?.kind !== "registration" && owner?.kind !== "step")) continue;
    const known = found.get(owner.name) ?? { facts: {}, seenAt: new Map(), urns: [] };
    const facts = owner.kind === "registration" ? factsIn(outputs) : known.facts;
    const isProof = owner.kind === "step" && owner.step === "client-certificate";
    const seenAt = isProof ? seenIn(outputs, modified) : known.seenAt;
    found.set(owner.name, { facts, seenAt, urns: [...known.urns, urn] });
  }
  return found;
}

/** The engine sets the time of a resource of its own whenever it writes its outputs: the certificates were read then. */
function seenIn(outputs: unknown, modified: unknown): ReadonlyMap<string, string> {
  const moment = typeof modified === "string" ? new Date(modified) : undefined;
  if (!isMap(outputs) || !moment || Number.isNaN(moment.getTime())) return new Map();
  const { certificates = [] } = factsIn(outputs);
  const own = stringIn(outputs["fingerprint"]);
  const fingerprints = [...(own === undefined ? [] : [own]), ...certificates.map(({ fingerprint }) => fingerprint)];
  return new Map(fingerprints.map((fingerprint) => [fingerprint, moment.toISOString()]));
}

export function stepInputsIn(inputs: unknown): StepInputs {
  if (!isMap(inputs)) return { reasons: [], missing: [] };
  const reason = reasonIdOf(stringIn(inputs["reason"]) ?? "");
  const missing = Array.isArray(inputs["missing"]) ? inputs["missing"] : [];
  const health = healthIn(inputs["health"]);
  return {
    reasons: reason === undefined ? [] : [reason],
    missing: missing.flatMap((name) => stepOf(name) ?? []),
    ...(health ? { health } : {}),
  };
}

/** Whether the inputs of a preparation say that the end of the registration leaves the cluster running. */
export function isLeftRunning(inputs: unknown): boolean {
  return isMap(inputs) && inputs["leaveRunning"] === true;
}

const verdicts = ["healthy", "unhealthy", "unknown"] as const;

function healthIn(value: unknown): ReportedHealth | undefined {
  if (!isMap(value)) return undefined;
  const verdict = verdicts.find((one) => one === value["verdict"]);
  return verdict && { verdict, why: stringIn(value["why"]) ?? "" };
}

const kinds: readonly CertificateKind[] = ["root", "intermediate", "server", "client"];

function certificateIn(value: unknown): CertificateExpiry[] {
  if (!isMap(value)) return [];
  const kind = kinds.find((one) => one === value["kind"]);
  const [subject, fingerprint] = [stringIn(value["subject"]), stringIn(value["fingerprint"])];
  const [notAfter, where] = [stringIn(value["notAfter"]), stringIn(value["where"])];
  if (!kind || !subject || !fingerprint || !notAfter || Number.isNaN(Date.parse(notAfter))) return [];
  return [{ kind, subject, fingerprint, notAfter, where: where ?? "" }];
}

/** The engine writes unknown values as a fixed UUID or a type, and secret ones in brackets. */
const noValue = /^(?:|\[secret\]|output<string>|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/;

function stringIn(value: unknown): string | undefined {
  return typeof value === "string" && !noValue.test(value) ? value : undefined;
}
