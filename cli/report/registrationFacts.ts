import { isMap } from "../../components/base/json";
import type { CertificateExpiry, CertificateKind } from "../../components/certificates/expiry";
import { type ReasonId, reasonIdOf } from "../../components/glooMesh/reasons";
import type { ClusterReport } from "./fleetReport";
import { ownerOf, type Step, stepOf } from "./urns";

// The engine and the state hold values of any form, also from another version: what is missing, unknown or secret is left out.

/** What the outputs of a registration say. */
export type RegistrationFacts = Pick<
  ClusterReport,
  | "proof"
  | "agentVersion"
  | "relayServerAddress"
  | "certificateFingerprint"
  | "certificateNotAfter"
  | "tokenExposureSeconds"
> & { readonly certificates?: readonly CertificateExpiry[] };

/** What the inputs of one step say about the clusters. */
export interface StepInputs {
  readonly reasons: readonly ReasonId[];
  /** Steps whose objects others deleted. */
  readonly missing: readonly Step[];
}

export function factsIn(outputs: unknown): RegistrationFacts {
  if (!isMap(outputs)) return {};
  const { fingerprint, notAfter } = clientCertificateIn(outputs);
  const texts = {
    proof: outputs["proof"],
    agentVersion: outputs["agentVersion"],
    relayServerAddress: outputs["relayServerAddress"],
    certificateFingerprint: fingerprint,
    certificateNotAfter: notAfter,
  };
  const found = Object.entries(texts).flatMap(([key, value]) => {
    const text = textIn(value);
    return text === undefined ? [] : [[key, text]];
  });
  const { tokenExposureSeconds: exposure, certificates } = outputs;
  return {
    ...Object.fromEntries(found),
    ...(typeof exposure === "number" ? { tokenExposureSeconds: exposure } : {}),
    ...(Array.isArray(certificates) ? { certificates: certificates.flatMap(certificateIn) } : {}),
  };
}

/** The registrations in what `pulumi stack export` prints, by name. Nothing else of the state is kept. */
export function registrationsIn(state: unknown): ReadonlyMap<string, RegistrationFacts> {
  const deployment = isMap(state) && isMap(state["deployment"]) ? state["deployment"] : {};
  const resources = Array.isArray(deployment["resources"]) ? deployment["resources"].filter(isMap) : [];
  return new Map(
    resources.flatMap(({ urn, outputs }) => {
      const owner = typeof urn === "string" ? ownerOf(urn) : undefined;
      return owner?.kind === "registration" ? [[owner.name, factsIn(outputs)] as const] : [];
    }),
  );
}

export function stepInputsIn(inputs: unknown): StepInputs {
  if (!isMap(inputs)) return { reasons: [], missing: [] };
  const reason = reasonIdOf(textIn(inputs["reason"]) ?? "");
  const missing = Array.isArray(inputs["missing"]) ? inputs["missing"] : [];
  return { reasons: reason === undefined ? [] : [reason], missing: missing.flatMap((name) => stepOf(name) ?? []) };
}

/** A state of an older version has these outputs beside the others. */
function clientCertificateIn(outputs: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { clientCertificate, certificateFingerprint: fingerprint, certificateNotAfter: notAfter } = outputs;
  return isMap(clientCertificate) ? clientCertificate : { fingerprint, notAfter };
}

const kinds: readonly CertificateKind[] = ["root", "intermediate", "server", "client"];

function certificateIn(value: unknown): CertificateExpiry[] {
  if (!isMap(value)) return [];
  const kind = kinds.find((one) => one === value["kind"]);
  const [subject, fingerprint] = [textIn(value["subject"]), textIn(value["fingerprint"])];
  const [notAfter, where] = [textIn(value["notAfter"]), textIn(value["where"])];
  if (!kind || !subject || !fingerprint || !notAfter || Number.isNaN(Date.parse(notAfter))) return [];
  return [{ kind, subject, fingerprint, notAfter, where: where ?? "" }];
}

/** The engine writes what it does not know yet as a fixed UUID, and what is secret in brackets. */
const unknown = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

function textIn(value: unknown): string | undefined {
  return typeof value === "string" &&
    value !== "" &&
    value !== "[secret]" &&
    value !== "output<string>" &&
    !unknown.test(value)
    ? value
    : undefined;
}
