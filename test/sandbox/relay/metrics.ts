import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** Counts the connected clients per cluster. A cluster that has been connected once stays visible with 0. */
export class ClientGauge {
  readonly #connected = new Map<string, number>();

  add(cluster: string, difference: 1 | -1): void {
    this.#connected.set(cluster, (this.#connected.get(cluster) ?? 0) + difference);
  }

  /** The gauge in the text format of Prometheus. */
  render(name: string, help: string): string {
    const samples = [...this.#connected].map(
      ([cluster, count]) => `${name}{cluster=${JSON.stringify(cluster)}} ${count}`,
    );
    return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...samples, ""].join("\n");
  }
}

/** An HTTP server for `/metrics` on a free local port. */
export interface MetricsServer {
  readonly address: { readonly host: string; readonly port: number };
  stop(): Promise<void>;
}

/** Serves what `render` returns at the moment of each request. */
export async function serveMetrics(render: () => string): Promise<MetricsServer> {
  const server = http.createServer((request, response) => {
    if (request.url === "/metrics") {
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(render());
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen({ host: "127.0.0.1", port: 0 }, resolve);
  });
  const { address: host, port } = server.address() as AddressInfo;
  return {
    address: { host, port },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
