/** What is known of the registration, so that a line can be told to be about the relay or about something else. All optional. */
export interface RelayContext {
  /** The relay server's address as the agent was given it, host:port. */
  readonly serverAddress?: string | undefined;
  /** The name that the relay server's certificate must have. */
  readonly authority?: string | undefined;
  /** The Secret that the agent writes itself: that it is missing at first is no trouble. Default `relay-client-tls-secret`. */
  readonly clientSecretName?: string | undefined;
  /** True when the client certificate is there already, so that a connected agent is no riddle. Default: false. */
  readonly certificatePresent?: boolean | undefined;
}

/** Whom a line of the agent's log talks about. */
export type Counterpart = "relay" | "api-server" | "other";

/** Ports of neighbours that an agent's pod talks to: metrics, Redis, external authentication, kubelet, istiod, health of Envoy. */
const neighbourPorts = new Set(["6379", "8083", "9091", "10250", "15010", "15012", "15014", "15017", "15020", "15021"]);

/** What client-go and controller-runtime write when they talk to their API server. */
const apiServer =
  /https:\/\/[^\s"]+\/apis?[/"?]|https:\/\/[^\s"]+\/(?:api|apis|version|readyz|healthz)\b|kubernetes\.default|leaderelection|reflector\.go|resource lock|server groups|failed to (?:list|watch) \*|\b(?:10|172|192)\.\d+\.0\.1:443\b/i;

/** Calls over HTTPS and to proxies, sockets of the node, client-go's own limiter, and the agent as a server. */
const others =
  /failed (?:calling|to call) webhook|failed to pull image|TLS handshake error from|\blisten tcp|\bdial unix\b|proxyconnect|client rate limiter|\b(?:Get|Post|Put|Head|Patch|Delete) \\?"?https?:\/\//;

/** The name that crypto/x509 looked for in a certificate. */
const wantedName =
  /x509: certificate is (?:valid for .*, not |not valid for any names, but wanted to match )([\w-]+(?:\.[\w-]+)*)/;

/** Tells whom a line is about: by the address it names where that is known, and by the words of well-known clients. */
export function counterpartOf(line: string, subject: RelayContext): Counterpart {
  const relay = subject.serverAddress === undefined ? undefined : split(subject.serverAddress);
  const dialled = dialledBy(line);
  if (relay && dialled && isAt(dialled, relay)) return "relay";
  if (apiServer.test(line)) return "api-server";
  if (others.test(line)) return "other";
  if (dialled && (relay !== undefined || neighbourPorts.has(dialled.port))) return "other";
  const wanted = wantedName.exec(line)?.[1];
  if (wanted !== undefined && subject.authority !== undefined) {
    return wanted === subject.authority || wanted === relay?.host ? "relay" : "other";
  }
  return "relay";
}

interface Address {
  readonly host: string;
  readonly port: string;
}

/** The address that Go's net package names in an error: the one dialled, or the name looked up. */
function dialledBy(line: string): Address | undefined {
  const lookup = /\blookup ([\w.-]+?)\.?(?: on [\d.[\]a-f:]+)?:/.exec(line)?.[1];
  if (lookup !== undefined) return { host: lookup.toLowerCase(), port: "" };
  const dialled = /\b(?:dial|read|write) tcp:? (?:[\d.[\]a-f:]+->)?([\w.-]+|\[[\da-f:.]+\]):(\d+)/.exec(line);
  return dialled?.[1] === undefined ? undefined : { host: dialled[1].toLowerCase(), port: dialled[2] ?? "" };
}

/** A name is dialled by the address it resolves to, so then only the port can be compared. */
function isAt(dialled: Address, relay: Address): boolean {
  if (dialled.port === "") return dialled.host === relay.host;
  const named = !/^[\d.]+$|^\[/.test(relay.host);
  return dialled.port === relay.port && (named || dialled.host === relay.host);
}

function split(address: string): Address {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).toLowerCase().replace(/\.$/, ""), port: address.slice(colon + 1) };
}
