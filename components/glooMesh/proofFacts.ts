/** How much a proof can cover. */
export const proofLevels = ["agent", "connected"] as const;

/** How much a proof covers: `agent`: certificate verified, agent available; `connected`: the relay server counts the agent as well. */
export type ProofLevel = (typeof proofLevels)[number];

/** Seconds that each phase of a proof took, in their order; 0 for one that the registration does without. */
export interface ProofSeconds {
  /** Until the client certificate was there and good. */
  readonly certificate: number;
  /** From there until the agent was available. */
  readonly agent: number;
  /** Until the bootstrap token was gone. */
  readonly token: number;
  /** Until the relay server counted the agent; only with `proof.level: connected`. */
  readonly connection: number;
}
