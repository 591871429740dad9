import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { type Allowance, parseForeignJson } from "../base/foreignJson";
import { isMap, valueAt } from "../base/json";
import { beginningOf } from "../base/text";
import { objectIn } from "./objectShape";
import type { ObjectList } from "./objects";

// Answers of an API server. Whatever it sends, reading it ends, takes a limited share of the memory, and throws nothing but these errors.

/** An answer that takes more than its allowance. */
export class TooLarge extends Error {}

/** The bytes of an answer. Throws {@link TooLarge} as soon as there are more than allowed; the stream is destroyed then. */
export async function readBytes(stream: AsyncIterable<Buffer>, rest: Pick<Allowance, "bytes">): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    rest.bytes -= chunk.length;
    if (rest.bytes < 0) throw new TooLarge("the answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The lines of an answer that lasts, without their ends. Throws {@link TooLarge} for a line longer than `longest`, and beyond the allowance. */
export async function* readLines(
  stream: AsyncIterable<Buffer>,
  rest: Pick<Allowance, "bytes">,
  longest: number,
): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    rest.bytes -= chunk.length;
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      yield Buffer.concat([...begun, chunk.subarray(start, end)]);
      begun = [];
      length = 0;
      start = end + 1;
    }
    begun.push(chunk.subarray(start));
    length += chunk.length - start;
    if (rest.bytes < 0 || length > longest) throw new TooLarge("the answer is too large");
  }
  yield Buffer.concat(begun);
}

const newline = 0x0a;

/** Parses an answer. Throws a SyntaxError for what is no JSON in UTF-8, or takes more than its allowance. */
export function parseAnswer(bytes: Buffer, rest?: Allowance): unknown {
  if (!isUtf8(bytes)) throw new SyntaxError("the answer is not UTF-8");
  return parseForeignJson(bytes.toString("utf8"), rest);
}

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
export function parseStatus(text: string): { message: string; namesObject: boolean; isStatus: boolean } {
  try {
    const status = parseForeignJson(text);
    const isStatus = valueAt(status, "kind") === "Status";
    const namesObject = isStatus && valueAt(status, "details", "name") !== undefined;
    const message = valueAt(status, "message");
    return { message: typeof message === "string" ? beginningOf(message, longestMessage) : "", namesObject, isStatus };
  } catch {
    return { message: beginningOf(text, longestMessage).trim(), namesObject: false, isStatus: false };
  }
}

/** Long enough for a conflict that names several fields. */
const longestMessage = 1000;

/** One page of a list. */
interface ListPage<T> extends ObjectList<T> {
  /** Where the next page begins; empty on the last one. */
  readonly next: string;
}

/** Reads a page, or returns undefined if the answer is not a list. An empty PartialObjectMetadataList has `"items": null`. */
export function pageOf<T>(answer: unknown): ListPage<T> | undefined {
  if (!isMap(answer)) return undefined;
  const items = answer["items"] === null ? [] : answer["items"];
  if (!Array.isArray(items)) return undefined;
  const objects = items.flatMap((item) => objectIn<T>(item) ?? []);
  if (objects.length < items.length) return undefined;
  const metadata = isMap(answer["metadata"]) ? answer["metadata"] : {};
  const stringAt = (key: string) => (typeof metadata[key] === "string" ? metadata[key] : "");
  return { items: objects, resourceVersion: stringAt("resourceVersion"), next: stringAt("continue") };
}
