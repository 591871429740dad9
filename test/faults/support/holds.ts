import { setTimeout as delay } from "node:timers/promises";
import type { ApiProxy } from "./apiProxy";
import { type ProxiedRequest, tellRequest } from "./proxiedRequest";

/** A moment of a run: before the n-th read or write reaches the API server, or after its answer came and before it is passed on. */
export interface Point {
  readonly kind: ProxiedRequest["kind"];
  readonly number: number;
  readonly moment: "before" | "after";
}

/** Holds a run at a point, until it is let go. */
export interface Hold {
  /** Resolves with the request when the run has reached the point. */
  readonly reached: Promise<string>;
  /** Lets the request go on; or forgets it, as befits a client that is dead. */
  release(how: "go on" | "forget"): void;
}

/**
 * Seconds for which the first to come may wait for the others. The component gives up a request after 10 s, and the moment would be
 * another one.
 */
const patienceSeconds = 7;

/** Resolves with the requests that are held when all are, or when the first to come can wait no longer; undefined for one that is not. */
export async function reachedTogether(holds: readonly Hold[]): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = holds.map(() => undefined);
  const all = holds.map(async ({ reached }, index) => {
    found[index] = await reached;
  });
  await Promise.race(all);
  const clock = new AbortController();
  const patience = delay(patienceSeconds * 1000, undefined, { signal: clock.signal }).catch(() => undefined);
  await Promise.race([Promise.all(all), patience]);
  clock.abort();
  return [...found];
}

/** @param counts which requests are counted; default: all of this proxy */
export function holdAt(proxy: ApiProxy, point: Point, counts: (request: ProxiedRequest) => boolean = () => true): Hold {
  let reach: (request: string) => void = () => undefined;
  let letGo: (how: "go on" | "forget") => void = () => undefined;
  const reached = new Promise<string>((resolve) => {
    reach = resolve;
  });
  const released = new Promise<"go on" | "forget">((resolve) => {
    letGo = resolve;
  });
  let seen = 0;
  const former = proxy.treat;
  proxy.treat = (request) => {
    if (request.kind !== point.kind || !counts(request) || ++seen !== point.number) return former(request);
    return async (exchange) => {
      const answer = point.moment === "after" ? await exchange.forward() : undefined;
      reach(tellRequest(request));
      if ((await released) === "forget") return exchange.reset();
      exchange.pass(answer ?? (await exchange.forward()));
    };
  };
  return { reached, release: letGo };
}
