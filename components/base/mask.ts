import { withoutInvisible } from "./foreignText";
import { withoutKnownSecrets } from "./knownSecrets";
import { looksRandom } from "./randomness";
import { maskForms } from "./secretForms";
import { beginningOf } from "./text";

/** The most characters of evidence in a message. */
const limit = 300;

/** The most characters that are searched for secrets: some patterns need a time that grows with the square. */
const longestSearched = 8192;

/**
 * Masks everything that could be a secret in foreign text: secrets that this process has read, UUIDs, tokens, key blocks, credentials in URLs and
 * headers. Names of objects, hosts, addresses and fingerprints with colons stay. Undefined when nothing remains.
 * A long text is cut after masking, around the match of `around`, so that a cut never uncovers half a secret.
 */
export function mask(text: string | undefined, around?: RegExp): string | undefined {
  if (text === undefined) return undefined;
  const masked = maskRuns(maskUuids(maskCredentials(text)))
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

/**
 * Masks only what is certainly a secret: the values that this process has read, and what its form gives away. For our own messages, whose UIDs and
 * fingerprints must stay. Cuts a text that is longer than any message, and searches what is displayed of it: an invisible character parts no name and no secret.
 */
export function maskCredentials(text: string): string {
  const displayed = withoutInvisible(withoutKnownSecrets(beginningOf(text, 4 * longestSearched)));
  return maskForms(withoutKnownSecrets(beginningOf(displayed, longestSearched)));
}

/** Masks a part of a problem that may quote others, but for UUIDs: clusters are named by theirs. */
export function maskQuotation(text: string): string {
  return maskRuns(maskCredentials(text));
}

/**
 * An address without user, password, query and fragment, for messages. Of its path the parts that look like secrets are masked: gateways may take a token there.
 * Names of clusters stay.
 */
export function withoutCredentials(address: string): string {
  const url = URL.parse(address);
  if (url === null) return "an address that is not a URL";
  const path = url.pathname.split("/").map((part) => (isSecretPart(part) ? "***" : part));
  return `${url.protocol}//${url.host}${path.join("/").replace(/\/$/, "")}`;
}

/** The parts of an address that may be secrets, whole: user, password, values of the query, and what looks like a secret in the path. */
export function secretsInAddress({ username, password, searchParams, pathname }: URL): readonly string[] {
  return [password || username, ...searchParams.values(), ...pathname.split("/").filter(isSecretPart)];
}

function isSecretPart(part: string): boolean {
  return maskQuotation(part) !== part;
}

function maskUuids(text: string): string {
  return text
    .replace(/(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}(?:-[0-9a-f]{1,12}){0,3}(?![0-9a-z])/gi, "***")
    .replace(/(?<![0-9a-z])[0-9a-f]{1,8}-(?:[0-9a-f]{4}-){0,3}[0-9a-f]{12}(?![0-9a-z])/gi, "***");
}

/** Masks long runs of token characters that are not words. */
function maskRuns(text: string): string {
  return (
    text
      // No name has 16 hexadecimal digits in a row.
      .replace(/(?<![0-9a-f])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{16,}/gi, unlessPublic)
      // Names of Kubernetes objects have hyphens and no upper-case letters.
      .replace(/[A-Za-z0-9+/=_-]{16,}/g, (run, at, whole) =>
        /[A-Z]/.test(run) && !isWords(run) ? unlessPublic(run, at, whole) : run,
      )
      .replace(/[A-Za-z0-9+/=_]{24,}/g, (run, at, whole) => (isWords(run) ? run : unlessPublic(run, at, whole)))
      .replace(/(?<![A-Za-z0-9])[a-z0-9]{16,}(?![A-Za-z0-9])/g, (run, at, whole) =>
        looksRandom(run) ? unlessPublic(run, at, whole) : run,
      )
  );
}

/** Keeps the digest or tag of an image, and the first label of a cloud provider's host. */
function unlessPublic(run: string, at: number, whole: string): string {
  const [before, after] = [whole.slice(Math.max(0, at - 300), at), whole.slice(at + run.length, at + run.length + 300)];
  const isDigest = run.length === 64 && before.endsWith("sha256:");
  const isTag = /^[0-9a-f]{16,40}$/.test(run) && /\w\.\w[\w.-]*(?::\d+)?\/[\w./-]+:(?:[\w.-]*-g?)?$/.test(before);
  const isHost = /^(?:-[a-z0-9]+)*(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com|azmk8s\.io|googleapis\.com)\b/i.test(after);
  return isDigest || isTag || isHost ? run : "***";
}

/** Whether a run is a path, an identifier or CamelCase: each piece is a word, and a piece has at least four characters on average. */
function isWords(run: string): boolean {
  const pieces = run.split(/[/_+=-]+/).filter((piece) => piece !== "");
  return (
    pieces.length <= run.length / 4 &&
    pieces.every(
      (piece) =>
        /^(?:\d{1,4}|v\d+\w{0,7}|[kK]8[sS]|[xX]509|[a-z]{2,}\d{0,3}|[A-Z]{2,}\d{0,3}|[A-Z]?[a-z]{2,}(?:[A-Z][a-z]{2,})*)$/.test(
          piece,
        ) && !looksRandom(piece),
    )
  );
}
