import { cleanDeep, cleanLine } from "./foreignText";
import { maskCredentials } from "./mask";

/**
 * A problem that this package reports, always in the form `CODE what happened — where — likely cause — next step`.
 *
 * Codes are stable: scripts and docs/reference/errors refer to them, so a code never gets a second meaning.
 */
export interface Problem {
  /** Stable code, `GMR` and three digits; each has its entry in docs/reference/errors. */
  readonly code: ProblemCode;
  /** What happened, one sentence without a full stop. Never holds a token, a key or kubeconfig content. */
  readonly what: string;
  /** Where it happened: the context, the namespace/name, or the argument in brackets. */
  readonly where: string;
  /** The likely cause, with the evidence for it. Omitted where it would be a guess. */
  readonly cause?: string;
  /** The next step, as a command where there is one. */
  readonly next: string;
}

/**
 * The title of each code; docs/reference/errors explains it. A code never changes its meaning and is never reused.
 *
 * @enum
 */
export const problemCodes = {
  GMR001: "cluster name not usable",
  GMR002: "relay server address not usable",
  GMR003: "agent version not usable",
  GMR004: "relay authority not usable",
  GMR005: "provider passed through the resource options",
  GMR006: "name of an object not usable",
  GMR007: "number out of range",
  GMR008: "arguments contradict each other",
  GMR009: "cluster domain not usable",
  GMR010: "stack configuration not usable",
  GMR011: "check cannot be ignored",
  GMR012: "value not known",
  GMR013: "value of the wrong kind",
  GMR014: "URL of the chart not usable",
  GMR101: "kubeconfig not readable",
  GMR102: "kubeconfig not understood",
  GMR103: "context not in the kubeconfig",
  GMR104: "credentials of the kubeconfig not usable",
  GMR105: "cluster entry of the kubeconfig not usable",
  GMR106: "proxy does not connect",
  GMR111: "API server's name does not resolve",
  GMR112: "API server refuses the connection",
  GMR113: "API server does not answer",
  GMR114: "API server's certificate not trusted",
  GMR115: "API server rejects the credentials",
  GMR116: "rights missing",
  GMR117: "API server answered with an error",
  GMR118: "connection to the API server broke",
  GMR119: "clocks differ",
  GMR120: "Kubernetes version outside the chart's window",
  GMR201: "management namespace missing",
  GMR202: "root CA Secret missing",
  GMR203: "root CA Secret without a certificate",
  GMR204: "root CA not usable",
  GMR205: "bootstrap token Secret missing",
  GMR206: "bootstrap token empty",
  GMR207: "KubernetesCluster is not a known kind",
  GMR208: "cluster name taken by another registration",
  GMR209: "relay server's certificate not from the copied root CA",
  GMR210: "relay server's certificate does not cover the authority",
  GMR211: "relay server's certificate not valid now",
  GMR212: "root CA expires soon",
  GMR213: "cluster registered under another name",
  GMR214: "relay without TLS",
  GMR215: "no TLS handshake with the relay server",
  GMR221: "relay address not discoverable",
  GMR222: "relay server has no address yet",
  GMR223: "ingress gateway not usable",
  GMR224: "agent version not discoverable",
  GMR225: "agent version differs from the management cluster's",
  GMR226: "agent of another minor version than the management cluster",
  GMR227: "relay server not available",
  GMR228: "another product generation on the management cluster",
  GMR229: "relay server with another kind of identity",
  GMR230: "telemetry endpoint not discoverable",
  GMR301: "management and remote are the same cluster",
  GMR302: "self-registration of two different clusters",
  GMR303: "namespace belongs to somebody else",
  GMR304: "Secret belongs to somebody else",
  GMR305: "Helm release belongs to somebody else",
  GMR306: "namespace to adopt missing",
  GMR307: "namespace of the registration given up",
  GMR308: "registration cannot be moved",
  GMR309: "namespace is being deleted",
  GMR310: "context now points at another cluster",
  GMR311: "client certificate of an earlier registration",
  GMR312: "object of the registration missing",
  GMR313: "provided Secret missing",
  GMR314: "namespace of a Secret missing",
  GMR315: "agent belongs to somebody else",
  GMR316: "wanted by two registrations",
  GMR317: "registered under another URN",
  GMR318: "agent installed again",
  GMR319: "agent's Deployment edited",
  GMR320: "client certificate does not survive the last stage of a root change",
  GMR321: "mark taken off by a transform",
  GMR322: "CRDs of someone else",
  GMR323: "CRDs shared with other products",
  GMR324: "CRDs missing",
  GMR325: "generation changed in place",
  GMR326: "object renamed by a transform",
  GMR327: "CRDs that Helm would delete",
  GMR330: "agent to take over has another cluster name",
  GMR331: "cluster name to take over without an agent",
  GMR335: "provided object is the registration's own",
  GMR336: "provided agent not installed yet",
  GMR337: "provided KubernetesCluster missing",
  GMR338: "telemetry collector without the root CA",
  GMR501: "no client certificate in time",
  GMR502: "client certificate not acceptable",
  GMR503: "relay agent not available in time",
  GMR504: "Helm release not deployed",
  GMR505: "bootstrap token could not be removed",
  GMR506: "Helm release stuck in another run",
  GMR507: "interrupted",
  GMR508: "agent not counted as connected",
  GMR509: "number of connected agents not readable",
  GMR510: "package not installed for Pulumi's dynamic provider",
  GMR601: "cluster to deregister not reachable",
  GMR602: "left behind on an unreachable cluster",
  GMR603: "namespace kept because of other objects in it",
  GMR606: "taken over by another registration",
  GMR607: "cluster left running while its registration moves",
  GMR608: "hand-over not in effect yet",
} as const;

