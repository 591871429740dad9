import type { IncomingMessage } from "node:http";

/**
 * Seconds after which an API server wants to be asked again that was too busy to do what it was asked; undefined for every other answer. Such an
 * answer names them in the header `Retry-After`: 429 of its own fairness, 503 while it starts or stops (client-go, rest/with_retry.go, does the same).
 */
export function retryAfterSeconds({
  statusCode,
  headers,
}: Pick<IncomingMessage, "statusCode" | "headers">): number | undefined {
  const named = headers["retry-after"];
  if ((statusCode !== 429 && statusCode !== 503) || named === undefined || !/^\d{1,5}$/.test(named)) return undefined;
  return Math.max(1, Number(named));
}
