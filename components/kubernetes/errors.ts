import { type Problem, RegistrationError } from "../base/problems";

/** A 404, 409, 410 or 422 of the API server: what it means, its caller knows. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    private readonly request: { readonly where: string; readonly method: string; readonly path: string },
    readonly status: number,
    message: string,
    /** False where the answer is a plain "page not found": the kind itself is unknown to the API server. */
    readonly kindKnown: boolean,
  ) {
    super(message);
  }

  /** The same as a problem with a code, for where no caller made more of it. */
  coded(): RegistrationError {
    const { where, method, path } = this.request;
    return new RegistrationError(answerProblem(where, method, path, this.status, this.message), { cause: this });
  }
}

/** Whether an error is the API server's answer with this status. */
export function hasStatus(error: unknown, status: 404 | 409 | 410): boolean {
  return error instanceof ApiError && error.status === status;
}

/**
 * For checks that only look: undefined where the API server refuses or does not answer. What a run cannot do without is asked for elsewhere,
 * and told there with its code.
 */
export async function unlessRefused<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof ApiError || error instanceof RegistrationError) return undefined;
    throw error;
  }
}

/** What Node says of a connection that failed. */
export type ConnectionFailure = Pick<NodeJS.ErrnoException, "code" | "message">;

/** Tells the ways apart in which an API server cannot be reached. */
export function connectionProblem(where: string, server: string, error: ConnectionFailure): Problem {
  const code = error.code ?? "";
  const at = `${where}, ${server}`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return {
      code: "GMR111",
      what: "The API server's name does not resolve",
      where: at,
      cause: `DNS answered ${code}`,
      next: "check the server address in the kubeconfig, VPN and DNS of this machine",
    };
  }
  if (code === "ECONNREFUSED") {
    return {
      code: "GMR112",
      what: "The API server refuses the connection",
      where: at,
      cause: "nothing listens there, or a firewall rejects it",
      next: "check that the cluster runs: kubectl get --raw /readyz",
    };
  }
  if (["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"].includes(code)) {
    return {
      code: "GMR113",
      what: "The API server does not answer",
      where: at,
      cause: error.message.includes("no answer") ? error.message : `the network said ${code}`,
      next: "check network, VPN, firewall and the load balancer in front of the API server",
    };
  }
  if (isCertificateError(error)) {
    return {
      code: "GMR114",
      what: "The API server's certificate is not trusted",
      where: at,
      cause: error.message,
      next: "check certificate-authority-data and tls-server-name of the cluster in the kubeconfig",
    };
  }
  return {
    code: "GMR118",
    what: "The connection to the API server broke",
    where: at,
    cause: code === "" ? error.message : `${code} ${error.message}`,
    next: "run it again; if it stays, check the load balancer in front of the API server",
  };
}

/** A credential plugin or a file that does not work. Its own words may hold a credential, so only its kind is told. */
export function credentialProblem(where: string, error: unknown): Problem {
  const timedOut = error instanceof Error && error.name === "TimeoutError";
  const kind = (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.name : "error");
  return unusableCredentials(
    where,
    timedOut
      ? "the credential plugin of the kubeconfig's user did not answer; it may be waiting for a login"
      : `a credential plugin or file of the kubeconfig's user failed (${kind})`,
  );
}

/** What the kubeconfig's user has to show cannot be had. */
export function unusableCredentials(where: string, cause: string): Problem {
  return {
    code: "GMR104",
    what: "The credentials of the kubeconfig could not be used",
    where,
    cause,
    next: "try the same context with: kubectl auth whoami",
  };
}

/** An answer that says no. 404, 409, 410 and 422 are left to the caller, who knows what they mean there. */
export function answerProblem(where: string, method: string, path: string, status: number, message: string): Problem {
  if (status === 401) {
    return {
      code: "GMR115",
      what: "The API server rejects the credentials",
      where,
      cause: "the token or client certificate of the kubeconfig's user is expired, revoked or of another cluster",
      next: "renew the kubeconfig; try: kubectl auth whoami",
    };
  }
  if (status === 403) {
    return {
      code: "GMR116",
      what: `Rights are missing: ${message || `${method} ${path}`}`,
      where,
      next: "grant the kubeconfig's user the Role of the README, section Rights",
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

/** Something answers, but no API server: a login page, a wrong port, another service. Its text is not told, it may be anything. */
export function notAnApiServer(where: string, server: string): Problem {
  return {
    code: "GMR117",
    what: "What answers is not a Kubernetes API server",
    where: `${where}, ${server}`,
    cause: "a proxy, a login page or another service stands at that address",
    next: "check the server address in the kubeconfig: kubectl get --raw /readyz",
  };
}

function isCertificateError(error: ConnectionFailure): boolean {
  const code = error.code ?? "";
  return (
    code.startsWith("ERR_TLS") ||
    code.startsWith("CERT_") ||
    code.startsWith("ERR_SSL") ||
    code === "EPROTO" ||
    ["SELF_SIGNED_CERT_IN_CHAIN", "DEPTH_ZERO_SELF_SIGNED_CERT", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"].includes(code) ||
    code.startsWith("UNABLE_TO_GET_ISSUER")
  );
}
