import { isIPv6 } from "node:net";

/** `host:port`; an IPv6 address goes into brackets, since its own colons would hide the port. */
export function joinHostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
