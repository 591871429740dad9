/** Why a client certificate of an earlier run does not hold any more. */
export type CertificateLoss = "missing" | "not acceptable";

/** The beginnings of the lines that tell it, for who writes a plan and for who reads one in the engine's messages. */
export const lossWords = {
  fresh: "Fresh: ",
  missing: "Client certificate: ",
  notAcceptable: "Client certificate in Secret ",
} as const;

/** What a plan in words says of the client certificate; undefined where it says nothing, since it holds or was never there. */
export function certificateLossIn(plan: readonly string[]): CertificateLoss | undefined {
  const says = (words: string) => plan.some((line) => line.startsWith(words));
  if (says(lossWords.notAcceptable)) return "not acceptable";
  // Nothing of the registration stands: what is known of it is of the past.
  return says(lossWords.missing) || says(lossWords.fresh) ? "missing" : undefined;
}
