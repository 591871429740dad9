import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { dnsNames } from "./x509";

/**
 * Whether a server certificate covers a host, by the rules of Go's crypto/x509, which the agent uses: only names of the subject alternative
 * name count, never the common name; a wildcard matches one whole label, the left-most.
 * Source: crypto/x509, verify.go (VerifyHostname, matchHostnames).
 */
export function coversHost(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined;
  const wanted = host.toLowerCase().replace(/\.$/, "").split(".");
  if (wanted.some((label) => label === "")) return false;
  return dnsNames(certificate).some((pattern) => matches(pattern.toLowerCase().split("."), wanted));
}

function matches(pattern: readonly string[], host: readonly string[]): boolean {
  // A wildcard alone matches no name.
  if (pattern.length !== host.length || pattern.join() === "*") return false;
  return pattern.every((label, index) => (index === 0 && label === "*") || label === host[index]);
}
