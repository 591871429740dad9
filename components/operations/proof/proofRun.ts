import type { Problem } from "../../base/problems";
import type { KubernetesClient } from "../../kubernetes/client";
import type { ClientCertificateInputs } from "../shared/inputs";

/** What the state knows of the previous run. */
export interface EarlierProof {
  readonly tokenExposureSeconds?: number;
  /** The root CA that the agent trusts since its last start. */
  readonly rootCertificate: string;
  /** The value of `reissue` for which the certificate was issued last. */
  readonly reissue?: string;
}

/** What a failed proof keeps for the next run beside its inputs. */
export interface Progress {
  tokenExposureSeconds?: number;
  rootCertificate?: string;
  reissue?: string;
}

/** The step that the proof has reached, as the problem that is reported if the time is over in it. */
export interface Stage {
  readonly code: "GMR501" | "GMR502" | "GMR503" | "GMR505" | "GMR508" | "GMR509";
  readonly what: string;
  /** Default: the agent's cluster and namespace. */
  readonly where?: string;
  /** Default: the diagnosis of the agent. */
  readonly cause?: string;
  readonly next?: string;
}

/** The state of one run of the proof, which its steps share. */
export interface ProofRun {
  /** The remote cluster. */
  readonly client: KubernetesClient;
  readonly inputs: ClientCertificateInputs;
  /** Undefined in the first run of this registration. */
  readonly earlier: EarlierProof | undefined;
  /** Aborts at the limit, and when the run is interrupted. */
  readonly signal: AbortSignal;
  stage: Stage;
  /** The present problem with the remote cluster's API server; undefined while it answers. */
  trouble: Problem | undefined;
  /** Whether the agent was restarted in this run. */
  restarted: boolean;
  /** Number of certificates that were stored during the wait and removed. */
  removals: number;
}
