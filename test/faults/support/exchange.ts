import { once } from "node:events";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import type { ProxiedRequest } from "./proxiedRequest";

/** One request at a proxy and the ways to go on with it. */
export class Exchange {
  constructor(
    readonly request: ProxiedRequest,
    private readonly response: ServerResponse,
    /** Passes the request on; resolves when the head of the answer is there. @throws when the API server cannot be reached */
    readonly forward: () => Promise<IncomingMessage>,
    /** Ends the connection as a machine does that knows nothing of it. */
    readonly reset: () => void,
  ) {}

  /** Passes an answer of the API server to the client, as it comes; one that breaks off, or has broken off already, breaks off there, too. */
  pass(answer: IncomingMessage): void {
    this.begin(answer);
    pipeline(answer, this.response, () => undefined);
  }

  /** Passes the head of an answer, and nothing after that: neither content nor an end. */
  passHead(answer: IncomingMessage): void {
    this.begin(answer);
    answer.resume();
  }

  /** Passes the head and the first bytes of an answer, and nothing after that: neither the rest nor an end. */
  async passBeginning(answer: IncomingMessage, bytes: number): Promise<void> {
    this.begin(answer);
    const [chunk] = (await once(answer, "data")) as [Buffer];
    answer.pause();
    this.response.write(chunk.subarray(0, bytes));
  }

  /** Answers in the API server's place, with a Status unless the body is a text. */
  answer(code: number, body: string | Readonly<Record<string, unknown>>, headers: OutgoingHttpHeaders = {}): void {
    const isText = typeof body === "string";
    const status = { kind: "Status", apiVersion: "v1", status: "Failure", code };
    this.response.writeHead(code, { "content-type": isText ? "text/plain" : "application/json", ...headers });
    this.response.end(isText ? body : JSON.stringify({ ...status, ...body }));
  }

  /** Resolves when the client has gone away. */
  async abandoned(): Promise<void> {
    if (!this.response.destroyed) await once(this.response, "close");
  }

  private begin(answer: IncomingMessage): void {
    this.response.writeHead(answer.statusCode ?? 502, answer.headers);
    this.response.flushHeaders();
  }
}
