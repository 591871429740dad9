import { subscribe } from "node:diagnostics_channel";
import { RegistrationError } from "../problems";

/**
 * Ends waits when the run is over: Ctrl-C, or an engine that is gone.
 *
 * Pulumi's Node host answers the engine's Cancel call without telling the provider (@pulumi/pulumi 3.270,
 * cmd/dynamic-provider), and it outlives an engine that was killed. Both can be seen from inside the process: the call as an
 * HTTP/2 stream (diagnostics channel of Node's http2), the lost engine by a changed parent process.
 */
export function interruptionSignal(): AbortSignal {
  controller ??= watchForInterruption();
  return controller.signal;
}

export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** The same as a problem with a code; `work` names what did not come to its end. */
export function interruptionError(work: string, reason: unknown): RegistrationError {
  return new RegistrationError({
    code: "GMR507",
    what: `The run ended before ${work} was done`,
    where: "this run",
    cause: reason instanceof Interrupted ? reason.message : "the run ended",
    next: "run pulumi up again, which goes on from here",
  });
}

const cancelPath = "/pulumirpc.ResourceProvider/Cancel";

let controller: AbortController | undefined;

function watchForInterruption(): AbortController {
  const interruption = new AbortController();
  subscribe("http2.server.stream.start", (message) => {
    const headers = (message as { headers?: Record<string, unknown> }).headers;
    if (headers?.[":path"] === cancelPath) interruption.abort(new Interrupted("the run was cancelled"));
  });

  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    interruption.abort(new Interrupted("the Pulumi engine is gone"));
    // Nobody can record what is done from here on; the moment is for requests under way.
    setTimeout(() => process.exit(1), 2000).unref();
  }, 1000);
  timer.unref();
  return interruption;
}
