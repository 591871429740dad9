import type { IncomingMessage } from "node:http";

/**
 * Seconds after which to repeat a request that an API server was too busy to serve; undefined for every other answer. The server names them in the
 * header `Retry-After`, with 429 (priority and fairness) or 503 (while it starts or stops). client-go does the same (rest/with_retry.go).
 */
export function retryAfterSeconds({
  statusCode,
  headers,
}: Pick<IncomingMessage, "statusCode" | "headers">): number | undefined {
  const named = headers["retry-after"];
  if ((statusCode !== 429 && statusCode !== 503) || named === undefined || !/^\d{1,5}$/.test(named)) return undefined;
  return Math.max(1, Number(named));
}
