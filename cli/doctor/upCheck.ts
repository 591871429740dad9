import { sentenceOf } from "../../components/glooMesh/reasons";
import { describeCurrentState } from "../../components/plan/currentState";
import { decide } from "../../components/plan/decisions";
import { describeDesiredState } from "../../components/plan/desiredState";
import { describePlan } from "../../components/plan/plan";
import type { Examination } from "../../components/preflight/preflight";
import type { DetectedRegistration } from "./detectedRegistration";
import type { Check, DoctorReport } from "./doctorReport";

const name = "pulumi up";

/**
 * Decides what `pulumi up` would do to a registration of Pulumi, by the same pure functions as the run itself and from what the checks have read.
 * Arguments that leave no trace on the clusters count as unchanged.
 */
export function checkUp(
  detected: DetectedRegistration,
  examination: Examination | undefined,
): Pick<DoctorReport, "reasons"> & { readonly check: Check } {
  const { rootCertificate, serverAddress, agentVersion, kubernetesClusters = [] } = examination?.hub ?? {};
  const { remote } = examination ?? {};
  if (!examination || !remote || rootCertificate === undefined || !serverAddress || !agentVersion) {
    const skipped = "the checks could not read all that it depends on";
    return { reasons: [], check: { group: "pulumi", name, findings: [], skipped } };
  }
  const seen = { remote, kubernetesClusters, missing: examination.missing };
  const { remoteIdentity } = examination;
  const facts = { remoteIdentity, rootCertificate, serverAddress, agentVersion, seen };
  const desired = describeDesiredState(detected, facts);
  const current = describeCurrentState(detected, facts, desired);
  const { preparation, bootstrapToken, clientCertificate } = decide(desired, current);
  // Only a one-time token is a resource with a reason of its own.
  const all = [preparation, desired.token === "temporary" ? bootstrapToken : "", clientCertificate];
  const reasons = [...new Set(all)].filter((reason) => reason !== "");

  const { clusterDomain = desired.clusterDomain } = current.registered[0] ?? {};
  const { lines } = describePlan({ ...desired, clusterDomain, values: undefined }, current);
  const otherChanges = lines.flatMap(({ sign, text }) => (sign === " " ? [] : [text]));
  const changes = reasons.length > 0 ? reasons.map(sentenceOf) : otherChanges;
  const detail = changes.join("; ") || "nothing to do";
  return { reasons, check: { group: "pulumi", name, findings: [], detail, changes: changes.length > 0 } };
}
