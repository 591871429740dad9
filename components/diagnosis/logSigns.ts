import type { CauseId } from "./causes";
import type { Counterpart } from "./counterpart";

/** A root cause, and the messages in an agent's log that show it. */
export interface LogSign {
  readonly cause: CauseId;
  readonly pattern: RegExp;
  /** The server that the line must be about. Default: the relay server. */
  readonly about?: readonly Counterpart[];
  /** True for a message that several causes share: an older line with a definite message wins over it. */
  readonly vague?: boolean;
}

const anyServer = ["relay", "api-server", "other"] as const;

/**
 * Error messages of agents, the more specific first. They come from grpc-go, Go's net, crypto/tls and crypto/x509, client-go and Envoy; the
 * fixtures of the tests name the source of each.
 */
export const logSigns: readonly LogSign[] = [
  // The container and the agent's own cluster.
  { cause: "container-start", pattern: /exec format error/i, about: anyServer },
  { cause: "panic", pattern: /^(?:panic: |fatal error: |\[signal SIG)/, about: anyServer },
  {
    cause: "crds-missing",
    pattern:
      /no matches for kind|could not find the requested resource \((?:get|list|watch)|no kind is registered for the type/,
    about: anyServer,
  },
  { cause: "rights-missing", pattern: /secrets\b.* is forbidden: User \\*"system:serviceaccount/, about: anyServer },
  { cause: "rights-missing", pattern: /is forbidden: User \\*"system:serviceaccount/, about: anyServer, vague: true },
  {
    cause: "api-rate-limited",
    pattern: /server has received too many requests|TooManyRequests|status code 429/i,
    about: ["api-server"],
    vague: true,
  },
  {
    cause: "api-unreachable",
    pattern:
      /dial tcp|i\/o timeout|context deadline exceeded|connection refused|no route to host|connection reset|TLS handshake timeout/,
    about: ["api-server"],
    vague: true,
  },
  // The agent's Secrets and values.
  {
    cause: "token-empty",
    pattern:
      /no token data found|token\S* has no data for key|(?:bootstrap|identity) token (?:in \S+ )?is empty|empty (?:bootstrap|identity) token/i,
  },
  {
    cause: "secret-unusable",
    pattern:
      /has no data for key|failed to append root CA|private key does not match public key|failed to find any PEM data|failed to parse certificate or key/,
  },
  {
    cause: "secret-missing",
    pattern:
      /\bsecrets? \\*"?(?:[\w.-]+\/)?relay-[\w.-]+\\*"? not found|(?:token|root)\b.*\bsecrets? \\*"?[\w./-]+\\*"? not found/i,
  },
  { cause: "address-unusable", pattern: /missing port in address|too many colons in address|missing or invalid port/ },
  // The network. A failed DNS lookup may report a refused connection: to the DNS server.
  {
    cause: "dns",
    pattern:
      /\blookup [\w.-]+(?: on \S+)?: |name resolver error|produced zero addresses|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)/,
  },
  {
    cause: "proxy-answers",
    pattern:
      /unexpected HTTP status code received|HTTP status code \d{3}; transport|received (?:the )?unexpected content-type|upstream connect error|no healthy upstream|RBAC: access denied|failed to do connect handshake/i,
  },
  {
    cause: "plaintext-mismatch",
    pattern:
      /first record does not look like a TLS handshake|server gave HTTP response to HTTPS client|http2: frame too large|oversized record received|wrong version number|HTTP request to an HTTPS server/i,
  },
  { cause: "refused", pattern: /(?:dial tcp|transport: ).*connection refused|ECONNREFUSED/i },
  { cause: "no-route", pattern: /no route to host|network is unreachable|EHOSTUNREACH|ENETUNREACH/i },
  // TLS. An alert from the server is about the client certificate.
  {
    cause: "client-certificate-refused",
    pattern:
      /remote error: tls: (?:bad certificate|unknown certificate|certificate required|expired certificate|revoked certificate|unsupported certificate|access denied)/,
  },
  {
    cause: "unknown-authority",
    pattern:
      /x509: certificate signed by unknown authority|self[- ]signed certificate|unable to (?:get (?:local )?issuer|verify the first)/i,
  },
  {
    cause: "san-mismatch",
    pattern:
      /x509: certificate is (?:valid for|not valid for any names)|x509: certificate relies on legacy Common Name|cannot validate certificate for|ERR_TLS_CERT_ALTNAME/,
  },
  {
    cause: "server-certificate-expired",
    pattern: /x509: certificate has expired or is not yet valid: current time ?\S+ is after|CERT_HAS_EXPIRED/,
  },
  {
    cause: "server-certificate-not-yet-valid",
    pattern: /x509: certificate has expired or is not yet valid: current time ?\S+ is before|CERT_NOT_YET_VALID/,
  },
  { cause: "server-certificate-validity", pattern: /x509: certificate has expired or is not yet valid/ },
  // The relay server's answers.
  {
    cause: "cluster-unknown",
    pattern:
      /cluster \\*"?[\w.-]+\\*"? (?:is )?not registered|code = NotFound .*cluster \\*"?[\w.-]+\\*"? (?:is )?not (?:found|known)|kubernetesclusters?[\w.]* \\*"[\w.-]+\\*" not found/i,
  },
  {
    cause: "client-certificate-refused",
    pattern: /code = (?:Unauthenticated|PermissionDenied) .*(?:client )?certificate/,
  },
  {
    cause: "token-rejected",
    pattern:
      /code = (?:Unauthenticated|PermissionDenied) .*token|invalid identity token|identity token (?:is not valid|rejected|mismatch|invalid)/i,
  },
  { cause: "client-certificate-refused", pattern: /code = PermissionDenied .*cluster/ },
  { cause: "credentials-rejected", pattern: /code = (?:Unauthenticated|PermissionDenied)/ },
  { cause: "other-service", pattern: /code = Unimplemented desc = (?:unknown (?:service|method)|Method not found)/ },
  // Silence. A blocking dial of grpc-go ends with these messages whatever its cause.
  { cause: "no-answer", pattern: /i\/o timeout|ETIMEDOUT|connection timed out|TLS handshake timeout/i },
  {
    cause: "no-answer",
    pattern: /code = DeadlineExceeded|\b(?:relay|dial|connect)\w*\b.*context deadline exceeded/i,
    vague: true,
  },
  {
    cause: "connection-broken",
    pattern:
      /connection reset by peer|handshake failed: EOF|server preface(?: received)?: EOF|before server preface|broken pipe/,
    vague: true,
  },
];

/** The message of a connected agent; errors before it are over. */
export const connected = /(?<!\b(?:not|was|longer) )\bconnected to relay server/i;

/** The message of an agent that has its certificate; errors before it are over. */
export const certified = /stored client certificate/i;
