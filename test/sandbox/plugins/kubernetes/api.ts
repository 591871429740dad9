// The Kubernetes API over HTTPS: requests, watches and discovery.

import http from "node:http";
import https from "node:https";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Plain, PlainMap } from "../engine/values";
import type { Access } from "./kubeconfig";

const busyAttempts = 10;

/** An answer of the API server that is not a success. */
export class ApiError extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/** The API server does not know a kind (yet): its custom resource definition is missing. */
export class NoMatch extends Error {
  constructor(apiVersion: string, kind: string) {
    super(`no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`);
  }
}

/** How the API server serves a kind. */
export interface Kind {
  readonly plural: string;
  readonly namespaced: boolean;
}

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly contentType?: string;
  /** Milliseconds until the request is given up; none by default. */
  readonly timeout?: number;
}

export class Api {
  private readonly agent: http.Agent;
  private readonly discovered = new Map<string, Promise<ReadonlyMap<string, Kind>>>();

  /** @param signal ends every request of this client */
  constructor(
    private readonly access: Access,
    private readonly userAgent: string,
    private readonly signal: AbortSignal,
  ) {
    const options = { keepAlive: true, maxSockets: 20 };
    this.agent = access.server.startsWith("https:")
      ? new https.Agent({
          ...options,
          rejectUnauthorized: access.verify,
          ...(access.ca && { ca: access.ca }),
          ...(access.cert && { cert: access.cert }),
          ...(access.key && { key: access.key }),
          ...(access.tlsServerName && { servername: access.tlsServerName }),
        })
      : new http.Agent(options);
  }

  /**
   * Sends a request and returns the JSON of the answer. A server that is busy for the moment (it says so right after a
   * definition was created) is asked again when it wants to be.
   * @throws ApiError, or the error of the connection
   */
  async request(method: string, path: string, options: RequestOptions = {}): Promise<PlainMap> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.send(method, path, options);
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString("utf8");
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) return JSON.parse(text) as PlainMap;
      const retryAfter = Number(response.headers["retry-after"]);
      if (status !== 429 || !(retryAfter > 0) || attempt === busyAttempts) throw apiError(status, text);
      await sleep(retryAfter * 1000, undefined, { signal: this.signal });
    }
  }

  /** Yields the events of a watch until the server ends it. */
  async *watch(path: string, query: Readonly<Record<string, string>>): AsyncGenerator<WatchEvent> {
    const response = await this.send("GET", path, { query: { ...query, watch: "1" } });
    try {
      if (response.statusCode !== 200) throw new ApiError(response.statusCode ?? 0, "", "the watch was refused");
      for await (const line of createInterface({ input: response })) yield JSON.parse(line) as WatchEvent;
    } finally {
      response.destroy();
    }
  }

  /** How a kind is served. @throws NoMatch when the API server does not serve it */
  async kind(apiVersion: string, kind: string): Promise<Kind> {
    const found = (await this.kindsOf(apiVersion)).get(kind);
    if (!found) {
      // It may appear any moment (a definition created in the same run), so "no" is not remembered.
      this.discovered.delete(apiVersion);
      throw new NoMatch(apiVersion, kind);
    }
    return found;
  }

  private kindsOf(apiVersion: string): Promise<ReadonlyMap<string, Kind>> {
    const known = this.discovered.get(apiVersion);
    if (known) return known;
    const asked = this.discover(apiVersion);
    this.discovered.set(apiVersion, asked);
    asked.catch(() => this.discovered.delete(apiVersion));
    return asked;
  }

  private async discover(apiVersion: string): Promise<ReadonlyMap<string, Kind>> {
    try {
      const list = await this.request("GET", groupPath(apiVersion));
      const resources = (list["resources"] ?? []) as unknown as { kind: string; name: string; namespaced: boolean }[];
      return new Map(
        resources
          .filter(({ name }) => !name.includes("/"))
          .map(({ kind, name, namespaced }) => [kind, { plural: name, namespaced }]),
      );
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return new Map();
      throw error;
    }
  }

  private async send(method: string, path: string, options: RequestOptions): Promise<http.IncomingMessage> {
    const url = new URL(this.access.server + path);
    for (const [name, value] of Object.entries(options.query ?? {})) url.searchParams.append(name, value);
    const authorization = await this.access.authorization();
    const headers = {
      accept: "application/json",
      "user-agent": this.userAgent,
      ...(authorization && { authorization }),
      ...(options.body !== undefined && {
        "content-type": options.contentType ?? "application/json",
        "content-length": String(Buffer.byteLength(options.body)),
      }),
    };
    return await new Promise((resolve, reject) => {
      const client = url.protocol === "https:" ? https : http;
      const signal = options.timeout
        ? AbortSignal.any([this.signal, AbortSignal.timeout(options.timeout)])
        : this.signal;
      const request = client.request(url, { method, headers, agent: this.agent, signal }, resolve);
      request.on("error", (error) =>
        reject(
          signal.aborted && !this.signal.aborted ? new Error(`${method} ${url.origin}: no answer in time`) : error,
        ),
      );
      request.end(options.body);
    });
  }
}

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: PlainMap;
}

/** Path of a group version, such as `/api/v1` or `/apis/apps/v1`. */
export function groupPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function apiError(code: number, text: string): ApiError {
  const status = parseStatus(text);
  const message = status["message"];
  const reason = status["reason"];
  return new ApiError(
    code,
    typeof reason === "string" ? reason : "",
    typeof message === "string" ? message : `the API server answered ${code}`,
  );
}

function parseStatus(text: string): PlainMap {
  try {
    const status = JSON.parse(text) as Plain;
    return typeof status === "object" && status !== null && !Array.isArray(status) ? status : {};
  } catch {
    return {};
  }
}
