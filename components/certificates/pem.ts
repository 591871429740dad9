/** A block of a PEM file. */
export interface PemBlock {
  readonly label: string;
  readonly hasHeaders: boolean;
  readonly der: Buffer;
}

const begin = "-----BEGIN ";
const end = "\n-----END ";
const dashes = "-----";

/**
 * Reads the blocks of a PEM file as Go's encoding/pem does, which skips what it does not understand: a block behind a byte order mark or with
 * text on a marker's line is none. Source: encoding/pem, pem.go (Decode).
 */
export function pemBlocks(pem: Buffer | string): PemBlock[] {
  const blocks: PemBlock[] = [];
  let rest = typeof pem === "string" ? Buffer.from(pem, "utf8").toString("latin1") : pem.toString("latin1");
  for (let at = rest.indexOf(end); at >= 0; at = rest.indexOf(end)) {
    const start = rest.slice(0, at + 1).lastIndexOf(begin);
    const after = at + end.length;
    const isLine = start === 0 || (start > 0 && rest[start - 1] === "\n");
    const block = isLine ? blockAt(rest.slice(start + begin.length), at - start - begin.length) : undefined;
    if (block) blocks.push(block);
    rest = rest.slice(after);
  }
  return blocks;
}

/** The block in a string that begins with its label; `endAt` is where its end marker begins, with the line end before it. */
function blockAt(text: string, endAt: number): PemBlock | undefined {
  const [typeLine, first] = lineAt(text, 0);
  if (!typeLine.endsWith(dashes)) return undefined;
  const label = typeLine.slice(0, -dashes.length);
  let bodyAt = first;
  for (;;) {
    if (bodyAt >= text.length) return undefined;
    const [line, next] = lineAt(text, bodyAt);
    if (!line.includes(":")) break;
    bodyAt = next;
    // Headers that run past the end marker make no block; not to read on keeps the time linear.
    if (endAt < bodyAt) return undefined;
  }
  const hasHeaders = bodyAt > first;
  const trailer = text.slice(endAt + end.length);
  if (!trailer.startsWith(label + dashes)) return undefined;
  if (lineAt(trailer, label.length + dashes.length)[0] !== "") return undefined;
  const base64 = text.slice(bodyAt, Math.max(bodyAt, endAt)).replace(/[ \t\r\n]/g, "");
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined;
  return { label, hasHeaders, der: Buffer.from(base64, "base64") };
}

/** The line that begins here, without white space at its end, and where the next one begins. */
function lineAt(text: string, from: number): readonly [line: string, next: number] {
  const at = text.indexOf("\n", from);
  const next = at < 0 ? text.length : at + 1;
  let last = at < 0 ? text.length : at;
  if (at >= 0 && text[last - 1] === "\r") last--;
  // Not by an expression, which would take quadratic time.
  while (last > from && (text[last - 1] === " " || text[last - 1] === "\t")) last--;
  return [text.slice(from, last), next];
}
