import * as dns from "node:dns";
import type { LookupFunction } from "node:net";

/**
 * Looks a name up, but asks nobody for one below `.invalid`: that never resolves (RFC 6761, 6.4), and a sandbox does not reach
 * beyond its machine.
 */
export const lookup: LookupFunction = (name, options, callback) => {
  if (!isReserved(name)) {
    dns.lookup(name, options, callback);
    return;
  }
  process.nextTick(() => callback(notFound(name), ""));
};

/** True for names that never resolve. */
export function isReserved(name: string): boolean {
  return /(?:^|\.)invalid\.?$/i.test(name);
}

function notFound(hostname: string): NodeJS.ErrnoException {
  const problem = { code: "ENOTFOUND", syscall: "getaddrinfo", hostname };
  return Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), problem);
}
