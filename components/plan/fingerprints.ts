/**
 * Describes two sets of certificates by the first 8 bytes of their fingerprints, or by as many as make them differ. A bundle reads `A + B`.
 */
export function compareFingerprints(before: readonly string[], after: readonly string[]): readonly [string, string] {
  const all = [...new Set([...before, ...after])];
  let length = 8;
  while (length < 32 && new Set(all.map((one) => shorten(one, length))).size < all.length) length += 1;
  const describe = (fingerprints: readonly string[]) =>
    fingerprints.length === 0 ? "(no certificate)" : fingerprints.map((one) => shorten(one, length)).join(" + ");
  return [describe(before), describe(after)];
}

function shorten(fingerprint: string, bytes: number): string {
  const parts = fingerprint.split(":");
  return parts.length <= bytes ? fingerprint : `${parts.slice(0, bytes).join(":")}…`;
}
