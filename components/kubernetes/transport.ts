import { type ConnectionOptions, checkServerIdentity, getCACertificates } from "node:tls";
import { RegistrationError } from "../base/problems";
import { withoutBrackets } from "../base/text";
import type { ClusterAccess } from "./access";
import { authoritiesIn } from "./authorities";
import { credentialPlugin } from "./credentialPlugin";
import { contentOf, credentialsOf, type UserCredentials } from "./credentials";
import { unusableCluster } from "./errors";
import { type ConnectedOptions, type KeptConnections, keptConnections } from "./keptConnections";
import type { SelectedContext } from "./kubeconfigFile";
import { givenProxy, type ProxyAddress, proxyFromEnvironment } from "./proxyChoice";
import { reachProxy, tunnel } from "./tunnel";

/** How requests reach one API server, as client-go does it: trust, proxy and credentials. Throws GMR105 for a cluster entry that cannot be used. */
export class Transport {
  readonly context: string | undefined;
  readonly server: URL;
  readonly connections: KeptConnections;
  readonly proxy: ProxyAddress | undefined;
  private readonly authorities: string;

  constructor(
    private readonly selected: SelectedContext,
    access: ClusterAccess,
    private readonly pluginSeconds: number,
  ) {
    this.context = selected.context;
    const { cluster } = selected;
    const unusable = (cause: string) =>
      new RegistrationError(unusableCluster({ ...access, context: selected.context }, cause));
    // client-go takes an address without a scheme for one without TLS.
    const isUrl = /^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(cluster.server);
    const server = URL.parse(isUrl ? cluster.server : `http://${cluster.server}`);
    if (!server || !["http:", "https:"].includes(server.protocol))
      throw unusable("server is not an address with https or http");
    this.server = server;
    try {
      this.authorities = contentOf(cluster, "certificate-authority");
      this.proxy = cluster["proxy-url"] ? givenProxy(cluster["proxy-url"]) : proxyFromEnvironment(server);
    } catch (error) {
      throw unusable((error as Error).message);
    }
    const servername = cluster["tls-server-name"];
    this.connections = keptConnections({
      server,
      proxy: this.proxy?.url.href,
      servername,
      checkServerIdentity: (host, certificate) =>
        certificate.subjectaltname === undefined
          ? new Error("the certificate has no subject alternative name")
          : checkServerIdentity(servername || host, certificate),
    });
    // For a server without TLS client-go reads none of the fields for TLS.
    if (server.protocol === "http:" || this.authorities === "") return;
    if (cluster["insecure-skip-tls-verify"]) {
      throw unusable("insecure-skip-tls-verify is true although a certificate-authority is given");
    }
    if (authoritiesIn(this.authorities).length === 0)
      throw unusable("certificate-authority holds no certificate in PEM");
  }

  /** The credentials for a request. */
  credentials(): Promise<UserCredentials> {
    return credentialsOf(this.selected.user, this.server, (exec) =>
      credentialPlugin(exec, exec.provideClusterInfo ? this.clusterInfo() : undefined, this.pluginSeconds),
    );
  }

  /** Options of a request to an address of the API server with these credentials. */
  options(url: URL, credentials: UserCredentials, signal: AbortSignal): ConnectedOptions {
    const tls = this.tlsSettings(credentials);
    const { proxy, server, forwarding } = this;
    const options = { agent: this.connections.agent, ...tls };
    if (!proxy) return options;
    if (forwarding) {
      const path = `${url.origin}${url.pathname}${url.search}`;
      return { ...options, reach: () => reachProxy(forwarding, tls, signal), path };
    }
    const port = Number(server.port) || (server.protocol === "https:" ? 443 : 80);
    return { ...options, reach: () => tunnel(proxy, withoutBrackets(server.hostname), port, tls, signal) };
  }

  /** The proxy that gets the requests themselves, in place of a connection: an HTTP proxy in front of a server without TLS, as in Go. */
  get forwarding(): ProxyAddress | undefined {
    const isForwarded = this.server.protocol === "http:" && this.proxy?.url.protocol.startsWith("http");
    return isForwarded ? this.proxy : undefined;
  }

  private tlsSettings({ cert, key }: UserCredentials): ConnectionOptions {
    // A proxy with TLS in front of a server without is judged by the system's authorities.
    if (this.server.protocol === "http:") return { ca: getCACertificates("system") };
    const { cluster } = this.selected;
    const servername = cluster["tls-server-name"];
    return {
      ca: this.authorities === "" ? getCACertificates("system") : authoritiesIn(this.authorities),
      // As in Go, an intermediate may be the trust anchor.
      allowPartialTrustChain: true,
      rejectUnauthorized: !cluster["insecure-skip-tls-verify"],
      ...(servername && { servername }),
      ...(cert && { cert, key }),
    };
  }

  /** What a credential plugin with `provideClusterInfo` learns of the cluster. */
  private clusterInfo(): object {
    const { cluster } = this.selected;
    const config = cluster.extensions.find(({ name }) => name === "client.authentication.k8s.io/exec")?.extension;
    const { server, "tls-server-name": name, "proxy-url": proxy, "insecure-skip-tls-verify": insecure } = cluster;
    return {
      server,
      ...(name && { "tls-server-name": name }),
      ...(insecure && { "insecure-skip-tls-verify": true }),
      ...(this.authorities && {
        "certificate-authority-data": Buffer.from(this.authorities, "latin1").toString("base64"),
      }),
      ...(proxy && { "proxy-url": proxy }),
      ...(cluster["disable-compression"] && { "disable-compression": true }),
      ...(config !== undefined && { config }),
    };
  }
}
