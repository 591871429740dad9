import type { IncomingMessage, ServerResponse } from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import type { ContainerLog, LogOptions } from "./containerLog";
import { LogUnavailableError } from "./logSelection";
import type { LocalAddress } from "./podNetwork";

/** The containers of one pod, as far as their logs are concerned. */
export interface LoggedPod {
  /** @throws LogUnavailableError when the container has no such log (yet). */
  log(previous: boolean): ContainerLog;
}

/** Finds what a log request means. */
export type LogLookup = (
  namespace: string,
  pod: string,
  container: string,
) => LoggedPod | "no such pod" | "no such container";

/**
 * The kubelet's HTTPS endpoint, reduced to container logs. Like the real one it talks only to holders of a client certificate
 * of the cluster's CA, which is the API server.
 */
export class KubeletServer {
  readonly address: LocalAddress;
  readonly #server: https.Server;

  private constructor(server: https.Server, address: LocalAddress) {
    this.#server = server;
    this.address = address;
  }

  /** Listens on a free port of 127.0.0.1. Certificates and keys are PEM. */
  static async start(options: {
    cert: string;
    key: string;
    clientCa: string;
    lookup: LogLookup;
  }): Promise<KubeletServer> {
    const server = https.createServer(
      {
        cert: options.cert,
        key: options.key,
        ca: options.clientCa,
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: "TLSv1.2",
      },
      (request, response) => {
        void serve(request, response, options.lookup).catch(() => response.destroy());
      },
    );
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo;
    return new KubeletServer(server, { host: "127.0.0.1", port });
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

async function serve(request: IncomingMessage, response: ServerResponse, lookup: LogLookup): Promise<void> {
  const url = new URL(request.url ?? "/", "https://kubelet");
  const path = decodedPath(url.pathname);
  if (path === undefined) {
    return answer(response, 400, "the path is not valid UTF-8\n");
  }
  const [route, namespace, pod, container, ...more] = path;
  if (request.method !== "GET" || route !== "containerLogs" || more.length > 0) {
    return answer(response, 404, "404 page not found\n");
  }
  if (namespace === undefined || pod === undefined || container === undefined) {
    return answer(response, 400, "namespace, pod and container are needed\n");
  }
  const found = lookup(namespace, pod, container);
  if (found === "no such pod") {
    return answer(response, 404, `pod "${pod}" does not exist`);
  }
  if (found === "no such container") {
    return answer(response, 404, `container "${container}" not found in pod "${pod}"`);
  }
  let log: ContainerLog;
  try {
    log = found.log(url.searchParams.get("previous") === "true");
  } catch (error) {
    if (error instanceof LogUnavailableError) {
      return answer(response, 400, error.message);
    }
    throw error;
  }
  await stream(response, log, logOptions(url.searchParams, new Date()));
}

function decodedPath(path: string): string[] | undefined {
  try {
    return path.split("/").slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

async function stream(response: ServerResponse, log: ContainerLog, options: LogOptions): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  response.writeHead(200, { "content-type": "text/plain" });
  // Headers go out now: a follower of a silent container waits for them.
  response.flushHeaders();
  for await (const piece of log.read(options, gone.signal)) {
    if (!response.write(piece)) {
      await drained(response, gone.signal);
    }
  }
  response.end();
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      return resolve();
    }
    response.once("drain", resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain" }).end(text);
}

/** Reads the query that the API server sends for `kubectl logs`. Values that are no numbers are ignored. */
export function logOptions(query: URLSearchParams, now: Date): LogOptions {
  const tailLines = wholeNumber(query.get("tailLines"));
  const limitBytes = wholeNumber(query.get("limitBytes"));
  const sinceSeconds = wholeNumber(query.get("sinceSeconds"));
  const sinceTime = query.get("sinceTime");
  const since =
    sinceSeconds !== undefined
      ? new Date(now.getTime() - sinceSeconds * 1000)
      : sinceTime === null
        ? undefined
        : new Date(sinceTime);
  return {
    follow: query.get("follow") === "true",
    timestamps: query.get("timestamps") === "true",
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(since === undefined || Number.isNaN(since.getTime()) ? {} : { since }),
  };
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}
