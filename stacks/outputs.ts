import * as pulumi from "@pulumi/pulumi";
import type { CertificateExpiry, GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";

/** What the stack says of a registration. */
export type RegistrationOutput = ProvenRegistration | FailedRegistration;

/** It was proven, in this run or in one before that nothing has changed since. */
export interface ProvenRegistration {
  readonly state: "proven";
  /** What was proven: `agent` or `connected`. */
  readonly proof: string;
  readonly agentVersion: string;
  readonly relayServerAddress: string;
  readonly certificateFingerprint: string;
  /** ISO 8601; empty without TLS. */
  readonly certificateNotAfter: string;
  readonly tokenExposureSeconds: number;
  /** Phases of the proof, of the run that proved it last. */
  readonly seconds: Readonly<Record<string, number>>;
  /** When the certificates end on which it rests. */
  readonly certificates: readonly CertificateExpiry[];
}

/** It was not proven in this run. What was registered before stays as it was. */
export interface FailedRegistration {
  readonly state: "failed";
  /** The problems, one line each; or the resource that failed, whose problem Pulumi tells. */
  readonly failure: string;
}

/**
 * What the stack says of a registration. One that fails does not take the others' outputs with it, and the run still fails: Pulumi learns
 * of the error from the registration's resources.
 */
export function outputOf(registration: GlooMeshRelayRegistration): pulumi.Output<RegistrationOutput> {
  const { proof, agentVersion, relayServerAddress, clientCertificate } = registration;
  const { tokenExposureSeconds, seconds, certificates } = registration;
  const proven = pulumi
    .output({
      proof,
      agentVersion,
      relayServerAddress,
      certificateFingerprint: clientCertificate.apply((facts) => facts?.fingerprint ?? ""),
      certificateNotAfter: clientCertificate.apply((facts) => facts?.notAfter ?? ""),
      tokenExposureSeconds,
      seconds,
      certificates,
    })
    .apply((facts): RegistrationOutput => ({ state: "proven", ...facts, seconds: { ...facts.seconds } }));
  return pulumi.recover(proven, failed);
}

function failed(error: unknown): RegistrationOutput {
  return { state: "failed", failure: error instanceof Error ? error.message : String(error) };
}
