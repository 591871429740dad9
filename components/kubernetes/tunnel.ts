import { once } from "node:events";
import { request } from "node:http";
import { connect, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { withoutBrackets } from "../base/text";
import type { ProxyAddress } from "./proxyChoice";

/** A proxy that cannot be reached, or does not connect. Its message is the cause. */
export class ProxyFailure extends Error {
  constructor(
    readonly proxy: ProxyAddress,
    cause: string,
    /** The proxy answered, and it is the API server that it could not reach. */
    readonly isBeyond = false,
  ) {
    super(cause);
  }
}

/**
 * Connects to a host through a proxy, which resolves the host's name. TLS to the proxy itself uses the settings for the API server, as Go does.
 * Throws {@link ProxyFailure}.
 */
export async function tunnel(
  proxy: ProxyAddress,
  host: string,
  port: number,
  tls: ConnectionOptions,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  const socket = await reachProxy(proxy, tls, signal);
  const cut = () => socket.destroy(signal?.reason);
  signal?.addEventListener("abort", cut, { once: true });
  try {
    return await (proxy.url.protocol.startsWith("socks5")
      ? connectBySocks(socket, proxy, host, port)
      : connectByHttp(socket, proxy, host, port));
  } catch (error) {
    socket.destroy();
    throw error instanceof ProxyFailure || signal?.aborted ? error : new ProxyFailure(proxy, wordsOf(error));
  } finally {
    signal?.removeEventListener("abort", cut);
  }
}

const defaultPorts: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** Connects to the proxy itself. Throws {@link ProxyFailure}. */
export async function reachProxy(
  proxy: ProxyAddress,
  tls: ConnectionOptions,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  const { protocol, hostname, port } = proxy.url;
  const place = { host: withoutBrackets(hostname), port: Number(port) || (defaultPorts[protocol] ?? 1080) };
  const isSecure = protocol === "https:";
  const servername = tls.servername || (isIP(place.host) ? "" : place.host);
  const socket = isSecure ? connectTls({ ...tls, ...place, servername }) : connect(place);
  try {
    await once(socket, isSecure ? "secureConnect" : "connect", { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw signal?.aborted ? signal.reason : new ProxyFailure(proxy, `the proxy cannot be reached: ${wordsOf(error)}`);
  }
}

async function connectByHttp(socket: Socket, proxy: ProxyAddress, host: string, port: number): Promise<Socket> {
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const asking = request({
    createConnection: () => socket,
    method: "CONNECT",
    path: authority,
    headers: { host: authority, ...proxyLogin(proxy) },
  });
  const answered = Promise.race([once(asking, "connect"), once(asking, "response")]);
  asking.end();
  const [{ statusCode }] = await answered;
  if (statusCode === 200) return socket;
  throw proxyRefusal(proxy, statusCode);
}

/** The header by which an HTTP proxy knows its user. */
export function proxyLogin(proxy: ProxyAddress): Readonly<Record<string, string>> {
  const { user, password } = loginOf(proxy);
  if (user === "" && password === "") return {};
  return { "proxy-authorization": `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
}

/** The failure for the status with which an HTTP proxy answers in place of the API server. */
export function proxyRefusal(proxy: ProxyAddress, status: number): ProxyFailure {
  const cause = status === 407 ? "it wants a user and a password" : "it does not connect to the API server";
  return new ProxyFailure(proxy, `the proxy answered ${status}: ${cause}`, [502, 503, 504].includes(status));
}

/** RFC 1928 and 1929. */
async function connectBySocks(socket: Socket, proxy: ProxyAddress, host: string, port: number): Promise<Socket> {
  const { user, password } = loginOf(proxy);
  const withLogin = user !== "" || password !== "";
  socket.write(Buffer.from(withLogin ? [5, 2, 0, 2] : [5, 1, 0]));
  const [version, method] = await take(socket, 2);
  if (version !== 5) throw new ProxyFailure(proxy, "what answers is no SOCKS5 proxy");
  if (method === 2) {
    socket.write(Buffer.concat([Buffer.from([1]), sized(user), sized(password)]));
    if ((await take(socket, 2))[1] !== 0) throw new ProxyFailure(proxy, "the proxy rejects the user or the password");
  } else if (method !== 0) throw new ProxyFailure(proxy, "the proxy wants a user and a password");
  socket.write(Buffer.concat([Buffer.from([5, 1, 0]), addressOf(host), Buffer.from([port >> 8, port & 255])]));
  const [, reply = 1, , kind, length = 0] = await take(socket, 5);
  const refusal = socksRefusals[reply] ?? `the proxy answered ${reply}`;
  const isBeyond = reply >= 3 && reply <= 6;
  if (reply !== 0) throw new ProxyFailure(proxy, `${refusal}: it does not connect to the API server`, isBeyond);
  // The address that the proxy uses, of which a byte is already read, and its port.
  await take(socket, (kind === 1 ? 3 : kind === 4 ? 15 : length) + 2);
  return socket;
}

const socksRefusals: Readonly<Record<number, string>> = {
  2: "the proxy does not allow it",
  3: "the proxy cannot reach the network",
  4: "the proxy cannot reach or resolve the host",
  5: "the proxy found the connection refused",
  6: "the proxy got no answer",
};

function addressOf(host: string): Buffer {
  if (isIP(host) === 4) return Buffer.from([1, ...host.split(".").map(Number)]);
  if (isIP(host) !== 6) return Buffer.concat([Buffer.from([3]), sized(host)]);
  const words = new URL(`http://[${host}]`).hostname.slice(1, -1).split("::");
  const [start = [], end = []] = words.map((part) => part.split(":").filter(Boolean));
  const all = [...start, ...Array<string>(words.length === 1 ? 0 : 8 - start.length - end.length).fill("0"), ...end];
  return Buffer.concat([Buffer.from([4]), Buffer.from(all.map((word) => word.padStart(4, "0")).join(""), "hex")]);
}

function sized(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

/** The next bytes; what follows them stays in the socket. */
async function take(socket: Socket, size: number): Promise<Buffer> {
  for (;;) {
    const bytes = socket.read(size) as Buffer | null;
    if (bytes?.length === size) return bytes;
    if (socket.readableEnded || socket.destroyed || bytes !== null) throw new Error("it closed the connection");
    await Promise.race([once(socket, "readable"), once(socket, "end"), once(socket, "close")]);
  }
}

function loginOf({ url }: ProxyAddress): { user: string; password: string } {
  return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
}

function wordsOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : "error");
}
