import type { Problem } from "../../base/problems";
import type { KubernetesClient } from "../../kubernetes/client";
import type { ClientCertificateInputs } from "../shared/inputs";

/** What the state knows of the run before. */
export interface EarlierProof {
  readonly tokenExposureSeconds?: number;
  /** The root CA that the agent trusts since it started last. */
  readonly rootCertificate: string;
  /** For which the certificate was issued last. */
  readonly reissue?: string;
}

/** What a failed proof leaves for the next run beside its inputs. */
export interface Progress {
  tokenExposureSeconds?: number;
  rootCertificate?: string;
  reissue?: string;
}

/** How far the proof has come: what is told when the time is over there. */
export interface Stage {
  readonly code: "GMR501" | "GMR502" | "GMR503" | "GMR505" | "GMR508" | "GMR509";
  readonly what: string;
  /** Default: where the agent runs. */
  readonly where?: string;
  /** Default: what the agent itself shows. */
  readonly cause?: string;
  readonly next?: string;
}

/** One run of the proof, as its parts share it. */
export interface ProofRun {
  /** The remote cluster. */
  readonly client: KubernetesClient;
  readonly inputs: ClientCertificateInputs;
  /** Undefined for the first run of this registration. */
  readonly earlier: EarlierProof | undefined;
  /** Aborts at the limit, and when the run is interrupted. */
  readonly signal: AbortSignal;
  stage: Stage;
  /** What keeps the wait from seeing the remote cluster at present; undefined while it answers. */
  trouble: Problem | undefined;
  /** Whether the agent was restarted in this run. */
  restarted: boolean;
  /** How many certificates were removed that came while the proof waited. */
  removals: number;
}
