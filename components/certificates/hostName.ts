import { isIP } from "node:net";
import { withoutBrackets } from "../base/text";
import type { Certificate } from "./certificate";

/**
 * Whether a server certificate covers a host, by the rules of Go's crypto/x509, which the agent uses: only names of the subject alternative
 * name count, never the common name; a wildcard matches one whole label, the left-most. What is no host name must be equal.
 * Source: crypto/x509, verify.go (VerifyHostname).
 */
export function coversHost({ alternativeNames }: Pick<Certificate, "alternativeNames">, host: string): boolean {
  const { dns = [], addresses = [] } = alternativeNames ?? {};
  const bare = withoutBrackets(host);
  if (isIP(bare) !== 0) return addresses.some((address) => bytesOf(address) === bytesOf(addressOf(bare)));
  const wanted = lower(host);
  const labels = wanted.replace(/\.$/, "").split(".");
  return dns.map(lower).some((name) => {
    if (!isHost.test(wanted) || !isPattern.test(name)) return name === wanted && wanted !== "" && wanted !== ".";
    const pattern = name.split(".");
    return (
      pattern.length === labels.length &&
      pattern.every((label, index) => (index === 0 && label === "*") || label === labels[index])
    );
  });
}

const isHost = /^[a-z0-9_][a-z0-9_-]*(\.[a-z0-9_][a-z0-9_-]*)*\.?$/;
const isPattern = /^(\*(?=\.)|[a-z0-9_][a-z0-9_-]*)(\.[a-z0-9_][a-z0-9_-]*)*$/;

/** Lower-case ASCII letters; others stay as they are. */
function lower(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** The 4 or 16 bytes of an address. */
function addressOf(host: string): Buffer {
  if (isIP(host) === 4) return Buffer.from(host.split(".").map(Number));
  const { hostname } = new URL(`http://[${host}]`);
  const [head = "", tail] = hostname.slice(1, -1).split("::");
  const [before, after] = [head, tail ?? ""].map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array<string>(8 - (before?.length ?? 0) - (after?.length ?? 0)).fill("0");
  const groups = [...(before ?? []), ...zeros, ...(after ?? [])];
  return Buffer.from(groups.map((group) => group.padStart(4, "0")).join(""), "hex");
}

/** An IPv4 address equals its form in IPv6. */
function bytesOf(address: Buffer): string {
  const hex = address.toString("hex");
  return hex.startsWith("00000000000000000000ffff") ? hex.slice(24) : hex;
}
