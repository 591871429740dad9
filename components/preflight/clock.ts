import { clockToleranceSeconds } from "../certificates/clientCertificate";
import type { KubernetesClient } from "../kubernetes/client";
import type { Finding } from "./findings/finding";

/** Clocks that are kept by NTP differ by less; the API server tells whole seconds, and an answer may take some. */
const skewSeconds = 60;

/** Compares the API server's clock, as its last answer told it, with this machine's. GMR119, a warning. */
export function checkClock(client: KubernetesClient): Finding[] {
  const skew = client.clockSkewSeconds;
  if (skew === undefined || Math.abs(skew) <= skewSeconds) return [];
  const seconds = Math.round(Math.abs(skew));
  return [
    {
      code: "GMR119",
      severity: "warning",
      what: `The clocks differ: the API server's is ${seconds} s ${skew > 0 ? "ahead of" : "behind"} this machine's`,
      where: client.where,
      cause: consequence(skew),
      next: "set the clock that is wrong; on this machine: timedatectl status",
    },
  ];
}

/** A certificate carries the time of the machine that issues it, and is judged by the time of this one. */
function consequence(skew: number): string {
  if (skew > clockToleranceSeconds) {
    return `a certificate that is issued there now counts as not yet valid here, since at most ${clockToleranceSeconds} s are tolerated: the proof will fail`;
  }
  return skew > 0
    ? `certificates are judged with a tolerance of ${clockToleranceSeconds} s, so the proof still works`
    : "certificates are taken for expired before they are";
}
