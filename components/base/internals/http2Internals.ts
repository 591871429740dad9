import { subscribe } from "node:diagnostics_channel";

/** Node's http2: calls `listener` with the path of each request (such as a gRPC call) to an HTTP/2 server of this process. */
export function onHttp2Request(listener: (path: unknown) => void): void {
  subscribe("http2.server.stream.start", (message) => {
    listener((message as { headers?: Record<string, unknown> }).headers?.[":path"]);
  });
}
