import type { CertificateExpiry, CertificateKind } from "../../components/certificates/expiry";
import { subjectsApart } from "../../components/certificates/subjects";
import { healthCodeOf } from "../../components/health/healthCodes";
import { isError } from "../output/severity";
import { groupAlike } from "./alike";
import type { ClusterReport, FleetReport, ReportedProblem } from "./fleetReport";
import { findingKinds, type ReportFinding } from "./reportFinding";
import { dueInWords } from "./words";

type Judged = Pick<FleetReport, "command" | "clusters" | "problems" | "certificates">;

/** All that someone has to know, the most urgent first, and what is alike for several clusters once. */
export function findingsOf(report: Judged): readonly ReportFinding[] {
  const { command, clusters, problems } = report;
  const all = [
    ...problems.map((problem) => ({ ...asFinding(problem), clusters: [] })),
    ...clusters.flatMap((cluster) =>
      findingsOfCluster(command, cluster).map((finding) => ({ ...finding, clusters: [cluster.name] })),
    ),
    ...dueFindings(report),
  ];
  const rank = ({ severity, kind }: ReportFinding) =>
    (severity === "error" ? 0 : findingKinds.length) + findingKinds.indexOf(kind);
  // What the most clusters have is the likeliest cause of the rest; a problem of the stack is about all of them.
  const reach = ({ clusters: { length } }: ReportFinding) => (length === 0 ? Number.POSITIVE_INFINITY : length);
  return groupAlike(all).toSorted((one, other) => rank(one) - rank(other) || Math.sign(reach(other) - reach(one)) || 0);
}

type OwnFinding = Omit<ReportFinding, "clusters">;

function asFinding(problem: ReportedProblem): OwnFinding {
  return { ...problem, kind: isError(problem) ? "failure" : "notice" };
}

function findingsOfCluster(command: FleetReport["command"], cluster: ClusterReport): readonly OwnFinding[] {
  const { state, problems } = cluster;
  const own = problems.map(asFinding);
  const severity = command === "drift" ? "error" : "warning";
  if (state === "failed") return failureFirst(own);
  if (state === "unfinished") {
    return [{ kind: "unfinished", severity: "error", what: "the run ended before this cluster was done" }, ...own];
  }
  if (state === "unhealthy" || state === "unknown") return healthFirst(state, severity, cluster);
  if (command === "drift" && state === "changes") {
    const next = "read its plan; `pulumi up --refresh` makes these changes";
    return [{ kind: "differs", severity, what: "differs from what the stack declares", next }, ...own];
  }
  if (state === "leaves") {
    const what = "is no longer declared: `pulumi up` deregisters it";
    return [{ kind: "deregistration", severity, what }, ...own];
  }
  if (state === "hands-over") {
    const what = "is no longer declared: `pulumi up` hands it over and leaves it running";
    return [{ kind: "deregistration", severity, what }, ...own];
  }
  return own;
}

/** A failed cluster has an error. The engine reports a missing object as a warning. */
function failureFirst(own: readonly OwnFinding[]): readonly OwnFinding[] {
  if (own.some(isError)) return own;
  const raised = own.map((one) =>
    one.code === "GMR312" ? { ...one, kind: "failure" as const, severity: "error" as const } : one,
  );
  return raised.some(isError)
    ? raised
    : [{ kind: "failure", severity: "error", what: "it failed; see the log of the run" }, ...own];
}

/** The health with its cause comes first, in place of the warning that says the same at length. */
function healthFirst(
  state: "unhealthy" | "unknown",
  severity: ReportedProblem["severity"],
  { health, problems }: ClusterReport,
): readonly OwnFinding[] {
  const what = [state, health?.why].filter(Boolean).join(": ");
  const reason = state === "unhealthy" ? problems.find(({ code }) => healthCodeOf(code) !== undefined) : undefined;
  const { cause, ...parts } = reason ?? { what };
  const said = cause === undefined || what.endsWith(cause) ? {} : { cause };
  return [
    { ...parts, ...said, what, kind: state, severity },
    ...problems.filter((problem) => problem !== reason).map(asFinding),
  ];
}

/** The certificates that are due: the client certificates together, which are renewed alike, and each other one for itself. */
function dueFindings({ certificates, command }: Judged): readonly ReportFinding[] {
  const subjectOf = subjectsApart(certificates);
  const due = certificates.filter((one) => one.due);
  const clients = due.filter(({ kind }) => kind === "client");
  const finding = (what: string, { kind, renewedBy }: CertificateExpiry, clusters: readonly string[]) => {
    const severity = command === "drift" ? ("error" as const) : ("warning" as const);
    const next = renewedBy === "agent" ? renewalOverdue : renewals[kind];
    return { kind: "due" as const, severity, what, next, clusters };
  };
  const others = due.filter(({ kind }) => kind !== "client");
  const [first] = clients;
  const several = `${clients.length} client certificates are due; the first`;
  return [
    ...(first
      ? [
          finding(
            clients.length > 1 ? dueInWords(first, several) : dueInWords(first),
            first,
            clients.flatMap((one) => one.clusters),
          ),
        ]
      : []),
    ...others.map((one) => finding(dueInWords(one, `${one.kind} certificate ${subjectOf(one)}`), one, one.clusters)),
  ];
}

/** What to do about a certificate that its agent should have renewed by now. */
const renewalOverdue =
  "the agent has not renewed it: look at its log, and check that the management cluster has the Secret relay-tls-signing-secret; then give [clientCertificate.reissue] another value and run pulumi up";

/** What to do before a certificate expires: docs/how-to/renew.md has the procedures. */
const renewals: Readonly<Record<CertificateKind, string>> = {
  root: "replace the root CA in stages, as docs/how-to/rotate-root-ca.md describes",
  intermediate:
    "renew the signing CA on the management cluster; then give [clientCertificate.reissue] another value and run pulumi up",
  server: "renew it on the management cluster and restart the relay server",
  client:
    "give [clientCertificate.reissue] another value and run pulumi up; a certificate that you provide, renew yourself",
};
