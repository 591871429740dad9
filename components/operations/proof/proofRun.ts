import type { Diagnosis } from "../../diagnosis/diagnosis";
import type { AgentWorkload } from "../../glooMesh/agentWorkload";
import type { EarlierTrust } from "../../glooMesh/reissue";
import type { ClientCertificateInputs } from "../shared/inputs";
import type { Wait } from "../shared/waiting";

/** What the state knows of the previous run: the root CA that the agent trusts since its last start, and the `reissue` of its certificate. */
export interface EarlierProof extends EarlierTrust {
  readonly tokenExposureSeconds?: number;
}

/** What a failed proof keeps for the next run beside its inputs. */
export type Progress = Partial<EarlierProof>;

/** The step that the proof has reached, as the problem that is reported if the time is over in it. */
export interface Stage {
  readonly code: "GMR501" | "GMR502" | "GMR503" | "GMR505" | "GMR508" | "GMR509";
  readonly what: string;
  /** Default: the agent's cluster and namespace. */
  readonly where?: string;
  /** Default: the diagnosis of the agent. */
  readonly cause?: string;
  readonly next?: string;
  /** What the proof waits for, in a few words. */
  readonly waiting: string;
}

/** The state of one run of the proof, which its steps share: a wait on the remote cluster, until the limit or an interruption. */
export interface ProofRun extends Wait {
  readonly inputs: ClientCertificateInputs;
  /** Undefined in the first run of this registration. */
  readonly earlier: EarlierProof | undefined;
  /** Where the agent runs; that of a provided agent is read again and again, since it may be installed during the wait. */
  workload: AgentWorkload;
  stage: Stage;
  /** When the limit began, in milliseconds. */
  readonly startedAt: number;
  /** What the last look at the agent found; undefined before the first. */
  diagnosis: Diagnosis | undefined;
  /** When a look last showed a cause; at first the start. */
  shownAt: number;
  /** Whether the agent was restarted in this run. */
  restarted: boolean;
  /** Number of certificates that were stored during the wait and removed. */
  removals: number;
}
