/** The role of a certificate, from the root of the relay's trust down to the agent. */
export type CertificateKind = "root" | "intermediate" | "server" | "client";

/** A certificate of the relay and its expiry. Holds public facts only. */
export interface CertificateExpiry {
  /** The role of the certificate. */
  readonly kind: CertificateKind;
  /** Distinguished name of the holder, or its first DNS name where the certificate has no subject. */
  readonly subject: string;
  /** SHA-256, as `openssl x509 -fingerprint` writes it. */
  readonly fingerprint: string;
  /** End of the validity, ISO 8601. */
  readonly notAfter: string;
  /** Where the certificate was read: a Secret with its cluster, or an address. */
  readonly where: string;
  /** Who renews it before it expires; missing for a certificate that nothing renews. */
  readonly renewedBy?: "agent";
}

/** A certificate as an earlier run saw it, where the present one cannot look. */
export interface RememberedExpiry extends CertificateExpiry {
  /** True if an earlier run has read it, and the present one could not look. */
  readonly remembered?: true;
  /** When the earlier run read it, ISO 8601; missing where nobody recorded that. */
  readonly seenAt?: string;
}

/** A certificate with the day by which it must be renewed. */
export interface Due extends RememberedExpiry {
  /** Whole days until the certificate expires; negative afterwards. */
  readonly daysLeft: number;
  /** The day to act, ISO 8601 date: the expiry minus the lead time. */
  readonly actBy: string;
  /** Whether the day to act has come. */
  readonly due: boolean;
}

const millisecondsOfDay = 24 * 60 * 60 * 1000;
/** The earliest date of JavaScript. Only a state that somebody has edited has an expiry close to it. */
const firstMoment = -8.64e15;

/**
 * Default lead time. Gloo Mesh 1.x renews no certificate by itself; a month suffices for the procedures in docs/how-to/renew.md. An agent of 2.x renews its
 * own earlier than that (36 days before the end in the vendor's example): one that is due then was not renewed.
 */
export const defaultLeadDays = 30;

/** When each certificate must be renewed, the most urgent first. */
export function dueDates(expiries: readonly RememberedExpiry[], now: Date, leadDays = defaultLeadDays): Due[] {
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
