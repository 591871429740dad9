import type { World } from "../world";
import { clusterCase, type KubeconfigCase, refusedAs } from "./kubeconfigCase";

const remote = { server: "https://api.test" };
const through = (proxy: (w: World) => string) => (w: World) => ({ ...remote, "proxy-url": proxy(w) });
const withLogin = (address: string, login: string) => address.replace("//", `//${login}@`);
const fromEnvironment = (
  name: string,
  env: (w: World) => Record<string, string>,
  refused?: RegExp,
  server: object = remote,
): KubeconfigCase => clusterCase(name, () => server, { env, ...(refused && { refused }) });

/** A server without TLS: an HTTP proxy gets the request itself, with the whole address. The test's proxies refuse CONNECT to it. */
const plain = { server: "http://plain.test" };
const plainThrough = (name: string, proxy: (w: World) => string, refused?: RegExp) =>
  clusterCase(`a server without TLS behind ${name}`, (w) => ({ ...plain, "proxy-url": proxy(w) }), {
    ...(refused && { refused }),
  });
const plainCases: readonly KubeconfigCase[] = [
  plainThrough("proxy-url http", (w) => w.proxies.http),
  plainThrough(
    "proxy-url https, which the system's authorities judge",
    (w) => w.proxies.https,
    /^GMR106 .*cannot be reached: UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
  ),
  plainThrough("proxy-url socks5", (w) => w.proxies.socks),
  plainThrough("proxy-url http with a login", (w) => withLogin(w.proxies.httpWithLogin, "u:p%20w")),
  plainThrough(
    "proxy-url http without its login",
    (w) => w.proxies.httpWithLogin,
    /^GMR106 .*proxy-url of the kubeconfig's cluster — the proxy answered 407/,
  ),
  plainThrough("a proxy that answers 502", (w) => w.proxies.broken, /^GMR106 .*the proxy answered 502/),
  plainThrough("a proxy where nobody listens", () => "http://127.0.0.1:1", /^GMR106 .*cannot be reached: ECONNREFUSED/),
  clusterCase("a server without TLS, with a port and a path, behind proxy-url http", (w) => ({
    server: `http://127.0.0.1:${w.ports.plain}/k8s/clusters/c-1`,
    "proxy-url": w.proxies.http,
  })),
  fromEnvironment("HTTP_PROXY, and a server without TLS", (w) => ({ HTTP_PROXY: w.proxies.http }), undefined, plain),
  fromEnvironment("HTTPS_PROXY, and a server without TLS", (w) => ({ HTTPS_PROXY: w.proxies.http }), /^GMR111 /, plain),
];

export const proxyCases: readonly KubeconfigCase[] = [
  clusterCase(
    "proxy-url http",
    through((w) => w.proxies.http),
  ),
  clusterCase("proxy-url http, to an address", (w) => ({ "proxy-url": w.proxies.http })),
  clusterCase(
    "proxy-url https",
    through((w) => w.proxies.https),
  ),
  clusterCase(
    "proxy-url socks5",
    through((w) => w.proxies.socks),
  ),
  clusterCase("proxy-url socks5, to an address", (w) => ({ "proxy-url": w.proxies.socks })),
  clusterCase(
    "proxy-url socks5, and a certificate for another name",
    (w) => ({ server: `https://127.0.0.1:${w.ports.named}`, "proxy-url": w.proxies.socks }),
    refusedAs(/^GMR114 /),
  ),
  clusterCase("proxy-url socks5, and tls-server-name", (w) => ({
    server: `https://127.0.0.1:${w.ports.named}`,
    "proxy-url": w.proxies.socks,
    "tls-server-name": "api.test",
  })),
  clusterCase(
    "proxy-url socks5 with a login",
    through((w) => withLogin(w.proxies.socksWithLogin, "u:p%20w")),
  ),
  clusterCase(
    "proxy-url socks5 with a wrong login",
    through((w) => withLogin(w.proxies.socksWithLogin, "u:no")),
    refusedAs(
      /^GMR106 .*socks5:\/\/127\.0\.0\.1:\d+, proxy-url of the kubeconfig's cluster — the proxy rejects the user or the password/,
    ),
  ),
  clusterCase(
    "proxy-url socks5 without its login",
    through((w) => w.proxies.socksWithLogin),
    refusedAs(/^GMR106 .*the proxy wants a user and a password/),
  ),
  clusterCase(
    "proxy-url http with a login",
    through((w) => withLogin(w.proxies.httpWithLogin, "u:p%20w")),
  ),
  clusterCase(
    "proxy-url http without its login",
    through((w) => w.proxies.httpWithLogin),
    refusedAs(/^GMR106 .*answered 407/),
  ),
  clusterCase(
    "proxy-url to a proxy that answers 502",
    through((w) => w.proxies.broken),
    refusedAs(/^GMR106 .*answered 502/),
  ),
  clusterCase(
    "proxy-url where nobody listens",
    through(() => "http://127.0.0.1:1"),
    refusedAs(/^GMR106 .*cannot be reached: ECONNREFUSED/),
  ),
  clusterCase(
    "proxy-url socks5 where an HTTP proxy listens",
    through((w) => w.proxies.http.replace("http:", "socks5:")),
    refusedAs(/^GMR106 /),
  ),
  clusterCase(
    "proxy-url of another scheme",
    through(() => "socks4://127.0.0.1:1"),
    refusedAs(/^GMR105 .*proxy-url/),
  ),
  clusterCase(
    "proxy-url without a scheme",
    through((w) => w.proxies.http.slice(7)),
    refusedAs(/^GMR105 .*proxy-url/),
  ),
  ...plainCases,
  fromEnvironment("HTTPS_PROXY", (w) => ({ HTTPS_PROXY: w.proxies.http })),
  fromEnvironment("https_proxy", (w) => ({ https_proxy: w.proxies.http })),
  fromEnvironment("HTTPS_PROXY without a scheme", (w) => ({ HTTPS_PROXY: w.proxies.http.slice(7) })),
  fromEnvironment("HTTPS_PROXY with socks5", (w) => ({ HTTPS_PROXY: w.proxies.socks })),
  fromEnvironment(
    "HTTPS_PROXY that answers 407",
    (w) => ({ HTTPS_PROXY: w.proxies.httpWithLogin }),
    /^GMR106 .*HTTPS_PROXY of the environment — .*407/,
  ),
  fromEnvironment(
    "HTTPS_PROXY, and a server on this machine",
    () => ({ HTTPS_PROXY: "http://127.0.0.1:1" }),
    undefined,
    {},
  ),
  fromEnvironment(
    "HTTPS_PROXY, excepted by NO_PROXY",
    (w) => ({ HTTPS_PROXY: w.proxies.http, NO_PROXY: "other,.test" }),
    /^GMR111 /,
  ),
  fromEnvironment("HTTPS_PROXY, excepted by *", (w) => ({ HTTPS_PROXY: w.proxies.http, no_proxy: "*" }), /^GMR111 /),
  fromEnvironment("HTTPS_PROXY, not excepted", (w) => ({
    HTTPS_PROXY: w.proxies.http,
    NO_PROXY: "other, api.test:444,pi.test,10.0.0.0/8",
  })),
  {
    ...clusterCase(
      "proxy-url before NO_PROXY",
      through((w) => w.proxies.http),
    ),
    env: () => ({ NO_PROXY: "*" }),
  },
];
