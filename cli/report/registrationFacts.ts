import { isMap } from "../../components/base/json";
import type { CertificateExpiry, CertificateKind } from "../../components/certificates/expiry";
import type { RegistrationFacts } from "./clusterRecord";

/**
 * What outputs say of a registration. They come from the engine or from a state that an older version wrote: what is missing, unknown, secret or of
 * another form is left out.
 */
export function factsIn(outputs: unknown): RegistrationFacts {
  if (!isMap(outputs)) return {};
  const texts = [
    "proof",
    "agentVersion",
    "relayServerAddress",
    "certificateFingerprint",
    "certificateNotAfter",
    "state",
  ];
  const certificate = outputs["clientCertificate"];
  const flat = isMap(certificate)
    ? { certificateFingerprint: certificate["fingerprint"], certificateNotAfter: certificate["notAfter"], ...outputs }
    : outputs;
  const found = Object.fromEntries(
    texts.flatMap((key) => {
      const value = textIn(flat[key]);
      return value === undefined ? [] : [[key, value]];
    }),
  );
  const exposure = outputs["tokenExposureSeconds"];
  const certificates = outputs["certificates"];
  return {
    ...found,
    ...(typeof exposure === "number" ? { tokenExposureSeconds: exposure } : {}),
    ...(Array.isArray(certificates) ? { certificates: certificates.flatMap(certificateIn) } : {}),
  };
}

/** The registrations of a stack's outputs, by cluster name. */
export function registrationsIn(outputs: unknown): ReadonlyMap<string, RegistrationFacts> {
  const registrations = isMap(outputs) ? outputs["registrations"] : undefined;
  if (!isMap(registrations)) return new Map();
  return new Map(Object.entries(registrations).map(([name, value]) => [name, factsIn(value)]));
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
