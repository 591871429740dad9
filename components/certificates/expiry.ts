/** Whose certificate it is, from the root of the relay's trust down to the agent. */
export type CertificateKind = "root" | "intermediate" | "server" | "client";

/** One certificate of the relay, and when it ends. Public facts alone. */
export interface CertificateExpiry {
  /** Whose it is. */
  readonly kind: CertificateKind;
  /** Distinguished name of the holder, or its first DNS name where the certificate has no subject. */
  readonly subject: string;
  /** SHA-256, as `openssl x509 -fingerprint` writes it. */
  readonly fingerprint: string;
  /** End of the validity, ISO 8601. */
  readonly notAfter: string;
  /** Where the certificate was read: a Secret with its cluster, or an address. */
  readonly where: string;
}

/** What is to be done about a certificate, and by when. */
export interface Due extends CertificateExpiry {
  /** Whole days that are left; negative once it has ended. */
  readonly daysLeft: number;
  /** The day to act, ISO 8601 date: the end minus the lead time. */
  readonly actBy: string;
  /** Whether that day has come. */
  readonly due: boolean;
}

const millisecondsOfDay = 24 * 60 * 60 * 1000;
/** Before it JavaScript has no dates. An end near it can only come from a state that somebody has edited. */
const firstMoment = -8.64e15;

/** Gloo Mesh 1.x renews none of these by itself; a month is time for the ways in docs/troubleshooting.md. */
export const defaultLeadDays = 30;

/** What of these is to be done when, the most urgent first. */
export function dueDates(expiries: readonly CertificateExpiry[], now: Date, leadDays = defaultLeadDays): Due[] {
  return expiries
    .map((expiry) => {
      const end = Date.parse(expiry.notAfter);
      const act = Math.max(end - leadDays * millisecondsOfDay, firstMoment);
      return {
        ...expiry,
        daysLeft: Math.floor((end - now.getTime()) / millisecondsOfDay),
        actBy: new Date(act).toISOString().slice(0, 10),
        due: act <= now.getTime(),
      };
    })
    .sort((one, other) => one.notAfter.localeCompare(other.notAfter));
}
