import { clockToleranceSeconds } from "../certificates/clientCertificate";
import type { KubernetesClient } from "../kubernetes/client";
import type { Finding } from "./findings/finding";

/** NTP keeps clocks closer than this. The API server reports whole seconds, and its answer may take a few. */
const skewSeconds = 60;

/** Compares this machine's clock with the API server's at its last answer: GMR119, a warning. */
export function checkClock(client: KubernetesClient): Finding | undefined {
  const skew = client.clockSkewSeconds;
  if (skew === undefined || Math.abs(skew) <= skewSeconds) return undefined;
  const seconds = Math.round(Math.abs(skew));
  return {
    code: "GMR119",
    severity: "warning",
    what: `The clocks differ: the API server's is ${seconds} s ${skew > 0 ? "ahead of" : "behind"} this machine's`,
    where: client.where,
    cause: consequence(skew),
    next: "correct the wrong clock; check this machine's with: timedatectl status",
  };
}

/** The issuer's clock sets the validity of a certificate, and this machine's clock judges it. */
function consequence(skew: number): string {
  if (skew > clockToleranceSeconds) {
    return `a certificate issued there now is not yet valid here, with a tolerance of ${clockToleranceSeconds} s: the proof will fail`;
  }
  return skew > 0
    ? `this is within the tolerance of ${clockToleranceSeconds} s, so the proof still works`
    : "certificates count as expired before they are";
}
