import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { aborted } from "node:util";
import { type Allowance, allowance } from "../base/foreignJson";
import { problemsOf, RegistrationError } from "../base/problems";
import { type ClusterAccess, describeAccess } from "./access";
import { parseStatus, readBytes, readLines, retryAfterSeconds, TooLarge } from "./answers";
import type { UserCredentials } from "./credentials";
import {
  type ApiRequest,
  type ConnectionFailure,
  connectionProblem,
  credentialProblem,
  notAnApiServer,
  proxyProblem,
  refusal,
  tooLarge,
} from "./errors";
import { rememberCredentials, rememberCredentialsIn } from "./rememberedCredentials";
import type { Transport } from "./transport";
import { ProxyFailure, proxyLogin, proxyRefusal } from "./tunnel";

export interface RequestSettings {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default: `application/json`. */
  readonly contentType?: string;
  /** Form of the answer. Default: `application/json`. */
  readonly accept?: string;
  /** Time limit of the request in seconds. Default 10. */
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal | undefined;
  /** A request other than GET that changes nothing. */
  readonly isRead?: boolean;
  /** What the answer may take; the requests of one question share it. */
  readonly allowed?: Allowance;
}

/**
 * The connection to one API server: the user's credentials, requests with time limits, and a problem with its code for each failure.
 */
export abstract class ApiConnection {
  /** How messages name this cluster. */
  readonly where: string;

  /** How commands in messages reach this cluster: its context by name, also where it is the current one, which the user may change. */
  readonly access: ClusterAccess;

  /** The API server's clock at its last answer, to the second. */
  clock = new Date();

  /**
   * Seconds by which the API server's clock was ahead of this machine's at its last answer; negative when it was behind, undefined if that answer
   * had no time. Exact to a few seconds: the header has whole seconds, and an answer takes time.
   */
  clockSkewSeconds: number | undefined;

  /** Address of the API server, without user, password and query. */
  readonly server: string;

  protected constructor(
    private readonly transport: Transport,
    access: ClusterAccess,
    private readonly credentialSeconds: number,
    private readonly userAgent: string,
  ) {
    this.where = describeAccess(access);
    this.access = { ...access, context: transport.context };
    // Without user, password and query, which may be secrets.
    this.server = `${transport.server.origin}${transport.server.pathname.replace(/\/+$/, "")}`;
    rememberCredentialsIn(transport.server);
    if (transport.proxy) rememberCredentialsIn(transport.proxy.url);
  }

  /** Sends a request and reads its answer; repeats it within the time limit while the API server is too busy. */
  protected exchange(method: string, path: string, settings: RequestSettings): Promise<Buffer> {
    return this.authorised(settings.signal, (credentials) => this.exchangeWith(credentials, method, path, settings));
  }

  private async exchangeWith(
    credentials: UserCredentials,
    method: string,
    path: string,
    settings: RequestSettings,
  ): Promise<Buffer> {
    const limit = settings.timeoutSeconds ?? 10;
    const timeout = AbortSignal.timeout(limit * 1000);
    const signal = AbortSignal.any([settings.signal ?? timeout, timeout]);
    const deadline = Date.now() + limit * 1000;
    const refused = (status: number, text: string) => this.refused({ access: this.access, method, path }, status, text);
    let busyAnswer: RegistrationError | ProxyFailure | undefined;
    try {
      for (;;) {
        const response = await this.send(method, path, credentials, settings, signal);
        const bytes = await readBytes(response, settings.allowed ?? allowance());
        const busy = retryAfterSeconds(response);
        if (busy === undefined || Date.now() + busy * 1000 >= deadline) {
          this.noteClock(response.headers.date);
          const status = response.statusCode ?? 0;
          if (status < 200 || status > 299) throw refused(status, bytes.toString());
          return bytes;
        }
        busyAnswer = refused(response.statusCode ?? 0, bytes.toString());
        await delay(busy * 1000, undefined, { signal });
      }
    } catch (error) {
      // A server that was too busy all the time did answer.
      if (timeout.aborted && busyAnswer) throw this.explain(busyAnswer);
      const noAnswer = { code: "ETIMEDOUT", message: `no answer within ${limit} s` };
      throw this.explain(error, settings.signal, timeout.aborted ? noAnswer : undefined);
    }
  }

  /**
   * Sends a request and yields each line of the answer, until the API server ends the answer, or a signal aborts it. A generator, since an error of
   * the code that takes a line is no problem of the connection.
   */
  protected async *exchangeLines(path: string, signal: AbortSignal, limit: AbortSignal): AsyncGenerator<Buffer> {
    try {
      const response = await this.authorised(signal, async (credentials) => {
        const response = await this.send("GET", path, credentials, {}, AbortSignal.any([signal, limit]));
        const status = response.statusCode ?? 0;
        if (status === 200) return response;
        const text = (await readBytes(response, allowance())).toString();
        throw this.refused({ access: this.access, method: "GET", path }, status, text);
      });
      yield* readLines(response, allowance(), longestEvent);
    } catch (error) {
      if (!signal.aborted && !limit.aborted) throw this.explain(error);
    }
  }

