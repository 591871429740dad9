import { subscribe } from "node:diagnostics_channel";

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
