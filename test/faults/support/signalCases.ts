import { createHash } from "node:crypto";
import type { FaultCase, Sample } from "../../support/selection";
import type { Phase } from "./killCases";

/** A signal to the CLI at an instant of a run: so long after its n-th request to the remote cluster. */
export interface SignalCase extends FaultCase {
  readonly phase: Phase;
  readonly signal: "SIGINT" | "SIGTERM";
  readonly afterRequest: number;
  readonly milliseconds: number;
}

/** What the instants are made from; another one makes others. */
export const seed = process.env["FAULTS_SEED"] ?? "1";

/** Requests of a clean run to the remote cluster, the last few apart: a signal after the end would prove nothing. */
const requests: Readonly<Record<Phase, number>> = { fresh: 58, update: 56, destroy: 46 };
const longestMilliseconds = 400;
/** Of each phase and signal. */
const instants = 17;

/** A number from 0 to 1 that depends on the seed and the name alone. */
function random(name: string): number {
  return createHash("sha256").update(`${seed} ${name}`).digest().readUInt32BE() / 2 ** 32;
}

/** All of them: phases in turns, as a stack passes them. */
export const signalCases: readonly SignalCase[] = Array.from({ length: instants }, (_, number) =>
  (["destroy", "fresh", "update"] as const).flatMap((phase) =>
    (["SIGINT", "SIGTERM"] as const).map((signal) => {
      const id = `signals/${phase}/${signal}/${number + 1}`;
      return {
        id,
        phase,
        signal,
        afterRequest: 1 + Math.floor(random(`${id} request`) * requests[phase]),
        milliseconds: Math.floor(random(`${id} pause`) * longestMilliseconds),
      };
    }),
  ),
).flat();

/** Of each phase one, and of both signals. */
const sampled = ["signals/destroy/SIGTERM/1", "signals/fresh/SIGINT/1", "signals/update/SIGTERM/1"];

export const isSignalSample: Sample<SignalCase> = ({ id }) => sampled.includes(id);
