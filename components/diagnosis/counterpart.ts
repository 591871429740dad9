/** Facts of a registration that distinguish log lines about the relay server from lines about other servers. All optional. */
export interface RelayContext {
  /** The relay server's address in the agent's values, host:port. */
  readonly serverAddress?: string | undefined;
  /** The name that the relay server's certificate must have. */
  readonly authority?: string | undefined;
  /** The Secret that the agent writes: it may be missing at first. Default `relay-client-tls-secret`. */
  readonly clientSecretName?: string | undefined;
  /** True when the client certificate exists, so that an agent may be connected. Default: false. */
  readonly certificatePresent?: boolean | undefined;
}

/** The server that a line of the agent's log is about. */
export type Counterpart = "relay" | "api-server" | "other";

/** Ports of other servers that an agent's pod connects to: metrics, Redis, external authentication, kubelet, istiod, health of Envoy. */
const neighbourPorts = new Set(["6379", "8083", "9091", "10250", "15010", "15012", "15014", "15017", "15020", "15021"]);

/** Messages of client-go and controller-runtime about their API server. */
const apiServer =
  /https:\/\/[^\s"]+\/apis?[/"?]|https:\/\/[^\s"]+\/(?:api|apis|version|readyz|healthz)\b|kubernetes\.default|leaderelection|reflector\.go|resource lock|server groups|failed to (?:list|watch) \*|\b(?:10|172|192)\.\d+\.0\.1:443\b/i;

/** Messages about other servers: HTTPS and proxy requests, sockets of the node, client-go's own limiter, the agent as a server. */
const others =
  /failed (?:calling|to call) webhook|failed to pull image|TLS handshake error from|\blisten tcp|\bdial unix\b|proxyconnect|client rate limiter|\b(?:Get|Post|Put|Head|Patch|Delete) \\?"?https?:\/\//;

/** The name that crypto/x509 expected in a certificate. */
const expectedName =
  /x509: certificate is (?:valid for .*, not |not valid for any names, but wanted to match )([\w-]+(?:\.[\w-]+)*)/;

/** Which server a line is about: judged by the address in the line, then by the messages of well-known clients. */
export function counterpartOf(line: string, subject: RelayContext): Counterpart {
  const relay = subject.serverAddress === undefined ? undefined : split(subject.serverAddress);
  const dialled = dialledBy(line);
  if (relay && dialled && isAt(dialled, relay)) return "relay";
  if (apiServer.test(line)) return "api-server";
  if (others.test(line)) return "other";
  if (dialled && (relay !== undefined || neighbourPorts.has(dialled.port))) return "other";
  const expected = expectedName.exec(line)?.[1];
  if (expected !== undefined && subject.authority !== undefined) {
    return expected === subject.authority || expected === relay?.host ? "relay" : "other";
  }
  return "relay";
}

interface Address {
  readonly host: string;
  readonly port: string;
}

/** The address in an error of Go's net package: the dialled one, or the name in a DNS lookup. */
function dialledBy(line: string): Address | undefined {
  const lookup = /\blookup ([\w.-]+?)\.?(?: on [\d.[\]a-f:]+)?:/.exec(line)?.[1];
  if (lookup !== undefined) return { host: lookup.toLowerCase(), port: "" };
  const dialled = /\b(?:dial|read|write) tcp:? (?:[\d.[\]a-f:]+->)?([\w.-]+|\[[\da-f:.]+\]):(\d+)/.exec(line);
  return dialled?.[1] === undefined ? undefined : { host: dialled[1].toLowerCase(), port: dialled[2] ?? "" };
}

/** For a relay server given by name, the error has the resolved IP address: then only the port can be compared. */
function isAt(dialled: Address, relay: Address): boolean {
  if (dialled.port === "") return dialled.host === relay.host;
  const isName = !/^[\d.]+$|^\[/.test(relay.host);
  return dialled.port === relay.port && (isName || dialled.host === relay.host);
}

function split(address: string): Address {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).toLowerCase().replace(/\.$/, ""), port: address.slice(colon + 1) };
}
