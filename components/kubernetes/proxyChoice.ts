import { BlockList, isIP } from "node:net";
import { withoutBrackets } from "../base/text";

/** A proxy, and how messages name it; its address may hold a password. */
export interface ProxyAddress {
  readonly url: URL;
  readonly name: string;
}

/** The proxy of a kubeconfig's `proxy-url`; undefined if it is none that client-go takes. */
export function givenProxy(address: string): ProxyAddress | undefined {
  const url = URL.parse(address);
  if (!url || !["http:", "https:", "socks5:"].includes(url.protocol) || url.hostname === "") return undefined;
  return { url, name: `${url.protocol}//${url.host}, proxy-url of the kubeconfig's cluster` };
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for a server, as Go reads it (golang.org/x/net/http/httpproxy); Node's own agents ignore it. Undefined for a
 * direct connection. Throws for an address that is none, naming only its variable.
 */
export function proxyFromEnvironment(server: URL, environment: Environment = process.env): ProxyAddress | undefined {
  const variable = server.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const address = either(environment, variable);
  if (address === "" || isExcepted(server, either(environment, "NO_PROXY"))) return undefined;
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(address);
  const url = URL.parse(isUrl ? address : `http://${address}`);
  if (!url || !["http:", "https:", "socks5:", "socks5h:"].includes(url.protocol)) {
    throw new Error(`${variable} of the environment is no address of a proxy`);
  }
  return { url, name: `${url.protocol}//${url.host}, ${variable} of the environment` };
}

/** Upper case comes first. */
function either(environment: Environment, name: string): string {
  return environment[name] || environment[name.toLowerCase()] || "";
}

/** Whether NO_PROXY excepts a server: `*`, addresses, CIDR blocks, names with all below them, `.name` for only those below, each with a port or without. */
function isExcepted(server: URL, exceptions: string): boolean {
  const host = withoutBrackets(server.hostname.toLowerCase()).replace(/\.$/, "");
  const port = server.port || (server.protocol === "https:" ? "443" : "80");
  if (host === "localhost" || isLoopback(host)) return true;
  return exceptions
    .split(",")
    .map((exception) => exception.trim().toLowerCase())
    .filter(Boolean)
    .some((exception) => exception === "*" || isInBlock(host, exception) || isNamed(host, port, exception));
}

function isNamed(host: string, port: string, exception: string): boolean {
  const [, name = "", only] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(exception) ?? [];
  if (only !== undefined && only !== port) return false;
  const wanted = withoutBrackets(name).replace(/^\*\./, ".");
  if (wanted === "") return false;
  if (isIP(wanted) !== 0 || isIP(host) !== 0) return sameAddress(host, wanted);
  return wanted.startsWith(".") ? host.endsWith(wanted) : host === wanted || host.endsWith(`.${wanted}`);
}

function isInBlock(host: string, exception: string): boolean {
  const [, network = "", bits = ""] = /^(.*)\/(\d{1,3})$/.exec(exception) ?? [];
  const [ours, theirs] = [family(host), family(network)];
  if (ours === undefined || ours !== theirs || Number(bits) > (ours === "ipv4" ? 32 : 128)) return false;
  const block = new BlockList();
  block.addSubnet(network, Number(bits), ours);
  return block.check(host, ours);
}

function sameAddress(one: string, other: string): boolean {
  return isInBlock(one, `${other}/${isIP(other) === 4 ? 32 : 128}`);
}

function isLoopback(host: string): boolean {
  return isInBlock(host, "127.0.0.0/8") || isInBlock(host, "::1/128");
}

function family(address: string): "ipv4" | "ipv6" | undefined {
  return ({ 4: "ipv4", 6: "ipv6" } as const)[isIP(address) as 4 | 6];
}