  /** Works with the user's credentials, and once again with others when the API server rejects what a plugin gave. */
  private async authorised<T>(
    caller: AbortSignal | undefined,
    work: (credentials: UserCredentials) => Promise<T>,
  ): Promise<T> {
    const credentials = await this.authorise(caller);
    try {
      return await work(credentials);
    } catch (error) {
      if (!credentials.plugin || !problemsOf(error)?.some(({ code }) => code === "GMR115")) throw error;
      await credentials.plugin.forget();
      return work(await this.authorise(caller));
    }
  }

  /** Credentials for one request. A plugin that asks for a login would wait for ever, so it has its own time limit. */
  private async authorise(caller: AbortSignal | undefined): Promise<UserCredentials> {
    const limit = AbortSignal.timeout(this.credentialSeconds * 1000);
    const signal = AbortSignal.any([caller ?? limit, limit]);
    const held = {};
    const abortion = aborted(signal, held).then(() => Promise.reject(signal.reason));
    try {
      const credentials = await Promise.race([abortion, this.transport.credentials()]);
      rememberCredentials(credentials);
      return credentials;
    } catch (error) {
      if (caller?.aborted) throw caller.reason;
      throw error instanceof RegistrationError ? error : new RegistrationError(credentialProblem(this.access, error));
    }
  }

  /** Sends a request; a read once more if the kept connection that it got had been closed meanwhile. A write could be made twice. */
  private async send(
    method: string,
    path: string,
    credentials: UserCredentials,
    settings: RequestSettings,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { connections } = this.transport;
    const isRead = method === "GET" || settings.isRead === true;
    if (!isRead) connections.prepareWrite();
    const first = await this.sendOnce(method, path, credentials, settings, signal);
    if (first.response) return first.response;
    if (!isRead || !first.isStale) throw first.error;
    connections.forget();
    const second = await this.sendOnce(method, path, credentials, settings, signal);
    if (second.response) return second.response;
    throw second.error;
  }

  private sendOnce(
    method: string,
    path: string,
    credentials: UserCredentials,
    { body, contentType = "application/json", accept = "application/json, */*" }: RequestSettings,
    signal: AbortSignal,
  ): Promise<Sent> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...credentials.headers,
      ...(this.transport.forwarding && proxyLogin(this.transport.forwarding)),
      accept,
      "user-agent": this.userAgent,
      ...(payload && { "content-type": contentType, "content-length": Buffer.byteLength(payload) }),
    };
    const url = new URL(`${this.server}${path}`);
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    return new Promise((resolve) => {
      const options = { ...this.transport.options(url, credentials, signal), method, signal, headers };
      const outgoing = send(url, options, (response) => resolve({ response }));
      outgoing.on("error", (error: NodeJS.ErrnoException) =>
        resolve({ error, isStale: outgoing.reusedSocket && ["ECONNRESET", "EPIPE"].includes(error.code ?? "") }),
      );
      outgoing.end(payload);
    });
  }

  /** The error for an answer that refuses a request: of the API server, or of a proxy that forwards requests to it. */
  private refused(request: ApiRequest, status: number, text: string): RegistrationError | ProxyFailure {
    const { forwarding } = this.transport;
    const isByProxy = forwarding && [407, 502, 503, 504].includes(status) && !parseStatus(text).isStatus;
    return isByProxy ? proxyRefusal(forwarding, status) : refusal(request, status, text);
  }

  private noteClock(date = ""): void {
    const reported = Date.parse(date);
    this.clock = new Date(Number.isNaN(reported) ? Date.now() : reported);
    this.clockSkewSeconds = Number.isNaN(reported) ? undefined : (reported - Date.now()) / 1000;
  }

  private explain(error: unknown, caller?: AbortSignal, timeout?: ConnectionFailure): unknown {
    if (error instanceof RegistrationError) return error;
    if (caller?.aborted) return caller.reason;
    if (error instanceof ProxyFailure)
      return new RegistrationError(proxyProblem(this.access, error.proxy.name, error.message), { cause: error });
    if (error instanceof TooLarge) return this.answerTooLarge();
    const failure = timeout ?? (error as NodeJS.ErrnoException);
    return new RegistrationError(connectionProblem(this.access, this.server, failure));
  }

  protected answerTooLarge(): RegistrationError {
    return new RegistrationError(tooLarge(this.access, this.server));
  }

  /** The problem for an answer that no API server gives. */
  protected notAnApiServer(): RegistrationError {
    return new RegistrationError(notAnApiServer(this.access, this.server));
  }
}

/** The outcome of sending a request. It is stale if the connection had served another request before, and ended without an answer. */
type Sent =
  | { readonly response: IncomingMessage; readonly error?: never }
  | { readonly response?: never; readonly error: unknown; readonly isStale: boolean };

/** An event of a watch holds one object, of which etcd stores 1.5 MiB. */
const longestEvent = 8 * 1024 * 1024;
