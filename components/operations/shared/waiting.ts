import { type Problem, problemsOf } from "../../base/problems";
import type { KubernetesClient, WatchEvent } from "../../kubernetes/client";
import { ApiError, hasStatus } from "../../kubernetes/errors";
import type { KubernetesObject, ObjectList } from "../../kubernetes/objects";
import { pause } from "./report";

/** What a wait needs, and what it learns. */
export interface Wait {
  readonly client: KubernetesClient;
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** The present problems with the API server; none while it answers. */
  readonly troubles: Troubles;
}

/** The present problems of loops that wait side by side: one that gets its answers does not clear the problem of another. */
export class Troubles {
  private readonly present = new Map<object, Problem>();

  /** Notes the present problem of a loop; undefined once it gets its answers, or ends. */
  note(loop: object, problem: Problem | undefined): void {
    this.present.delete(loop);
    if (problem) this.present.set(loop, problem);
  }

  /** The newest problem that is not over. */
  get newest(): Problem | undefined {
    return [...this.present.values()].at(-1);
  }
}

/**
 * Watches one object until `decide` returns a value, and returns it. A watch that breaks, or whose resource version is too old, starts again with a
 * list. Connection problems are waited out, refusals (401, 403) are not. Throws the signal's reason when it aborts.
 */
export async function followUntil<T extends KubernetesObject, R>(
  wait: Wait,
  collection: string,
  name: string,
  decide: (object: T | undefined) => R | undefined,
  /** The first list, if it has been read already. */
  seen?: ObjectList<T>,
): Promise<R> {
  const { client, signal } = wait;
  const loop = {};
  const path = selected(collection, name);
  let known = seen;
  for (let delay = 0.5; ; delay = Math.min(delay * 2, 5)) {
    try {
      const list = known ?? (await client.list<T>(path, { signal }));
      known = undefined;
      wait.troubles.note(loop, undefined);
      const decided = decide(list.items[0]);
      if (decided !== undefined) return decided;
      const started = Date.now();
      const seen = await followEvents(client, path, list.resourceVersion, decide, signal);
      if (seen.decided !== undefined) return seen.decided;
      // After a watch that worked the next one starts soon: an event between the two would be seen late.
      if (seen.events > 0 || Date.now() - started > 5000) delay = 0.25;
    } catch (error) {
      keepTrouble(wait, loop, error);
    }
    await pause(delay, signal);
  }
}

/** Lists one object, for a judgement and for a watch that begins where the list ended. */
export function listOne<T extends KubernetesObject>(
  { client, signal }: Wait,
  collection: string,
  name: string,
): Promise<ObjectList<T>> {
  return client.list<T>(selected(collection, name), { signal });
}

function selected(collection: string, name: string): string {
  return `${collection}?fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`;
}

/**
 * Repeats a request until the API server answers, so the request must be idempotent: for the objects that a wait reads and removes beside the one
 * that it watches. Treats problems and refusals like {@link followUntil}.
 */
export async function untilAnswered<T>(ask: () => Promise<T>, wait: Wait): Promise<T> {
  const loop = {};
  for (;;) {
    try {
      const answer = await ask();
      wait.troubles.note(loop, undefined);
      return answer;
    } catch (error) {
      keepTrouble(wait, loop, error);
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

const refusals = new Set(["GMR101", "GMR102", "GMR103", "GMR104", "GMR105", "GMR114", "GMR115", "GMR116"]);

/**
 * Keeps the problem of an error that may pass, none for an expired watch, which is no trouble; throws any other error, and the signal's reason once it
 * has aborted.
 */
function keepTrouble(wait: Wait, loop: object, error: unknown): void {
  if (wait.signal.aborted) throw wait.signal.reason;
  wait.troubles.note(loop, undefined);
  const problems = hasStatus(error, 410) ? [] : problemsOf(error);
  const isKept = error instanceof ApiError && !hasStatus(error, 410);
  if (!problems || isKept || problems.some(({ code }) => refusals.has(code))) throw error;
  wait.troubles.note(loop, problems[0]);
}
