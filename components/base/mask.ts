/** The most characters of evidence in a message. */
const limit = 300;

/**
 * Masks everything that could be a secret in one line of evidence: UUIDs, tokens, key blocks, credentials in URLs and headers. Names of objects,
 * hosts, addresses and fingerprints with colons stay. Undefined when nothing remains.
 * A long line is cut after masking, around the match of `around`, so that a cut never uncovers half a secret.
 */
export function mask(text: string | undefined, around?: RegExp): string | undefined {
  if (text === undefined) return undefined;
  const plain = text.replace(/\p{Cc}\[\d*(?:;\d*)*m/gu, "").replace(/[^\P{Cc}\s]/gu, "");
  const masked = maskRuns(maskForms(maskBlocks(plain)))
    .replace(/\s+/g, " ")
    .trim();
  if (masked === "") return undefined;
  if (masked.length <= limit) return masked;
  const at = around === undefined ? 0 : Math.max(0, masked.search(around));
  if (at < limit - 100) return `${masked.slice(0, limit - 1)}…`;
  const start = Math.max(0, Math.min(at - 100, masked.length - limit + 2));
  const end = start + limit - 2;
  return `…${masked.slice(start, end)}${end < masked.length ? "…" : ""}`;
}

/** Masks PEM blocks, also those cut at either end: a part of a log begins and ends anywhere. */
function maskBlocks(text: string): string {
  return text
    .replace(/-----BEGIN ([A-Z0-9 ]*)-----[\s\S]*?(?:-----END \1-----|$)/g, "***")
    .replace(/^[\s\S]*-----END [A-Z0-9 ]*-----/, "***");
}

/** Masks secrets that their surroundings give away. */
function maskForms(text: string): string {
  return (
    text
      .replace(/\b(bearer|basic)\s+[^\s"',;]+/gi, "$1 ***")
      .replace(/:\/\/[^\s/"']*@/g, "://***@")
      // Credentials in a URL that is cut before the @. A port follows a host; anything else is a password.
      .replace(/:\/\/[^\s/@:["']+:(?!\d{1,5}(?!\w))[^\s/@"']+/g, "://***")
      // The pattern does not match a prefix of the name (`relay_token`): that took a minute in a long line.
      .replace(/((?:token|password|passwd|api[-_]?key)\\?"?\s*(?:=|"\s*:)\s*\\?"?)[^\s"\\&,;}]+/gi, "$1***")
      .replace(/\beyJ[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){0,2}/g, "***")
      .replace(/(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}(?:-[0-9a-f]{1,12}){0,3}(?![0-9a-z])/gi, "***")
      .replace(/(?<![0-9a-z])(?:[0-9a-f]{1,8}-)?(?:[0-9a-f]{4}-){1,3}[0-9a-f]{12}(?![0-9a-z])/gi, "***")
  );
}

/** Masks long runs of token characters that are not words. */
function maskRuns(text: string): string {
  return (
    text
      // No name has 16 hexadecimal digits in a row. A digest has `sha256:` before it.
      .replace(/(?<!sha256:)(?<![0-9a-f])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{16,}/gi, (run, at: number, whole: string) =>
        run.length === 64 && whole.slice(0, at).endsWith("sha256:") ? run : "***",
      )
      // Names of Kubernetes objects have hyphens and no upper-case letters.
      .replace(/[A-Za-z0-9+/=_-]{16,}/g, (run) => (/[A-Z]/.test(run) && !isWords(run) ? "***" : run))
      .replace(/[A-Za-z0-9+/=_]{24,}/g, (run, at: number, whole: string) =>
        isWords(run) || (run.length === 64 && whole.slice(0, at).endsWith("sha256:")) ? run : "***",
      )
  );
}

/** Whether a run is a path, an identifier or CamelCase: each piece is a word, and a piece has at least four characters on average. */
function isWords(run: string): boolean {
  const pieces = run.split(/[/_+=-]+/).filter((piece) => piece !== "");
  return (
    pieces.length <= run.length / 4 &&
    pieces.every((piece) =>
      /^(?:\d{1,4}|v\d+\w{0,7}|[a-z]{2,}\d{0,3}|[A-Z]{2,}\d{0,3}|[A-Z]?[a-z]{2,}(?:[A-Z][a-z]{2,})*)$/.test(piece),
    )
  );
}
