// The plugin's line to the engine that started it: messages for the user, and the news that the engine is gone.
import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, type LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** How serious a message is; the numbers are the wire format's. */
export const severity = { debug: 0, info: 1, warning: 2, error: 3 } as const;

export class Engine {
  private readonly client: EngineClient;

  /** @param address host:port, the first argument of every plugin */
  constructor(address: string) {
    this.client = new EngineClient(address, grpc.credentials.createInsecure());
  }

  /** Shows a message on the row of a resource and keeps it in the run's summary. */
  log(level: keyof typeof severity, urn: string, message: string): void {
    this.send(level, urn, message, false);
  }

  /** Shows what is going on right now on the row of a resource; the next status replaces it. */
  status(urn: string, message: string): void {
    this.send("info", urn, message, true);
  }

  /** Resolves when the engine's process no longer answers. */
  async gone(): Promise<void> {
    const channel = this.client.getChannel();
    for (;;) {
      const state = channel.getConnectivityState(true);
      if (state === grpc.connectivityState.TRANSIENT_FAILURE || state === grpc.connectivityState.SHUTDOWN) return;
      // A channel that nobody uses goes idle after a while: the loop connects again and so finds out.
      await new Promise<void>((resolve) =>
        channel.watchConnectivityState(state, Date.now() + 600_000, () => resolve()),
      );
    }
  }

  private send(level: keyof typeof severity, urn: string, message: string, ephemeral: boolean): void {
    const request = new LogRequest();
    request.setSeverity(severity[level] as LogSeverity);
    request.setMessage(message);
    request.setUrn(urn);
    request.setEphemeral(ephemeral);
    // A message that cannot be delivered has no reader any more; the operation itself goes on.
    this.client.log(request, () => undefined);
  }
}
