/** What may still be read of answers that belong together, such as the pages of a list. Reading takes from it. */
export interface Allowance {
  bytes: number;
  /** Values in JSON: an empty map takes two bytes as text and fifty in memory. */
  values: number;
}

/** More than the largest management clusters need, and less than a process has. */
export function allowance(bytes = 128 * 1024 * 1024): Allowance {
  return { bytes, values: 3_000_000 };
}

/** Kubernetes objects have some twenty levels. Functions that walk an object call themselves for each level. */
const deepest = 200;

const [quote, backslash] = [0x22, 0x5c];

/** Parses JSON that somebody else wrote. Throws a SyntaxError for text that is no JSON, is too deep, or has more values than allowed. */
export function parseForeignJson(text: string, rest: Pick<Allowance, "values"> = allowance()): unknown {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === "}" || character === "]") depth--;
    else if (character === ",") rest.values--;
    else if (character === "{" || character === "[") {
      depth++;
      rest.values--;
    }
    if (depth > deepest || rest.values < 0) throw new SyntaxError("the JSON has too many values or levels");
  }
  return JSON.parse(text);
}

/** Where the string ends that begins here; the end of the text for one that is not closed. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) return at;
    if (code === backslash) at++;
  }
  return text.length;
}
