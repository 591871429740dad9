import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";

/** Texts that must show nowhere, by what they are. */
export type Confidential = ReadonlyMap<string, string>;
/** Texts that are looked through, by where they come from. */
export type Evidence = ReadonlyMap<string, string>;

const pieceLength = 48;

/**
 * Finds confidential texts, whole or in pieces, plain or encoded as base64 once or twice (at any position in what was
 * encoded), hex, for URLs or for JSON. Tells what was found where and in which form, not the text. What is compressed or encrypted is beyond it.
 */
export function findLeaks(confidential: Confidential, evidence: Evidence): string[] {
  const found: string[] = [];
  for (const [name, text] of confidential) {
    const needles = piecesOf(text).flatMap(formsOf);
    for (const [source, content] of evidence) {
      const hit = needles.find(([, needle]) => content.includes(needle));
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

/** A PEM text begins with what all keys of a kind share, so pieces from its middle stand for it. */
function piecesOf(text: string): string[] {
  const lines = text.split("\n").filter((line) => line.length >= pieceLength);
  if (lines.length < 4) return [text.trim()];
  return [3, Math.floor(lines.length / 2), lines.length - 2].map((index) => lines[index] ?? "");
}

function formsOf(piece: string): [form: string, needle: string][] {
  const bytes = Buffer.from(piece);
  const once = base64Forms(piece);
  return [
    ["plain", piece],
    ["for JSON", JSON.stringify(piece).slice(1, -1)],
    ["for URLs", encodeURIComponent(piece)],
    ["hex", bytes.toString("hex")],
    ["hex", bytes.toString("hex").toUpperCase()],
    ...once.map((needle): [string, string] => ["base64", needle]),
    ...once.map((needle): [string, string] => ["base64 for URLs", needle.replaceAll("+", "-").replaceAll("/", "_")]),
    ...once.flatMap(base64Forms).map((needle): [string, string] => ["base64 twice", needle]),
  ];
}

/** What base64 makes of a text that starts at any of the three positions in a group; without what depends on its neighbours. */
function base64Forms(text: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).toString("base64");
    const first = Math.ceil((offset * 4) / 3);
    const complete = Math.floor(((offset + Buffer.byteLength(text)) * 8) / 6);
    return encoded.slice(first, complete);
  });
}
