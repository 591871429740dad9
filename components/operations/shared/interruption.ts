import { fstatSync } from "node:fs";
import { finished } from "node:stream";
import { onHttp2Request } from "../../base/internals/http2Internals";
import { RegistrationError } from "../../base/problems";

/**
 * A signal that aborts all waits when the run is over: after Ctrl-C, or when the engine is gone.
 *
 * Pulumi's Node host answers the engine's Cancel call and does not pass it to the provider (@pulumi/pulumi 3.270, cmd/dynamic-provider), and it
 * outlives an engine that was killed. The process can see both: the call as an HTTP/2 stream (diagnostics channel of Node's http2), the lost
 * engine by the end of stdin or a changed parent process.
 */
export function interruptionSignal(): AbortSignal {
  controller ??= watchForInterruption();
  return controller.signal;
}

export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** An interruption as a problem with a code; `work` names what it interrupted. */
export function interruptionError(work: string, reason: unknown): RegistrationError {
  return new RegistrationError({
    code: "GMR507",
    what: `The run ended before ${work} was done`,
    where: "this run",
    cause: reason instanceof Interrupted ? reason.message : "the run ended",
    next: "run the same command again, which resumes from here",
  });
}

const cancelPath = "/pulumirpc.ResourceProvider/Cancel";

let controller: AbortController | undefined;

function watchForInterruption(): AbortController {
  const interruption = new AbortController();
  onHttp2Request((path) => {
    if (path === cancelPath) interruption.abort(new Interrupted("the run was cancelled"));
  });

  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) gone();
  }, 1000);
  timer.unref();
  const gone = () => {
    clearInterval(timer);
    interruption.abort(new Interrupted("the Pulumi engine is gone"));
    // Nobody records what happens from here on; the delay is for requests in flight.
    setTimeout(() => process.exit(1), 2000).unref();
  };
  whenStdinEnds(gone);
  return interruption;
}

/**
 * The engine holds a pipe to the stdin of each plugin open as long as it lives (pulumi/sdk, go/common/resource/plugin). The parent need not be
 * the engine: Pulumi's launcher is a shell that waits for this process, and outlives the engine with it.
 *
 * A stdin that is no pipe, or that had ended before, does not come from the engine and proves nothing.
 */
function whenStdinEnds(onEnd: () => void): void {
  if (!fstatSync(0).isFIFO()) return;
  let wasOpen = false;
  finished(process.stdin, () => {
    if (wasOpen) onEnd();
  });
  process.stdin.resume().unref();
  // The first read comes within one turn of the event loop, and so does an end that has already happened.
  setImmediate(() => setImmediate(() => (wasOpen = true)));
}
