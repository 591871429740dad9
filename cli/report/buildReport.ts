import { dueDates, type RememberedExpiry } from "../../components/certificates/expiry";
import { isError } from "../output/severity";
import { findingsOf } from "./findings";
import { type ClusterReport, compareNames, type FleetReport, type ReportedCertificate } from "./fleetReport";

type ReportParts = Omit<FleetReport, "version" | "good" | "certificates"> & { readonly now: Date };

/** Builds a report: clusters by name, the table of certificates, and the verdict. */
export function fleetReport({ now, clusters, ...rest }: ReportParts): FleetReport {
  const sorted = [...clusters].sort((one, other) => compareNames(one.name, other.name));
  const certificates = certificatesOf(sorted, now, rest.leadDays);
  const report = { version: 1, ...rest, clusters: sorted, certificates } as const;
  return { ...report, good: !findingsOf(report).some(isError) };
}

/** The report of a run that was repeated without some clusters: these are as the earlier run saw them. */
export function withSetApart(report: FleetReport, setApart: ReadonlyMap<string, ClusterReport>): FleetReport {
  if (setApart.size === 0) return report;
  const clusters = report.clusters.map((cluster) => {
    const before = setApart.get(cluster.name);
    return before ? { ...before, setApart: true as const } : cluster;
  });
  const now = new Date(Date.parse(report.startedAt) + report.seconds * 1000);
  return fleetReport({ ...report, clusters, now });
}

/** Lists each certificate once, since the clusters share those of the management cluster. */
function certificatesOf(clusters: readonly ClusterReport[], now: Date, leadDays: number): ReportedCertificate[] {
  const byFingerprint = new Map<string, { expiry: RememberedExpiry; clusters: string[] }>();
  for (const { name, certificates } of clusters) {
    for (const expiry of certificates) {
      const key = `${expiry.kind} ${expiry.fingerprint}`;
      const known = byFingerprint.get(key) ?? { expiry, clusters: [] };
      const latest = isSeenLater(expiry, known.expiry) ? expiry : known.expiry;
      const names = known.clusters.includes(name) ? known.clusters : [...known.clusters, name];
      byFingerprint.set(key, { expiry: latest, clusters: names });
    }
  }
  return [...byFingerprint.values()]
    .flatMap(({ expiry, clusters: users }) =>
      dueDates([expiry], now, leadDays).map((due) => ({ ...due, clusters: users })),
    )
    .sort((one, other) => one.notAfter.localeCompare(other.notAfter) || compareNames(one.subject, other.subject));
}

/** What this run has read is later than what any earlier run has. */
function isSeenLater({ remembered, seenAt = "" }: RememberedExpiry, other: RememberedExpiry): boolean {
  if (!remembered || !other.remembered) return !remembered;
  return seenAt > (other.seenAt ?? "");
}
