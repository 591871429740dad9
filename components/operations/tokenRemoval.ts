import { RegistrationError } from "../problems";
import { findLentToken, removeLentToken } from "./bootstrapToken";
import type { ProofRun } from "./proofRun";

/** Removes the token and makes sure that it is gone; returns the seconds it was there, or undefined when none was ours. Throws GMR505. */
export async function removeToken({ client, inputs }: ProofRun): Promise<number | undefined> {
  const lent = await removeLentToken(client, inputs);
  if (!lent) return undefined;
  const left = await findLentToken(client, inputs);
  if (left) {
    throw new RegistrationError({
      code: "GMR505",
      what: "The bootstrap token is still on the remote cluster",
      where: `${client.where}, Secret ${inputs.tokenSecret.namespace}/${inputs.tokenSecret.name}`,
      cause: left.metadata.deletionTimestamp === undefined ? "somebody put it back" : "a finalizer holds it",
      next: `remove it: kubectl -n ${inputs.tokenSecret.namespace} delete secret ${inputs.tokenSecret.name}`,
    });
  }
  // From the Secret's own age: a token that was written again after a failed run has been there since the first time.
  const since = new Date(lent.metadata.creationTimestamp ?? client.clock);
  return Math.round(Math.max(0, client.clock.getTime() - since.getTime()) / 100) / 10;
}
