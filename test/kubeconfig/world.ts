import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Authority, type Credential } from "../sandbox/controlplane/authority";
import { issueIntermediate } from "./intermediate";
import { startProxies, type TestProxies } from "./proxies";

/** What the API server saw of a client, by which it knows the user. */
export type Seen = Readonly<Record<string, string>>;

/** API servers and proxies on 127.0.0.1, and a folder for files that kubeconfigs name. */
export class World {
  /** The token that the API server accepts; a client certificate of its authority and any password are accepted, too. */
  readonly token = "good-token";

  private constructor(
    readonly folder: string,
    readonly authority: Authority,
    readonly foreign: Authority,
    readonly client: Credential,
    readonly foreignClient: Credential,
    /** Authority, intermediate, and the port whose certificate is of the intermediate. */
    readonly intermediate: { readonly cert: string },
    readonly ports: Readonly<Record<ServerName, number>>,
    readonly proxies: TestProxies,
    /** The last request of each client, `kubectl` and `ours`. */
    readonly seen: Map<string, Seen>,
    private readonly servers: readonly Server[],
  ) {}

  static async start(): Promise<World> {
    const [authority, foreign] = [await Authority.create("cluster"), await Authority.create("foreign")];
    const names = { ips: ["127.0.0.1"], dns: ["localhost", "api.test"] };
    const serving = await authority.issueServingCertificate(names);
    const { intermediate, leaf } = await issueIntermediate();
    const seen = new Map<string, Seen>();
    const mutual = { requestCert: true, ca: authority.cert, rejectUnauthorized: false };
    const servers: Record<ServerName, Server> = {
      api: createServer({ ...serving, ...mutual }),
      plain: createHttpServer(),
      named: createServer(await authority.issueServingCertificate({ dns: ["api.test"] })),
      staged: createServer({ key: leaf.key, cert: leaf.cert + intermediate.cert, ...mutual }),
      login: createServer(serving),
    };
    for (const [name, server] of Object.entries(servers)) {
      server.on("request", (request, response) =>
        name === "login" ? loginPage(response) : answer(request, response, seen),
      );
      server.listen(0, "127.0.0.1");
    }
    await Promise.all(Object.values(servers).map((server) => once(server, "listening")));
    const ports = Object.fromEntries(
      Object.entries(servers).map(([name, server]) => [name, (server.address() as AddressInfo).port]),
    ) as Record<ServerName, number>;
    const folder = mkdtempSync(join(tmpdir(), "kubectl-"));
    return new World(
      folder,
      authority,
      foreign,
      await authority.issueClientCertificate("ann", ["staff"]),
      await foreign.issueClientCertificate("eve"),
      intermediate,
      ports,
      await startProxies(ports, serving),
      seen,
      Object.values(servers),
    );
  }

  /** Writes a file into the folder, and returns its path. */
  file(name: string, content: string, mode = 0o600): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  }

  async stop(): Promise<void> {
    const closed = this.servers.map((server) => once(server, "close"));
    for (const server of this.servers) {
      server.close();
      server.closeAllConnections();
    }
    await Promise.all([...closed, this.proxies.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** `named` has no certificate for its address; `staged` has one of an intermediate; `login` answers with a page. */
type ServerName = "api" | "plain" | "named" | "staged" | "login";

function answer(request: IncomingMessage, response: ServerResponse, seen: Map<string, Seen>): void {
  const certificate = "getPeerCertificate" in request.socket ? (request.socket as never as Peer) : undefined;
  const subject = certificate?.authorized ? String(certificate.getPeerCertificate().subject?.["CN"] ?? "") : "";
  const { authorization = "" } = request.headers;
  const client = request.headers["user-agent"]?.startsWith("gloo-mesh") ? "ours" : "kubectl";
  const headers = request.rawHeaders.flatMap((name, index, all) =>
    index % 2 === 0 && /^impersonate-/i.test(name) ? [`${name.toLowerCase()}: ${all[index + 1]}`] : [],
  );
  seen.set(client, {
    path: request.url?.split("?")[0] ?? "",
    authorization,
    subject,
    impersonation: headers.sort().join("\n"),
  });
  const isKnown = subject !== "" || ["Bearer good-token", "Basic YW5uOnB3"].includes(authorization) || !certificate;
  const body = isKnown
    ? { major: "1", minor: "34", gitVersion: "v1.34.0" }
    : {
        kind: "Status",
        apiVersion: "v1",
        status: "Failure",
        message: "Unauthorized",
        reason: "Unauthorized",
        code: 401,
      };
  response.writeHead(isKnown ? 200 : 401, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

interface Peer {
  readonly authorized: boolean;
  getPeerCertificate(): { readonly subject?: Readonly<Record<string, string | string[]>> };
}

function loginPage(response: ServerResponse): void {
  response.writeHead(403, { "content-type": "text/html" });
  response.end("<!DOCTYPE html><html><body>This page is blocked.</body></html>");
}
