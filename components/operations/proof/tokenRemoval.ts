import { type Problem, RegistrationError } from "../../base/problems";
import { kubectl } from "../../kubernetes/commands";
import { paths, type Secret } from "../../kubernetes/objects";
import { findTemporaryToken, removeTemporaryToken } from "../bootstrapToken/bootstrapToken";
import { causeOf } from "../deregistration/unreachable";
import { Troubles, untilAnswered, type Wait } from "../shared/waiting";
import type { ProofRun } from "./proofRun";

/**
 * Removes the temporary token and checks that it is gone; returns the seconds for which it existed, or undefined when there was none of this
 * registration. Broken connections are waited out. Throws GMR505, also when the signal aborts.
 *
 * @param signal with its own limit instead of the proof's: a token must not stay because the proof took long
 */
export async function removeToken(run: ProofRun, signal: AbortSignal): Promise<number | undefined> {
  const { client, inputs } = run;
  run.stage = { code: "GMR505", what: "The bootstrap token is not removed", waiting: "removing the bootstrap token" };
  const wait: Wait = { client, signal, troubles: new Troubles() };
  const find = () => untilAnswered(() => findTemporaryToken(client, inputs, signal), wait);
  try {
    const temporary = await find();
    if (!temporary) return undefined;
    const { namespace, name } = inputs.tokenSecret;
    const remove = () => client.remove(paths.secret(namespace, name), temporary.metadata, { signal });
    const removal = await untilAnswered(remove, wait);
    if (!removal) await untilAnswered(() => removeTemporaryToken(client, inputs, signal), wait);
    const left = removal?.isGone ? undefined : await find();
    if (left) throw stillThere(run, left);
    // By the Secret's age: a token that was written again after a failed run has existed since the first write.
    const since = new Date(temporary.metadata.creationTimestamp ?? client.clock);
    return Math.round(Math.max(0, client.clock.getTime() - since.getTime()) / 100) / 10;
  } catch (error) {
    throw error === signal.reason ? outOfTime(run, wait.troubles.newest) : error;
  }
}

function stillThere({ client, inputs: { tokenSecret } }: ProofRun, left: Secret): RegistrationError {
  return new RegistrationError({
    code: "GMR505",
    what: "The bootstrap token is still on the remote cluster",
    where: `${client.where}, Secret ${tokenSecret.namespace}/${tokenSecret.name}`,
    cause: left.metadata.deletionTimestamp === undefined ? "somebody restored it" : "a finalizer holds it",
    next: `remove it: ${kubectl(client.access, tokenSecret.namespace, "delete", "secret", tokenSecret.name)}`,
  });
}

function outOfTime({ client, inputs: { tokenSecret } }: ProofRun, trouble: Problem | undefined): RegistrationError {
  const step = trouble?.next ?? "check network, VPN, firewall and the load balancer in front of the API server";
  return new RegistrationError({
    code: "GMR505",
    what: "The bootstrap token could not be found and removed in time",
    where: `${client.where}, Secret ${tokenSecret.namespace}/${tokenSecret.name}`,
    cause: trouble ? causeOf(trouble) : "the API server does not answer",
    next: `${step}; then run pulumi up again, which removes it`,
  });
}
