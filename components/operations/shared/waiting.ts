import { type Problem, problemsOf } from "../../base/problems";
import type { KubernetesClient, WatchEvent } from "../../kubernetes/client";
import { ApiError, hasStatus } from "../../kubernetes/errors";
import type { KubernetesObject } from "../../kubernetes/objects";
import { pause } from "./report";

/**
 * Watches one object until `decide` returns a value, and returns it. A watch that breaks, or whose resource version is too old, starts again with a
 * list. Connection problems are waited out, refusals (401, 403) are not. Throws the signal's reason when it aborts.
 *
 * @param onTrouble gets each problem that is waited out, and undefined as soon as the API server answers again
 */
export async function followUntil<T extends KubernetesObject, R>(
  client: KubernetesClient,
  collection: string,
  name: string,
  decide: (object: T | undefined) => R | undefined,
  signal: AbortSignal,
  onTrouble: (problem: Problem | undefined) => void = () => undefined,
): Promise<R> {
  const path = `${collection}?fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`;
  for (let delay = 0.5; ; delay = Math.min(delay * 2, 5)) {
    try {
      const list = await client.list<T>(path, { signal });
      onTrouble(undefined);
      const decided = decide(list.items[0]);
      if (decided !== undefined) return decided;
      const started = Date.now();
      const seen = await followEvents(client, path, list.resourceVersion, decide, signal);
      if (seen.decided !== undefined) return seen.decided;
      // After a watch that worked the next one starts soon: an event between the two would be seen late.
      if (seen.events > 0 || Date.now() - started > 5000) delay = 0.25;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      onTrouble(passingProblem(error));
    }
    await pause(delay, signal);
  }
}

/**
 * Repeats a request until the API server answers, so the request must be idempotent: for the objects that a wait reads and removes beside the one
 * that it watches. Treats problems and refusals like {@link followUntil}, and keeps the current problem in `wait.trouble`.
 */
export async function untilAnswered<T>(
  ask: () => Promise<T>,
  wait: { readonly signal: AbortSignal; trouble: Problem | undefined },
): Promise<T> {
  for (;;) {
    try {
      const answer = await ask();
      wait.trouble = undefined;
      return answer;
    } catch (error) {
      if (wait.signal.aborted) throw wait.signal.reason;
      wait.trouble = passingProblem(error);
    }
    await pause(1, wait.signal);
  }
}

async function followEvents<T extends KubernetesObject, R>(
  client: KubernetesClient,
  path: string,
  resourceVersion: string,
  decide: (object: T | undefined) => R | undefined,
  signal: AbortSignal,
): Promise<{ decided?: R; events: number }> {
  const enough = new AbortController();
  let events = 0;
  let decided: R | undefined;
  const onEvent = (event: WatchEvent<T>) => {
    events += 1;
    if (event.type === "BOOKMARK" || decided !== undefined) return;
    if (event.type === "ERROR") return enough.abort();
    decided = decide(event.type === "DELETED" ? undefined : event.object);
    if (decided !== undefined) enough.abort();
  };
  await client.watch<T>(path, resourceVersion, onEvent, AbortSignal.any([signal, enough.signal]));
  if (decided === undefined && signal.aborted) throw signal.reason;
  return decided === undefined ? { events } : { decided, events };
}

const refusals = new Set(["GMR101", "GMR102", "GMR103", "GMR104", "GMR114", "GMR115", "GMR116"]);

/** The problem of an error that may pass; undefined for an expired watch, which is no trouble. Throws any other error. */
function passingProblem(error: unknown): Problem | undefined {
  if (hasStatus(error, 410)) return undefined;
  const problems = problemsOf(error);
  if (!problems || error instanceof ApiError || problems.some(({ code }) => refusals.has(code))) throw error;
  return problems[0];
}
