/** The levels of a proof. */
export const proofLevels = ["agent", "connected"] as const;

/** How much a proof covers: `agent` (certificate verified, agent available) or `connected` (the relay server also counts the agent as connected). */
export type ProofLevel = (typeof proofLevels)[number];

/** Seconds that each phase of a proof took, in order; 0 for a phase that the registration does not need. */
export interface ProofSeconds {
  /** Until the client certificate was accepted. */
  readonly certificate: number;
  /** From then until the agent was available. */
  readonly agent: number;
  /** From then until the bootstrap token was removed. */
  readonly token: number;
  /** From then until the relay server counted the agent; only with `proof.level: connected`. */
  readonly connection: number;
}
