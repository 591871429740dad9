import { mask, withoutCredentials } from "../base/mask";
import { type Problem, RegistrationError } from "../base/problems";
import { type ClusterAccess, describeAccess } from "./access";
import { parseStatus } from "./answers";
import { kubectl } from "./commands";
import { PluginFailure } from "./credentialPlugin";
import { LocalFault } from "./credentials";

/** A request to an API server, for the problem with its answer. */
export interface ApiRequest {
  readonly access: ClusterAccess;
  readonly method: string;
  readonly path: string;
}

/** The API server's answer 404, 409, 410 or 422, whose meaning callers may know. */
export class ApiError extends RegistrationError {
  constructor(
    problem: Problem,
    readonly status: number,
    /** False for a plain "page not found": the API server does not know the kind. */
    readonly kindKnown: boolean,
  ) {
    super(problem);
  }
}

/** The error for an answer that refuses a request. */
export function refusal(request: ApiRequest, status: number, text: string): RegistrationError {
  const { message, namesObject, isStatus } = parseStatus(text);
  // A firewall or a login page answers so, with any status. What fails behind a load balancer (5xx) passes.
  if (status < 500 && text.trimStart().startsWith("<")) {
    const where = `${describeAccess(request.access)}, ${request.path.split("?")[0]}, status ${status}`;
    return new RegistrationError({ ...notAnApiServer(request.access, ""), where });
  }
  const answered = answerProblem(request, status, message);
  const problem = isStatus ? answered : { ...answered, ...byAnother(status, answered) };
  return [404, 409, 410, 422].includes(status)
    ? new ApiError(problem, status, namesObject)
    : new RegistrationError(problem);
}

/** What to add for a refusal that is no Status, and so not Kubernetes' own: a gateway such as Rancher's, a mesh or a firewall gave it. */
function byAnother(status: number, { cause }: Problem): Partial<Problem> {
  if (status !== 401 && status !== 403) return {};
  const gateway =
    "the answer is not of Kubernetes itself: a gateway, mesh or firewall in front of the API server may refuse";
  return { cause: cause === undefined ? gateway : `${cause}; or ${gateway}` };
}

/** Whether an error is an answer of the API server with this status. */
export function hasStatus(error: unknown, status: 404 | 409 | 410): boolean {
  return error instanceof ApiError && error.status === status;
}

/**
 * The answer, or undefined if the API server refuses or does not answer: for reads that a run does not depend on. Other reads report the problem
 * with its code.
 */
export async function unlessRefused<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof RegistrationError) return undefined;
    throw error;
  }
}

/** The answer, or undefined if the API server does not know the kind of the object: without its CRD there is none. */
export async function unlessKindUnknown<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Node's error for a connection that failed. */
export type ConnectionFailure = Pick<NodeJS.ErrnoException, "code" | "message">;

/** The problem for an API server that cannot be reached, with a code for each kind of failure. */
export function connectionProblem(access: ClusterAccess, server: string, error: ConnectionFailure): Problem {
  const code = error.code ?? "";
  const address = withoutCredentials(server);
  const where = `${describeAccess(access)}, ${address}`;
  const message = mask(server === "" ? error.message : error.message.replaceAll(server, address)) ?? "";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return {
      code: "GMR111",
      what: "The API server's name does not resolve",
      where,
      cause: `DNS answered ${code}`,
      next: "check the server address in the kubeconfig, VPN and DNS of this machine",
    };
  }
  if (code === "ECONNREFUSED") {
    return {
      code: "GMR112",
      what: "The API server refuses the connection",
      where,
      cause: "nothing listens there, or a firewall rejects it",
      next: `check that the cluster runs: ${kubectl(access, undefined, "get", "--raw", "/readyz")}`,
    };
  }
  if (["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"].includes(code)) {
    return {
      code: "GMR113",
      what: "The API server does not answer",
      where,
      cause: message.includes("no answer") ? message : `the network reports ${code}`,
      next: "check network, VPN, firewall and the load balancer in front of the API server",
    };
  }
  if (noTls.test(`${code} ${error.message}`)) {
    return {
      ...notAnApiServer(access, server),
      cause: "it does not speak the protocol of the address: http in place of https, or the reverse",
    };
  }
  if (rejectedCertificate.test(`${code} ${error.message}`)) return rejectedCredentials(access);
  if (certificateError.test(code) && !/alert/i.test(`${code} ${error.message}`)) {
    return {
      code: "GMR114",
      what: "The API server's certificate is not trusted",
      where,
      cause: message,
      next: "check certificate-authority-data and tls-server-name of the cluster in the kubeconfig",
    };
  }
  return {
    code: "GMR118",
    what: "The connection to the API server broke",
    where,
    cause: code === "" ? message : `${code} ${message}`,
    next: "run it again; if it happens again, check the load balancer in front of the API server",
  };
}

