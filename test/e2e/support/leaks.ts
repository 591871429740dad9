import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { constants, inflateRawSync } from "node:zlib";

/** Texts that must show nowhere, by what they are. */
export type Confidential = ReadonlyMap<string, string>;
/** Texts that are looked through, by where they come from. Files are given byte by byte (latin1). */
export type Evidence = ReadonlyMap<string, string>;

const pieceLength = 48;
/** How many layers of base64 and compression are taken off: Helm keeps its releases in three. */
const layers = 4;

/**
 * Finds confidential texts, whole or in pieces, plain or encoded: as base64 (of both alphabets, at any position in what was encoded, in lines or
 * not, several times), hex, DER, for URLs or for JSON, in gzip or zlib, and in base64 of those. Tells what was found where and in which form,
 * not the text. What is encrypted is beyond it, and so is what is spread over more than white space, colons and escapes.
 */
export function findLeaks(confidential: Confidential, evidence: Evidence): string[] {
  const needles = [...confidential].map(([name, text]) => ({ name, forms: piecesOf(text).flatMap(formsOf) }));
  const found: string[] = [];
  for (const [source, content] of evidence) {
    const texts = readings(content);
    for (const { name, forms } of needles) {
      const hit = forms.find(([, needle]) => texts.some((text) => text.includes(needle)));
      if (hit) found.push(`${name} in ${source} (${hit[0]})`);
    }
  }
  return found;
}

/** Every readable file below a folder, except those below the given ones. */
export async function filesBelow(folder: string, except: readonly string[] = []): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || except.some((one) => path.startsWith(`${one}/`))) continue;
    if ((await stat(path)).size < 200 * 1024 * 1024) files.set(relative(folder, path), await readFile(path, "latin1"));
  }
  return files;
}

/** The content, and what comes out when its layers are taken off; each also without what breaks lines and separates digits. */
function readings(content: string): string[] {
  const all: string[] = [];
  for (let layer = 0, text = content; text !== "" && layer <= layers; layer += 1) {
    const joined = text.replace(/\\+[nrt]|%0[AD]|[\s:]/gi, "");
    all.push(text, joined);
    text = [...unpacked(text), ...decoded(text), ...(joined === text ? [] : decoded(joined))].join("\n");
  }
  return all;
}

/** What the runs of base64 hold. A run begins where the encoded text did, or is found by the needles' own positions. */
function decoded(text: string): string[] {
  return (text.match(/[A-Za-z0-9+/_-]{24,}/g) ?? []).map((run) => Buffer.from(run, "base64").toString("latin1"));
}

/** How gzip and zlib begin, byte by byte. */
const beginnings = ["\u001f\u008b\b", "x\u0001", "x^", "x\u009c", "x\u00da"];
/** Bytes after such a beginning that are looked at. */
const longestPacked = 1 << 23;

/** What is compressed in it, wherever that begins and whatever follows it. */
function unpacked(text: string): string[] {
  return beginnings.flatMap((beginning) => {
    const found: string[] = [];
    for (let at = text.indexOf(beginning); at >= 0; at = text.indexOf(beginning, at + 1)) {
      const packed = Buffer.from(text.slice(at, at + longestPacked), "latin1");
      // The header, without a name; the content ends where it says so.
      const header = packed[0] === 0x1f ? 10 : 2;
      try {
        const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 1 << 27 };
        found.push(inflateRawSync(packed.subarray(header), options).toString("latin1"));
      } catch {
        // It only looked like the beginning.
      }
    }
    return found;
  });
}

interface Piece {
  readonly text: string;
  /** A line of a PEM text stands for bytes. */
  readonly isPem: boolean;
}

/** A PEM text begins with what all keys of a kind share, so pieces from further on stand for it. */
function piecesOf(text: string): Piece[] {
  const lines = text.split("\n").filter((line) => line.length >= pieceLength);
  if (lines.length < 4) return piecesOfLine(text.trim());
  // The first third of an RSA key is its public half, whose bytes are in its certificate as well.
  const places = [Math.floor(lines.length * 0.4), Math.floor(lines.length * 0.65), lines.length - 2];
  return places.map((index) => ({ text: lines[index] ?? "", isPem: true }));
}

/** A long one is found by either half as well. */
function piecesOfLine(text: string): Piece[] {
  const half = Math.floor(text.length / 2);
  const pieces = text.length < pieceLength ? [text] : [text.slice(0, half), text.slice(half)];
  return pieces.map((piece) => ({ text: piece, isPem: false }));
}

type Form = [form: string, needle: string];

function formsOf({ text, isPem }: Piece): Form[] {
  const der = isPem ? Buffer.from(text, "base64") : undefined;
  return [
    ["plain", text],
    ["for JSON", JSON.stringify(text).slice(1, -1)],
    ["for JSON", text.replaceAll("/", "\\/")],
    ["for URLs", encodeURIComponent(text)],
    ["for URLs", encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase())],
    ...encodings(Buffer.from(text)),
    ...(der === undefined ? [] : [["DER", der.toString("latin1")] as Form, ...encodings(der)]),
  ];
}

function encodings(bytes: Buffer): Form[] {
  const once = base64Forms(bytes);
  return [
    ["hex", bytes.toString("hex")],
    ["hex", bytes.toString("hex").toUpperCase()],
    ...once.map((needle): Form => ["base64", needle]),
    ...once.map((needle): Form => ["base64 for URLs", needle.replaceAll("+", "-").replaceAll("/", "_")]),
    ...once.flatMap((needle) => base64Forms(Buffer.from(needle))).map((needle): Form => ["base64 twice", needle]),
  ];
}

/** What base64 makes of bytes that start at any of the three positions in a group; without what depends on their neighbours. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    const first = Math.ceil((offset * 4) / 3);
    const complete = Math.floor(((offset + bytes.length) * 8) / 6);
    return encoded.slice(first, complete);
  });
}
