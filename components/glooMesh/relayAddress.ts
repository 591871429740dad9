import { isIPv4, isIPv6 } from "node:net";

/**
 * The fault of a relay server address; undefined for a good one: `host:port` with a DNS name, an IPv4 address or an IPv6 address in brackets,
 * and a port from 1 to 65535. The agent dials it unchanged, so it would take a scheme for a host, and an empty host (":9900", from a load
 * balancer without an address) for its own pod.
 */
export function relayAddressFault(address: string): string | undefined {
  if (address.trim() === "") return "it is empty";
  if (address !== address.trim() || /\s/.test(address)) return "it holds white space";
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) return "it starts with a scheme; give host:port alone";
  if (address.includes("/")) return "it holds a path; give host:port alone";

  if (isIPv6(address)) return "an IPv6 address needs brackets and a port: [address]:port";
  const split = /^(?:\[(?<ipv6>[^\]]*)\]|(?<host>[^:[\]]*))(?::(?<port>.*))?$/.exec(address)?.groups;
  if (!split) return "it is not host:port";
  const { ipv6, host, port } = split;
  if (ipv6 !== undefined && !isIPv6(ipv6)) return `[${ipv6}] is not an IPv6 address`;
  if (ipv6 === undefined && host === "") return "the host is empty; has the load balancer an address yet?";
  if (ipv6 === undefined && host !== undefined && !isHost(host))
    return `"${host}" is neither a DNS name nor an IPv4 address`;
  if (port === undefined) return "the port is missing";
  if (!/^[0-9]{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535) {
    return `"${port}" is not a port from 1 to 65535`;
  }
  return undefined;
}

function isHost(host: string): boolean {
  if (isIPv4(host)) return true;
  // A name of digits and dots alone is a mistyped IPv4 address.
  if (/^[0-9.]+$/.test(host)) return false;
  return isHostName(host);
}

/** A name for a resolver: a DNS name, also with the final dot that keeps search domains out. Resolvers take underscores, too. */
export function isHostName(host: string): boolean {
  return isDnsName(host.replace(/\.$/, "").replaceAll("_", "x")) && host !== "";
}

/** A DNS name: labels of letters, digits and hyphens, at most 253 characters. */
export function isDnsName(name: string): boolean {
  return name.length <= 253 && name.split(".").every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
}
