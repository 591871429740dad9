import type { IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { unescape as decoded } from "node:querystring";
import { createInterface } from "node:readline";
import { text as readText } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { aborted } from "node:util";
import type { KubeConfig } from "@kubernetes/client-node";
import { rememberSecret } from "../base/knownSecrets";
import { RegistrationError } from "../base/problems";
import { type ClusterAccess, describeAccess } from "./access";
import { retryAfterSeconds } from "./answers";
import { type ConnectionFailure, connectionProblem, credentialProblem, notAnApiServer, refusal } from "./errors";

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
}

/**
 * The connection to one API server: the user's credentials, requests with time limits, and a problem with its code for each failure.
 *
 * @kubernetes/client-node handles kubeconfig, credential plugins and proxies. Its generated API is not used, because it
 * neither limits a request nor distinguishes a name that does not resolve from a refused connection.
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

  private readonly server: string;

  protected constructor(
    private readonly config: KubeConfig,
    access: ClusterAccess,
    private readonly credentialSeconds: number,
    private readonly userAgent: string,
  ) {
    this.where = describeAccess(access);
    this.access = { ...access, context: config.getCurrentContext() };
    this.server = config.getCurrentCluster()?.server ?? "";
    rememberCredentialsIn(this.server);
  }

  /** Sends a request and reads its answer; repeats it within the time limit while the API server is too busy. */
  protected async exchange(method: string, path: string, settings: RequestSettings): Promise<string> {
    const options = await this.authorise(settings.signal);
    const limit = settings.timeoutSeconds ?? 10;
    const timeout = AbortSignal.timeout(limit * 1000);
    const signal = AbortSignal.any([settings.signal ?? timeout, timeout]);
    const deadline = Date.now() + limit * 1000;
    try {
      for (;;) {
        const response = await this.send(method, path, options, settings, signal);
        const text = await readText(response);
        const busy = retryAfterSeconds(response);
        if (busy === undefined || Date.now() + busy * 1000 >= deadline) {
          this.noteClock(response.headers.date);
          const status = response.statusCode ?? 0;
          if (status < 200 || status > 299) throw refusal({ access: this.access, method, path }, status, text);
          return text;
        }
        await delay(busy * 1000, undefined, { signal });
      }
    } catch (error) {
      const noAnswer = { code: "ETIMEDOUT", message: `no answer within ${limit} s` };
      throw this.explain(error, settings.signal, timeout.aborted ? noAnswer : undefined);
    }
  }

  /** Sends a request and calls `onLine` with each line of the answer, until the API server ends the answer, or a signal aborts it. */
  protected async exchangeLines(
    path: string,
    onLine: (line: string) => void,
    signal: AbortSignal,
    limit: AbortSignal,
  ): Promise<void> {
    try {
      const options = await this.authorise(signal);
      const response = await this.send("GET", path, options, {}, AbortSignal.any([signal, limit]));
      const status = response.statusCode ?? 0;
      if (status !== 200) throw refusal({ access: this.access, method: "GET", path }, status, await readText(response));
      for await (const line of createInterface({ input: response })) onLine(line);
    } catch (error) {
      if (!signal.aborted && !limit.aborted) throw this.explain(error);
    }
  }

  /** Credentials for one request. A plugin that asks for a login would wait for ever, so it has its own time limit. */
  private async authorise(caller: AbortSignal | undefined): Promise<RequestOptions> {
    const limit = AbortSignal.timeout(this.credentialSeconds * 1000);
    const signal = AbortSignal.any([caller ?? limit, limit]);
    const options: RequestOptions = { headers: {} };
    const abortion = aborted(signal, options).then(() => Promise.reject(signal.reason));
    try {
      await Promise.race([abortion, this.config.applyToHTTPSOptions(options)]);
      rememberCredentials(options);
      return options;
    } catch (error) {
      if (caller?.aborted) throw caller.reason;
      throw error instanceof RegistrationError ? error : new RegistrationError(credentialProblem(this.access, error));
    }
  }

  private send(
    method: string,
    path: string,
    authorised: RequestOptions,
    { body, contentType = "application/json", accept = "application/json, */*" }: RequestSettings,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(authorised.headers as Record<string, string>),
      accept,
      "user-agent": this.userAgent,
      ...(payload && { "content-type": contentType, "content-length": Buffer.byteLength(payload) }),
    };
    const url = new URL(`${this.server.replace(/[?#].*$/s, "").replace(/\/+$/, "")}${path}`);
    return new Promise((resolve, reject) => {
      const outgoing = httpsRequest(url, { ...authorised, method, signal, headers }, resolve);
      outgoing.on("error", reject);
      outgoing.end(payload);
    });
  }

  private noteClock(date = ""): void {
    const reported = Date.parse(date);
    this.clock = new Date(Number.isNaN(reported) ? Date.now() : reported);
    this.clockSkewSeconds = Number.isNaN(reported) ? undefined : (reported - Date.now()) / 1000;
  }

  private explain(error: unknown, caller?: AbortSignal, timeout?: ConnectionFailure): unknown {
    if (error instanceof RegistrationError) return error;
    if (caller?.aborted) return caller.reason;
    const failure = timeout ?? (error as NodeJS.ErrnoException);
    return new RegistrationError(connectionProblem(this.access, this.server, failure));
  }

  /** The problem for an answer that no API server gives. */
  protected notAnApiServer(): RegistrationError {
    return new RegistrationError(notAnApiServer(this.access, this.server));
  }
}

/** An answer may echo the credentials of its request. */
function rememberCredentials({ headers, auth }: RequestOptions): void {
  const header = (headers as Record<string, unknown>)["Authorization"];
  const shown = typeof header === "string" ? header.replace(/^\w+ /, "") : "";
  const password = (auth ?? "").replace(/^[^:]*:/, "");
  for (const secret of [shown, password]) rememberSecret(secret);
}

function rememberCredentialsIn(address: string): void {
  const url = URL.parse(address);
  for (const secret of url ? [url.password || url.username, ...url.searchParams.values()] : []) {
    rememberSecret(secret);
    rememberSecret(decoded(secret));
  }
}
