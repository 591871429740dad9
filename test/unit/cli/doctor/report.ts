import type { DoctorReport } from "../../../../cli/doctor/doctorReport";

/** A report in which all is good. */
export const healthy: DoctorReport = {
  clusterName: "cluster-2",
  management: 'context "hub"',
  remote: 'context "cluster-2"',
  registration: "healthy",
  owner: "project/stack/cluster-2",
  checks: [
    { name: "agent", findings: [], detail: "available, 1 pod" },
    { name: "hub's count of agents", findings: [], skipped: "it cannot be read: no right" },
  ],
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

/** The same with an agent in trouble, told in words that XML must escape. */
export const broken: DoctorReport = {
  ...healthy,
  registration: "unhealthy",
  checks: [
    {
      name: "agent",
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
  ],
};
