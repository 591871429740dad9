import type { IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { RegistrationError } from "../base/problems";
import { type ClusterAccess, describeAccess, loadKubeConfig } from "./access";
import { pageOf, parseStatus, readAll } from "./answers";
import { limitCredentialPlugins } from "./credentialPlugin";
import { ApiError, answerProblem, connectionProblem, credentialProblem, hasStatus, notAnApiServer } from "./errors";
import type { KubernetesObject, ObjectList, SeenObject } from "./objects";
import { retryAfterSeconds } from "./retryAfter";

export interface RequestSettings {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default: `application/json`. */
  readonly contentType?: string;
  /** Form of the answer. Default: `application/json`. */
  readonly accept?: string;
  /** Limit of this request in seconds. Default 10. */
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ListSettings extends RequestSettings {
  /** Lists the first objects only, at most 500. Default: all. */
  readonly first?: number;
}

export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: T;
}

/**
 * A small client of one API server: requests by path, with a limit each, that can be aborted.
 *
 * Kubeconfig, credential plugins and proxies are @kubernetes/client-node's. Its generated API is not used, because it
 * neither bounds a request nor lets one tell a name that does not resolve from a refused connection.
 */
export class KubernetesClient {
  private answeredAt = new Date();
  private skewSeconds: number | undefined;

  /** How messages name this cluster. */
  readonly where: string;

  /** How commands in messages reach this cluster: its context by name, also where it is the current one, which the user may change. */
  readonly access: ClusterAccess;

  private constructor(
    private readonly config: KubeConfig,
    access: ClusterAccess,
    private readonly credentialSeconds: number,
  ) {
    this.where = describeAccess(access);
    this.access = { ...access, context: config.getCurrentContext() };
  }

  /**
   * Reads the kubeconfig; does not connect. A credential plugin of it may take `credentialSeconds` (default 60).
   * Throws GMR101, GMR102, GMR103.
   */
  static async open(access: ClusterAccess, credentialSeconds = 60): Promise<KubernetesClient> {
    const config = await loadKubeConfig(access);
    limitCredentialPlugins(config, credentialSeconds);
    return new KubernetesClient(config, access, credentialSeconds);
  }

  /** The object at a path, or undefined when there is none. */
  async find<T>(path: string, settings?: RequestSettings): Promise<T | undefined> {
    try {
      return await this.request<T>("GET", path, settings);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404 && error.kindKnown) return undefined;
      throw error;
    }
  }

  /**
   * All objects of a collection, page by page. A list whose continuation has expired (410) begins again, once. Throws GMR117 where the answer is
   * no list.
   */
  async list<T extends KubernetesObject = KubernetesObject>(
    path: string,
    { first, ...settings }: ListSettings = {},
  ): Promise<ObjectList<T>> {
    const target = `${path}${path.includes("?") ? "&" : "?"}limit=${first ?? pageSize}`;
    for (let isAgain = false; ; isAgain = true) {
      const items: T[] = [];
      let next = "";
      try {
        for (;;) {
          const continuation = next === "" ? "" : `&continue=${encodeURIComponent(next)}`;
          const page = pageOf<T>(await this.request("GET", `${target}${continuation}`, settings));
          if (!page) throw new RegistrationError(notAnApiServer(this.where, this.server()));
          items.push(...page.items);
          next = page.next;
          if (next === "" || first !== undefined) return { items, resourceVersion: page.resourceVersion };
        }
      } catch (error) {
        if (isAgain || next === "" || !hasStatus(error, 410)) throw error;
      }
    }
  }

  /**
   * Deletes the object that was looked at and no other. True when it is gone; false when it has been changed or exchanged since, by what is
   * known of it.
   */
  async remove(path: string, { uid, resourceVersion }: SeenObject, settings?: RequestSettings): Promise<boolean> {
    const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid, resourceVersion } };
    try {
      await this.request("DELETE", path, { ...settings, body });
    } catch (error) {
      if (hasStatus(error, 409)) return false;
      if (!hasStatus(error, 404)) throw error;
    }
    return true;
  }

  /**
   * One request; an API server that is too busy is asked again, within the limit. Throws {@link ApiError} for 404, 409, 410 and 422, which
   * callers handle, and a RegistrationError otherwise.
   */
  async request<T>(method: string, path: string, settings: RequestSettings = {}): Promise<T> {
    const text = await this.exchange(method, path, settings);
    return (text === "" ? undefined : this.parse(text)) as T;
  }

  /** The answer as it is: logs and metrics. */
  readText(path: string, settings: RequestSettings = {}): Promise<string> {
    return this.exchange("GET", path, settings);
  }

  private async exchange(method: string, path: string, settings: RequestSettings): Promise<string> {
    const options = await this.authorise(settings.signal);
    const limit = settings.timeoutSeconds ?? 10;
    const timeout = AbortSignal.timeout(limit * 1000);
    const signal = settings.signal ? AbortSignal.any([settings.signal, timeout]) : timeout;
    const deadline = Date.now() + limit * 1000;
    try {
      const ask = () => this.send(method, path, options, settings, signal);
      let response = await ask();
      let text = await readAll(response);
      for (let busy = retryAfterSeconds(response); busy !== undefined; busy = retryAfterSeconds(response)) {
        if (Date.now() + busy * 1000 >= deadline) break;
        await delay(busy * 1000, undefined, { signal });
        response = await ask();
        text = await readAll(response);
      }
      const status = response.statusCode ?? 0;
      this.noteClock(response.headers.date);
      if (status < 200 || status > 299) throw this.refusal(method, path, status, text);
      return text;
    } catch (error) {
      throw this.explain(error, timeout, limit, settings.signal);
    }
  }

  /**
   * Delivers the events of a watch until the API server closes it, the signal aborts (no error), or it breaks (error).
   * `path` carries the selectors; `resourceVersion` is where a list left off.
   */
  async watch<T>(
    path: string,
    resourceVersion: string,
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const separator = path.includes("?") ? "&" : "?";
    const target = `${path}${separator}watch=true&allowWatchBookmarks=true&timeoutSeconds=${watchSeconds}&resourceVersion=${resourceVersion}`;
    // A connection that died without a word (a NAT that forgot it) would never end; the API server ends a live one before.
    const silence = AbortSignal.timeout((watchSeconds + 5) * 1000);
    try {
      const options = await this.authorise(signal);
      const response = await this.send("GET", target, options, {}, AbortSignal.any([signal, silence]));
      const status = response.statusCode ?? 0;
      if (status !== 200) throw this.refusal("GET", target, status, await readAll(response));
      for await (const line of createInterface({ input: response })) {
        if (line !== "") onEvent(this.parse(line) as WatchEvent<T>);
      }
    } catch (error) {
      if (signal.aborted || silence.aborted) return;
      throw this.explain(error, undefined, 0, signal);
    }
  }

  /** The API server's clock at its last answer, to the second. */
  get clock(): Date {
    return this.answeredAt;
  }

  /**
   * Seconds by which the API server's clock was ahead of this machine's at its last answer; negative when it was behind, undefined while no
   * answer has told a time. Good to a few seconds: the header counts whole ones, and an answer takes its time.
   */
  get clockSkewSeconds(): number | undefined {
    return this.skewSeconds;
  }

  private noteClock(date: string | undefined): void {
    const told = new Date(date ?? Number.NaN);
    const isTold = !Number.isNaN(told.getTime());
    this.answeredAt = isTold ? told : new Date();
    this.skewSeconds = isTold ? (told.getTime() - Date.now()) / 1000 : undefined;
  }

  /** Credentials for one request. A plugin that asks somebody to log in would wait for ever, so it has a limit of its own. */
  private async authorise(signal: AbortSignal | undefined): Promise<RequestOptions> {
    const limit = AbortSignal.timeout(this.credentialSeconds * 1000);
    const options: RequestOptions = { headers: {} };
    try {
      await unlessAborted(this.config.applyToHTTPSOptions(options), signal ? AbortSignal.any([signal, limit]) : limit);
      return options;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof RegistrationError) throw error;
      throw new RegistrationError(credentialProblem(this.where, error));
    }
  }

  private send(
    method: string,
    path: string,
    authorised: RequestOptions,
    settings: RequestSettings,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const cluster = this.config.getCurrentCluster();
    const url = new URL(`${cluster?.server.replace(/\/+$/, "")}${path}`);
    const payload = settings.body === undefined ? undefined : JSON.stringify(settings.body);
    const headers = {
      ...(authorised.headers as Record<string, string>),
      accept: settings.accept ?? "application/json, */*",
      "user-agent": "gloo-mesh-relay-registration",
      ...(payload === undefined
        ? {}
        : {
            "content-type": settings.contentType ?? "application/json",
            "content-length": Buffer.byteLength(payload),
          }),
    };
    const options = { ...authorised, method, signal, headers };
    return new Promise((resolve, reject) => {
      const outgoing = httpsRequest(url, options, resolve);
      outgoing.on("error", reject);
      outgoing.end(payload);
    });
  }

  private parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw new RegistrationError(notAnApiServer(this.where, this.server()));
    }
  }

  private refusal(method: string, path: string, status: number, text: string): Error {
    const answer = parseStatus(text);
    if ([404, 409, 410, 422].includes(status)) {
      const request = { where: this.where, method, path };
      return new ApiError(request, status, answer.message, answer.namesObject);
    }
    return new RegistrationError(answerProblem(this.where, method, path, status, answer.message));
  }

  private explain(error: unknown, timeout: AbortSignal | undefined, limit: number, caller?: AbortSignal): unknown {
    if (error instanceof ApiError || error instanceof RegistrationError) return error;
    if (caller?.aborted) return caller.reason;
    if (timeout?.aborted) {
      return new RegistrationError(
        connectionProblem(this.where, this.server(), { code: "ETIMEDOUT", message: `no answer within ${limit} s` }),
      );
    }
    return new RegistrationError(connectionProblem(this.where, this.server(), error as NodeJS.ErrnoException));
  }

  private server(): string {
    return this.config.getCurrentCluster()?.server ?? "";
  }
}

/**
 * Seconds after which the API server ends a watch; whoever watches then reads again. As short as that because a connection that has died
 * unnoticed delivers nothing, and looks like one on which nothing happens.
 */
const watchSeconds = 15;

/** Objects in one answer, as kubectl asks for them. */
const pageSize = 500;

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
