import { fleetReport } from "../../../../cli/report/buildReport";
import type { ClusterReport, ClusterState, FleetReport, ReportCommand } from "../../../../cli/report/fleetReport";

export const now = new Date("2026-01-01T00:00:00.000Z");

const states: readonly ClusterState[] = ["proven", "proven", "failed", "proven", "unfinished"];

/** A text of this length whose words contain markup. */
export function longText(length: number, word = "<relay|`agent`> & "): string {
  return word.repeat(Math.ceil(length / word.length)).slice(0, length);
}

/** A cluster with all facts that a report can hold. */
export function cluster(index: number, parts: Partial<ClusterReport> = {}): ClusterReport {
  const name = `cluster-${index}`;
  const state = states[index % states.length] ?? "proven";
  const notAfter = new Date(Date.UTC(2026, 0, 10 + index * 5)).toISOString();
  return {
    name,
    state,
    ...(state === "proven" ? { proof: "agent" } : {}),
    agentVersion: "1.0.4",
    relayServerAddress: "relay.example.com:9900",
    certificateFingerprint: `AA:${index}`,
    certificateNotAfter: notAfter,
    tokenExposureSeconds: 2.5,
    seconds: { checks: 1.2, preparation: 0.3, agent: 2.1, certificate: 4 },
    changes: [{ resource: "kubernetes:core/v1:Namespace gloo-mesh", operation: "create", properties: ["metadata"] }],
    plan: [`Fresh: ${name} is not registered yet.`],
    notes: [],
    problems:
      state === "failed"
        ? [
            {
              severity: "error",
              code: "GMR501",
              what: `no client certificate came for ${name} within 300 s`,
              where: `context ${name}, Secret gloo-mesh/relay-client-tls-secret`,
              cause: "the relay server refuses the token",
              next: "read the log of enterprise-networking; then run pulumi up again, which resumes from here",
            },
          ]
        : [],
    certificates: [
      {
        kind: "root",
        subject: "CN=relay-root-ca",
        fingerprint: "00:FF",
        notAfter: "2035-01-01T00:00:00.000Z",
        where: "hub",
      },
      { kind: "client", subject: name, fingerprint: `AA:${index}`, notAfter, where: `Secret on ${name}` },
    ],
    ...parts,
  };
}

/** A report of many clusters. */
export function fleet(
  count: number,
  parts: { command?: ReportCommand; cluster?: (index: number) => ClusterReport } & Partial<FleetReport> = {},
): FleetReport {
  const { command = "apply", cluster: make = cluster } = parts;
  return fleetReport({
    command,
    project: "gloo-mesh-relay-registration",
    stack: "dev",
    startedAt: now.toISOString(),
    seconds: 12.3,
    leadDays: 30,
    resourceChanges: { create: 7 * count, same: 2 },
    clusters: Array.from({ length: count }, (_, index) => make(index)),
    plan: parts.plan ?? [],
    problems: parts.problems ?? [],
    now,
  });
}
