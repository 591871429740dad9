import { X509Certificate } from "node:crypto";

/** The certificates in PEM that clients may trust. As in Go, what is no certificate is skipped. */
export function authoritiesIn(pem: string): string[] {
  const blocks = pem.match(/^-----BEGIN CERTIFICATE-----[^:]*?^-----END CERTIFICATE-----/gm) ?? [];
  return blocks.filter((block) => {
    try {
      return new X509Certificate(block).raw.length > 0;
    } catch {
      return false;
    }
  });
}