/** Codes of OpenSSL and of Node's TLS. */
const certificateError =
  /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_GET_ISSUER|(?:EPROTO|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$)/;

/** The server's first bytes are no TLS, or no HTTP. */
const noTls = /wrong.version.number|packet.length.too.long|record.layer.failure|(?:^| )HPE_/i;

/** The API server refuses the client's certificate in the handshake. */
const rejectedCertificate =
  /alert.(?:bad|unsupported).certificate|alert.certificate|alert.unknown.ca|alert.access.denied|alert.decrypt.error/i;

/** The problem for a credential plugin or file that fails. Its own message may hold a credential, so only the kind of its error is reported. */
export function credentialProblem(access: ClusterAccess, error: unknown): Problem {
  if (error instanceof LocalFault) return unusableCredentials(access, error.message);
  if (error instanceof Error && error.name === "TimeoutError") {
    return unusableCredentials(
      access,
      "the credential plugin of the kubeconfig's user did not answer; it may be waiting for a login",
    );
  }
  const kind = (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.name : "error");
  const what = error instanceof PluginFailure ? `: ${error.message}` : ` (${kind})`;
  return unusableCredentials(access, `the credential plugin of the kubeconfig's user failed${what}`);
}

/** The problem for a cluster entry of the kubeconfig that cannot be used. */
export function unusableCluster(access: ClusterAccess, cause: string): Problem {
  return {
    code: "GMR105",
    what: "The kubeconfig's cluster could not be used on this machine",
    where: describeAccess(access),
    cause,
    next: `correct it; look at it with: ${kubectl(access, undefined, "config", "view", "--minify")}`,
  };
}

/** The problem for a proxy that does not connect to the API server; `proxy` names it and where its address is from. */
export function proxyProblem(access: ClusterAccess, proxy: string, cause: string): Problem {
  return {
    code: "GMR106",
    what: "The proxy does not connect to the API server",
    where: `${describeAccess(access)}, ${proxy}`,
    cause,
    next: "correct the proxy's address, user and password, or except the API server from it (NO_PROXY)",
  };
}

/** The problem for credentials of the kubeconfig's user that cannot be obtained. */
export function unusableCredentials(access: ClusterAccess, cause: string): Problem {
  return {
    code: "GMR104",
    what: "The credentials of the kubeconfig could not be used",
    where: describeAccess(access),
    cause,
    next: `try the same context with: ${kubectl(access, undefined, "auth", "whoami")}`,
  };
}

/**
 * The problem for an answer that refuses a request. Callers handle 404, 409, 410 and 422 where they know what these mean. The answer may be anybody's,
 * and may echo the credentials of the request.
 */
export function answerProblem({ access, method, path }: ApiRequest, status: number, answer: string): Problem {
  const where = describeAccess(access);
  const message = mask(answer) ?? "";
  if (status === 401) return rejectedCredentials(access);
  if (status === 403) {
    return {
      code: "GMR116",
      what: `Rights are missing: ${message || `${method} ${path}`}`,
      where,
      next: "grant the kubeconfig's user the Role of docs/reference/permissions.md",
    };
  }
  return {
    code: "GMR117",
    what: `The API server answered ${status} to ${method} ${path.split("?")[0]}`,
    where,
    cause: message === "" ? "no explanation was given" : message,
    next: status >= 500 || status === 429 ? "run it again in a while" : "check the request's object",
  };
}

function rejectedCredentials(access: ClusterAccess): Problem {
  return {
    code: "GMR115",
    what: "The API server rejects the credentials",
    where: describeAccess(access),
    cause: "the token or client certificate of the kubeconfig's user is expired, revoked or of another cluster",
    next: `renew the kubeconfig; try: ${kubectl(access, undefined, "auth", "whoami")}`,
  };
}

/** The problem for an answer that no request of this package has. */
export function tooLarge(access: ClusterAccess, server: string): Problem {
  return {
    code: "GMR117",
    what: "The API server's answer is too large to be read",
    where: `${describeAccess(access)}, ${withoutCredentials(server)}`,
    cause: "it holds far more than a management cluster or a registration needs, or never ends",
    next: `see what answers there, and which objects are so many: ${kubectl(access, undefined, "get", "--raw", "/readyz")}`,
  };
}

/** The problem for an address where something else than an API server answers. Its answer may be anything, so it is not quoted. */
export function notAnApiServer(access: ClusterAccess, server: string): Problem {
  return {
    code: "GMR117",
    what: "What answers is not a Kubernetes API server",
    where: `${describeAccess(access)}, ${withoutCredentials(server)}`,
    cause: "a proxy, a login page or another service has that address",
    next: `check the server address in the kubeconfig: ${kubectl(access, undefined, "get", "--raw", "/readyz")}`,
  };
}
