import type { IncomingMessage } from "node:http";
import { isMap } from "../base/json";
import type { ObjectList } from "./objects";

// Answers of an API server.

/**
 * Seconds after which to repeat a request that an API server was too busy to serve; undefined for every other answer. The server names them in the
 * header `Retry-After`, with 429 (priority and fairness) or 503 (while it starts or stops). client-go does the same (rest/with_retry.go).
 */
export function retryAfterSeconds(answer: Pick<IncomingMessage, "statusCode" | "headers">): number | undefined {
  const { statusCode, headers } = answer;
  const named = headers["retry-after"];
  if ((statusCode !== 429 && statusCode !== 503) || named === undefined || !/^\d{1,5}$/.test(named)) return undefined;
  return Math.max(1, Number(named));
}

/** Reads a Kubernetes `Status`; a proxy or load balancer may answer with anything else. */
export function parseStatus(text: string): { message: string; namesObject: boolean } {
  try {
    const status = JSON.parse(text) as { kind?: string; message?: unknown; details?: { name?: string } };
    const namesObject = status.kind === "Status" && status.details?.name !== undefined;
    return { message: typeof status.message === "string" ? status.message : "", namesObject };
  } catch {
    return { message: text.trim(), namesObject: false };
  }
}

/** One page of a list. */
interface ListPage<T> extends ObjectList<T> {
  /** Where the next page begins; empty on the last one. */
  readonly next: string;
}

/** Reads a page, or returns undefined if the answer is not a list. An empty PartialObjectMetadataList has `"items": null`. */
export function pageOf<T>(answer: unknown): ListPage<T> | undefined {
  if (!isMap(answer)) return undefined;
  const items = answer["items"] === null ? [] : answer["items"];
  if (!Array.isArray(items) || !items.every(isObject)) return undefined;
  const metadata = isMap(answer["metadata"]) ? answer["metadata"] : {};
  const stringAt = (key: string) => (typeof metadata[key] === "string" ? metadata[key] : "");
  return { items, resourceVersion: stringAt("resourceVersion"), next: stringAt("continue") };
}

function isObject(item: unknown): boolean {
  return isMap(item) && isMap(item["metadata"]) && typeof item["metadata"]["name"] === "string";
}
