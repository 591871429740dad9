/** What a run does about an unhealthy registration that it would not change otherwise. */
export const unhealthyChoices = ["warn", "fail", "heal"] as const;

/**
 * What a run does about a registration that is not healthy and that it would not change otherwise: `warn`, `fail` (an error before the first write), or
 * `heal` (restores what someone else changed in the agent's Deployment, and warns about the rest).
 */
export type UnhealthyChoice = (typeof unhealthyChoices)[number];
