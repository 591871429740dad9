import { isIPv6 } from "node:net";

/** `host:port`; an IPv6 address is put in brackets, since its colons would hide the port. */
export function joinHostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
