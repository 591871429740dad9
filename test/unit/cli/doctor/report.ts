import type { DoctorReport } from "../../../../cli/doctor/doctorReport";

/** A report of a healthy registration. */
export const healthy: DoctorReport = {
  clusterName: "cluster-2",
  management: 'context "hub"',
  remote: 'context "cluster-2"',
  registration: "healthy",
  why: "",
  owner: "project/stack/cluster-2",
  checks: [
    { group: "registration", name: "agent", findings: [], detail: "available, 1 pod" },
    { group: "registration", name: "relay connection", findings: [], skipped: "it cannot be read: no right" },
    { group: "pulumi", name: "pulumi up", findings: [], detail: "nothing to do", changes: false },
  ],
  reasons: [],
  certificates: [
    {
      kind: "client",
      subject: "CN=cluster-2",
      fingerprint: "AA:BB",
      notAfter: "2027-03-01T00:00:00.000Z",
      where: "cluster cluster-2, Secret gloo-mesh/relay-client-tls-secret",
      daysLeft: 12,
      actBy: "2027-01-30",
      due: true,
    },
  ],
  notes: [],
};

/** The same with an agent in trouble, in words that XML must escape, and with work for `pulumi up`. */
export const broken: DoctorReport = {
  ...healthy,
  registration: "unhealthy",
  why: "refused: dial",
  reasons: ["release-failed: the Helm release x failed in an earlier run"],
  checks: [
    {
      group: "registration",
      name: "agent",
      follows: "relay server",
      findings: [
        {
          code: "GMR503",
          severity: "error",
          what: "The relay agent is not available",
          where: "Deployment gloo-mesh/enterprise-agent",
          cause: 'refused: dial "a<b>&c"\u0007',
          next: "check the address",
          rootCause: "refused",
        },
        { code: "GMR119", severity: "warning", what: "The clocks differ", where: "hub", next: "set them" },
      ],
    },
    {
      group: "pulumi",
      name: "pulumi up",
      findings: [],
      detail: "the Helm release x failed in an earlier run",
      changes: true,
    },
  ],
};
