import { posix } from "node:path";

/** The lines of a Markdown text outside of its fenced code, with the fences' content apart. */
export interface Markdown {
  readonly lines: readonly string[];
  readonly codeBlocks: readonly CodeBlock[];
}

/** A fence and what is in it. */
export interface CodeBlock {
  readonly language: string;
  /** What follows the language on the fence's line; it is not shown to readers. */
  readonly info: string;
  readonly code: string;
}

export function parseMarkdown(text: string): Markdown {
  const lines: string[] = [];
  const codeBlocks: CodeBlock[] = [];
  let block: { language: string; info: string; code: string } | undefined;
  for (const line of text.split("\n")) {
    const fence = /^```(?:(\w+)(?: (\S.*))?)?$/.exec(line);
    if (fence && block === undefined) block = { language: fence[1] ?? "", info: fence[2] ?? "", code: "" };
    else if (line === "```" && block !== undefined) {
      codeBlocks.push(block);
      block = undefined;
    } else if (block !== undefined) block.code += `${line}\n`;
    else lines.push(line);
  }
  if (block !== undefined) throw new Error("a code block does not end");
  return { lines, codeBlocks };
}

/** The lines between a heading and the next one of any level. */
export function sectionOf({ lines }: Markdown, heading: string): readonly string[] {
  const begin = lines.indexOf(heading);
  if (begin < 0) throw new Error(`there is no heading "${heading}"`);
  const rest = lines.slice(begin + 1);
  const end = rest.findIndex((line) => /^#{1,6} /.test(line));
  return end < 0 ? rest : rest.slice(0, end);
}

/** The code in the first column of the tables in these lines; a cell may hold several. */
export function firstColumn(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const cell = /^\| (`[^|]+`) \|/.exec(line)?.[1] ?? "";
    return [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? "");
  });
}

/** The rows of the tables in these lines that begin with code, cell by cell. */
export function tableRows(lines: readonly string[]): string[][] {
  return lines
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
}

/** Targets of all links and images. */
export function linksIn({ lines }: Markdown): string[] {
  return lines.flatMap((line) =>
    [...line.replace(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) => to ?? ""),
  );
}

/** The anchors that GitHub makes from the headings. */
export function anchorsOf({ lines }: Markdown): string[] {
  return lines
    .filter((line) => /^#{1,6} /.test(line))
    .map((line) =>
      line
        .replace(/^#+ /, "")
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    );
}

/** Splits a relative link of a document into the file it leads to, by its path in the repository, and the anchor. */
export function resolveLink(document: string, link: string): { file: string; anchor: string | undefined } {
  const [path = "", anchor] = link.split("#");
  return { file: path === "" ? document : posix.join(posix.dirname(document), path), anchor };
}
