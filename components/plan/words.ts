import type { Found } from "../discovery/found";

/** A value with its source. */
export function told({ value, source }: Found): string {
  return `${value} (${source})`;
}

/** What a name list reads like: "a", "a and b", "a, b and c". */
export function enumerate(names: readonly string[]): string {
  return inSentence(names, "and");
}

/** The same for a choice: "a, b or c". */
export function anyOf(names: readonly string[]): string {
  return inSentence(names, "or");
}

function inSentence(names: readonly string[], last: "and" | "or"): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} ${last} ${names.at(-1)}`;
}

/**
 * Tells two sets of certificates apart by the first 8 bytes of their fingerprints, or by as many as it takes. A bundle reads `A + B`.
 */
export function compareFingerprints(before: readonly string[], after: readonly string[]): readonly [string, string] {
  const all = [...new Set([...before, ...after])];
  let length = 8;
  while (length < 32 && new Set(all.map((one) => shorten(one, length))).size < all.length) length += 1;
  const describe = (fingerprints: readonly string[]) =>
    fingerprints.length === 0 ? "what is no certificate" : fingerprints.map((one) => shorten(one, length)).join(" + ");
  return [describe(before), describe(after)];
}

function shorten(fingerprint: string, bytes: number): string {
  const parts = fingerprint.split(":");
  return parts.length <= bytes ? fingerprint : `${parts.slice(0, bytes).join(":")}…`;
}
