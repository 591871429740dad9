/**
 * Shortens fingerprints to their first bytes: at least `least`, and as many as make them differ.
 *
 * @returns a function that shortens each of them
 */
export function shortFingerprints(fingerprints: readonly string[], least: number): (fingerprint: string) => string {
  const all = [...new Set(fingerprints)];
  let length = least;
  while (length < 32 && new Set(all.map((one) => shorten(one, length))).size < all.length) length += 1;
  return (fingerprint) => shorten(fingerprint, length);
}

function shorten(fingerprint: string, bytes: number): string {
  const parts = fingerprint.split(":");
  return parts.length <= bytes ? fingerprint : `${parts.slice(0, bytes).join(":")}…`;
}
