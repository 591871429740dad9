import type { CauseId } from "./causes";
import type { Counterpart } from "./counterpart";

/** A root cause, and the messages in an agent's log that show it. In a list of signs the first match counts. */
export type LogSign = readonly [cause: CauseId, pattern: RegExp, limits?: SignLimits];

interface SignLimits {
  /** The server that the line must be about. Default: the relay server. */
  readonly about?: readonly Counterpart[];
  /** True for a message that several causes share: an older line with a definite message wins over it. */
  readonly vague?: boolean;
}

const anyServer: SignLimits = { about: ["relay", "api-server", "other"] };

/**
 * Error messages of agents, the more specific first. They come from grpc-go, Go's net, crypto/tls and crypto/x509, client-go and Envoy; the
 * fixtures of the tests name the source of each.
 */
export const logSigns: readonly LogSign[] = [
  // The container and the agent's own cluster.
  ["container-start", /exec format error/i, anyServer],
  ["panic", /^(?:panic: |fatal error: |\[signal SIG)/, anyServer],
  [
    "crds-missing",
    /no matches for kind|could not find the requested resource \((?:get|list|watch)|no kind is registered for the type/,
    anyServer,
  ],
  ["rights-missing", /secrets\b.* is forbidden: User \\*"system:serviceaccount/, anyServer],
  ["rights-missing", /is forbidden: User \\*"system:serviceaccount/, { ...anyServer, vague: true }],
  [
    "api-rate-limited",
    /server has received too many requests|TooManyRequests|status code 429/i,
    { about: ["api-server"], vague: true },
  ],
  [
    "api-unreachable",
    /dial tcp|i\/o timeout|context deadline exceeded|connection refused|no route to host|connection reset|TLS handshake timeout/,
    { about: ["api-server"], vague: true },
  ],
  // The agent's Secrets and values.
  [
    "token-empty",
    /no token data found|token\S* has no data for key|(?:bootstrap|identity) token (?:in \S+ )?is empty|empty (?:bootstrap|identity) token/i,
  ],
  [
    "secret-unusable",
    /has no data for key|failed to append root CA|private key does not match public key|failed to find any PEM data|failed to parse certificate or key/,
  ],
  [
    "secret-missing",
    /\bsecrets? \\*"?(?:[\w.-]+\/)?relay-[\w.-]+\\*"? not found|(?:token|root)\b.*\bsecrets? \\*"?[\w./-]+\\*"? not found/i,
  ],
  ["address-unusable", /missing port in address|too many colons in address|missing or invalid port/],
  // The network. A failed DNS lookup may report a refused connection: to the DNS server.
  [
    "dns",
    /\blookup [\w.-]+(?: on \S+)?: |name resolver error|produced zero addresses|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)/,
  ],
  [
    "proxy-answers",
    /unexpected HTTP status code received|HTTP status code \d{3}; transport|received (?:the )?unexpected content-type|upstream connect error|no healthy upstream|RBAC: access denied|failed to do connect handshake|tls: no application protocol|missing selected ALPN property/i,
  ],
  [
    "plaintext-mismatch",
    /first record does not look like a TLS handshake|server gave HTTP response to HTTPS client|http2: frame too large|oversized record received|wrong version number|HTTP request to an HTTPS server/i,
  ],
  ["refused", /(?:dial tcp|transport: ).*connection refused|ECONNREFUSED/i],
  [
    "no-route",
    /no route to host|network is (?:unreachable|down)|host is (?:unreachable|down)|cannot assign requested address|EHOST(?:UNREACH|DOWN)|ENET(?:UNREACH|DOWN)|EADDRNOTAVAIL/i,
  ],
  [
    "connection-blocked",
    /\b(?:dial tcp|connect|sendto|write)\b.*: (?:operation not permitted|permission denied)|\bE(?:PERM|ACCES)\b/,
  ],
  // TLS. An alert from the server is about the client certificate.
  [
    "client-certificate-refused",
    /remote error: tls: (?:bad certificate|unknown certificate|certificate required|expired certificate|revoked certificate|unsupported certificate|access denied)/,
  ],
  ["server-name-unknown", /tls: unrecognized name/],
  [
    "unknown-authority",
    /x509: certificate signed by unknown authority|self[- ]signed certificate|unable to (?:get (?:local )?issuer|verify the first)/i,
  ],
  [
    "san-mismatch",
    /x509: certificate is (?:valid for|not valid for any names)|x509: certificate relies on legacy Common Name|cannot validate certificate for|ERR_TLS_CERT_ALTNAME/,
  ],
  [
    "server-certificate-expired",
    /x509: certificate has expired or is not yet valid: current time ?\S+ is after|CERT_HAS_EXPIRED/,
  ],
  [
    "server-certificate-not-yet-valid",
    /x509: certificate has expired or is not yet valid: current time ?\S+ is before|CERT_NOT_YET_VALID/,
  ],
  ["server-certificate-validity", /x509: certificate has expired or is not yet valid/],
  [
    "server-certificate-unusable",
    /x509: (?:certificate specifies an incompatible key usage|(?:a root or )?intermediate certificate is not authorized|certificate is not authorized to sign|invalid signature: parent certificate cannot sign|too many intermediates|unhandled critical extension|issuer name does not match|issuer has name constraints|certificate has no|cannot verify signature|certificate contains|malformed|invalid|signature check attempts limit)|tls: failed to parse certificate|tls: invalid signature by the server certificate|tls: server sent certificate containing|tls: (?:server's )?certificate (?:contains|used with) invalid/,
  ],
  [
    "tls-refused",
    /tls: (?:handshake failure|protocol version not supported|insufficient security level|illegal parameter|inappropriate fallback|missing extension|internal error|decode error|decrypt error|unexpected message|bad record MAC|no supported versions|server selected unsupported|server chose an unconfigured|no cipher suite|unsupported (?:SSLv2 )?(?:version|handshake)|received unexpected handshake|received record with version)/i,
  ],
  // Any other alert, by the words of crypto/tls/alert.go.
  ["tls-refused", /remote error: tls: /],
  // The relay server's answers.
  [
    "cluster-unknown",
    /cluster \\*"?[\w.-]+\\*"? (?:is )?not registered|code = NotFound .*cluster \\*"?[\w.-]+\\*"? (?:is )?not (?:found|known)|kubernetesclusters?[\w.]* \\*"[\w.-]+\\*" not found/i,
  ],
  ["client-certificate-refused", /code = (?:Unauthenticated|PermissionDenied) .*(?:client )?certificate/],
  [
    "token-rejected",
    /code = (?:Unauthenticated|PermissionDenied) .*token|invalid identity token|identity token (?:is not valid|rejected|mismatch|invalid)/i,
  ],
  ["client-certificate-refused", /code = PermissionDenied .*cluster/],
  ["credentials-rejected", /code = (?:Unauthenticated|PermissionDenied)/],
  ["other-service", /code = Unimplemented desc = (?:unknown (?:service|method)|Method not found)/],
  // Silence. A blocking dial of grpc-go ends with these messages whatever its cause.
  ["no-answer", /i\/o timeout|ETIMEDOUT|connection timed out|TLS handshake timeout/i],
  ["no-answer", /code = DeadlineExceeded|\b(?:relay|dial|connect)\w*\b.*context deadline exceeded/i, { vague: true }],
  [
    "connection-broken",
    /connection reset by peer|handshake failed: (?:unexpected )?EOF|use of closed network connection|server preface(?: received)?: EOF|before server preface|broken pipe/,
    { vague: true },
  ],
];

/** The message of a connected agent; errors before it are over. */
export const connected = /(?<!\b(?:not|was|longer) )\bconnected to relay server/i;

/** The message of an agent that has its certificate; errors before it are over. */
export const certified = /stored client certificate/i;