/** The code of a problem, such as `GMR101`. Scripts may rely on it. */
export type ProblemCode = keyof typeof problemCodes;

/** An error that carries one or several problems; its message lists them, one per line. */
export class RegistrationError extends Error {
  override readonly name = "RegistrationError";
  readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[], options?: ErrorOptions) {
    const given: readonly Problem[] = "code" in problems ? [problems] : problems;
    const all = cleanDeep(
      given.map((problem) => maskProblem(problem)),
      cleanPart,
    );
    super(all.map(formatProblem).join("\n"), options);
    this.problems = all;
  }
}

/** Masks secrets that got into a problem with foreign text, which `what` and `cause` may quote. */
export function maskProblem<P extends ProblemParts>(problem: P, quotation = maskCredentials): P {
  const { what, where, cause, next } = problem;
  return {
    ...problem,
    what: quotation(what),
    ...(where === undefined ? {} : { where: maskCredentials(where) }),
    ...(cause === undefined ? {} : { cause: quotation(cause) }),
    ...(next === undefined ? {} : { next: maskCredentials(next) }),
  };
}

/** The parts of a problem's one-line form. A problem from elsewhere, such as the engine, has no code and may have only `what`. */
export type ProblemParts = Pick<Problem, "what"> & Partial<Omit<Problem, "code">> & { readonly code?: string };

const separator = " — ";

/** A part as one line that holds no separator, so that no foreign text adds a part or a problem. */
function cleanPart(part: string): string {
  return cleanLine(part).replaceAll(separator, " - ");
}

/** The one-line form of a problem. */
export function formatProblem({ code, what, where, cause, next }: ProblemParts): string {
  return [code === undefined ? what : `${code} ${what}`, where, cause, next]
    .flatMap((part) => (part === undefined || part === "" ? [] : [cleanPart(part)]))
    .join(separator);
}

/** Reads what {@link formatProblem} writes, also behind an error's name or a bullet; undefined for a line without a code. */
export function parseProblem(line: string): ProblemParts | undefined {
  const [, code, text] = /(?:^|: |^\* )(GMR\d{3}) (.*)$/s.exec(line) ?? [];
  if (code === undefined || text === undefined) return undefined;
  const [what = "", where, ...rest] = text.split(separator);
  const next = rest.at(-1);
  const cause = rest.slice(0, -1).join(separator);
  return {
    code,
    what,
    ...(where === undefined ? {} : { where }),
    ...(cause === "" ? {} : { cause }),
    ...(next === undefined ? {} : { next }),
  };
}

/** The problems that an error carries; undefined unless it is a {@link RegistrationError}. */
export function problemsOf(error: unknown): readonly Problem[] | undefined {
  return error instanceof RegistrationError ? error.problems : undefined;
}

/** What an error says: its problems, or for a defect its stack, which names the place. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return problemsOf(error) ? error.message : (error.stack ?? error.message);
}

/** Whether an error, such as one that `pulumi.recover` passes on, comes from a registration or a connection and carries its problems. */
export function hasProblems(error: unknown): error is Error & {
  /** All that went wrong, each with its code. */
  readonly problems: readonly Problem[];
} {
  return error instanceof Error && "problems" in error && Array.isArray(error.problems);
}

/** Waits for all promises, and throws one error with the problems of all that failed; rethrows any other error as it is. */
export async function gather<T extends readonly unknown[] | []>(promises: T) {
  const problems: Problem[] = [];
  for (const result of await Promise.allSettled(promises)) {
    if (result.status === "fulfilled") continue;
    const found = problemsOf(result.reason);
    if (!found) throw result.reason;
    problems.push(...found);
  }
  if (problems.length > 0) throw new RegistrationError(distinctProblems(problems));
  return Promise.all(promises);
}

/** Drops problems with the words of an earlier one: reads that share one question report the same. */
export function distinctProblems<P extends ProblemParts>(problems: readonly P[]): P[] {
  // The engine repeats a problem on other resources as a text without parts.
  const lines = problems.map((problem) => formatProblem(problem).replaceAll(separator, " - "));
  return problems.filter((_, index) => lines.indexOf(lines[index] ?? "") === index);
}
