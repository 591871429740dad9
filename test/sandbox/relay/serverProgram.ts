import * as grpc from "@grpc/grpc-js";
import type { PodContext, PodProgram } from "../pods/program";
import { INSECURE_ARGUMENT, relayPorts } from "./hubObjects";
import { HubState, type HubStateReport } from "./hubState";
import { imageVersion } from "./images";
import { errorText, logLine } from "./log";
import { serveMetrics } from "./metrics";
import { relayService } from "./protocol";
import { RelayService } from "./relayService";

/** How the relay server runs. */
export interface RelayServerOptions {
  /** The local address of the gRPC port; agents of other clusters use it as their relay address. The port must be free. */
  readonly listen: { readonly host: "127.0.0.1"; readonly port: number };
  /** Version of a server whose image has no tag. Default: 1.0.4. */
  readonly version?: string;
  /** Speaks plain text and believes the cluster name that an agent claims. Default: what its arguments say. */
  readonly insecure?: boolean;
}

/**
 * Stand-in for the relay server, image `…/enterprise-networking:<version>`. It reads its Secrets and the
 * KubernetesClusters from the API of its cluster and exits with 1 when something that it needs is missing there.
 */
export function relayServerProgram(options: RelayServerOptions): PodProgram {
  return { run: (context) => runServer(context, options) };
}

async function runServer(context: PodContext, options: RelayServerOptions): Promise<number> {
  const fail = (message: string, error: unknown): number => {
    context.log(logLine("fatal", "enterprise-networking", message, { error: errorText(error) }));
    return 1;
  };
  const insecure = options.insecure ?? context.args.includes(INSECURE_ARGUMENT);
  let state: HubState;
  try {
    const report: HubStateReport = (level, message, fields) => {
      context.log(logLine(level, "relay-secrets", message, fields));
    };
    state = await HubState.start(context.kubeConfig, context.namespace, { report, insecure });
  } catch (error) {
    return fail("cannot read the relay configuration", error);
  }
  const service = new RelayService(state, {
    version: imageVersion(context.image) || (options.version ?? "1.0.4"),
    insecure,
    log: (line) => context.log(line),
  });
  const server = new grpc.Server({ "grpc.keepalive_time_ms": 10_000, "grpc.keepalive_timeout_ms": 5_000 });
  const metrics = await serveMetrics(() => service.metrics());
  try {
    server.addService(relayService, service.handlers());
    await bind(server, options.listen, insecure ? undefined : state);
    context.listen(relayPorts.grpc, options.listen);
    context.listen(relayPorts.metrics, metrics.address);
    context.log(logLine("info", "enterprise-networking", "relay server is listening", { port: relayPorts.grpc }));
    context.ready();
    await aborted(context.signal);
    return 0;
  } catch (error) {
    return fail("cannot listen", error);
  } finally {
    server.forceShutdown();
    await metrics.stop();
    await state.stop();
  }
}

/** @param state where the certificates come from; undefined: plain text */
function bind(
  server: grpc.Server,
  { host, port }: RelayServerOptions["listen"],
  state: HubState | undefined,
): Promise<number> {
  // A client certificate is asked for but not demanded: an agent that bootstraps has none yet. grpc-js offers that only
  // through a certificate provider, which also brings the live replacement of certificates.
  const credentials = state
    ? grpc.experimental.createCertificateProviderServerCredentials(state, state, false)
    : grpc.ServerCredentials.createInsecure();
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
