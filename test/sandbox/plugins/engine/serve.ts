// Serves a provider to the engine over gRPC, as every plugin process does.
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { Engine } from "./engine";
import { type Handler, handlers } from "./messages";
import type { Provider } from "./provider";

/** What a provider gets from the process it runs in. */
export interface Host {
  readonly engine: Engine;
  /** Aborted when the engine asks to stop (first Ctrl-C of the user). */
  readonly signal: AbortSignal;
}

/**
 * Runs a plugin process: prints the port on stdout, serves until the engine ends it. When the engine itself was killed,
 * an operation that is under way is finished first, as the official plugins do, and only then the process ends.
 */
export async function serve(create: (host: Host) => Provider): Promise<void> {
  const address = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
  if (!address) throw new Error("a plugin is started by the engine, which gives its address as the first argument");

  const cancelled = new AbortController();
  const engine = new Engine(address);
  const provider = create({ engine, signal: cancelled.signal });
  const running = new Set<Promise<unknown>>();
  const service = Object.entries(handlers(provider, () => cancelled.abort())).map(
    ([name, handler]) => [name, unary(handler, running)] as const,
  );

  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(ResourceProviderService, Object.fromEntries(service));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  process.stdout.write(`${port}\n`);

  await engine.gone();
  while (running.size > 0) await Promise.allSettled(running);
  process.exit(0);
}

function unary(handler: Handler, running: Set<Promise<unknown>>): grpc.handleUnaryCall<unknown, unknown> {
  return (call, reply) => {
    const work = handler(call.request)
      .then((response) => reply(null, response))
      .catch((error: unknown) => reply(asServiceError(error)))
      .finally(() => running.delete(work));
    running.add(work);
  };
}

function asServiceError(error: unknown): Partial<grpc.ServiceError> {
  if (error instanceof Error && "metadata" in error) return error as grpc.ServiceError;
  return { code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
}
