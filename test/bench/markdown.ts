import type { Summary } from "./statistics";

/** A table; the first column is text, the others are figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

/** Median and, in brackets, the smallest and the largest. */
export function seconds({ median, minimum, maximum }: Summary): string {
  const text = (milliseconds: number) => (milliseconds / 1000).toFixed(milliseconds < 995 ? 2 : 1);
  return `${text(median)} s (${text(minimum)}–${text(maximum)})`;
}

export function mebibytes(value: number): string {
  return `${Math.round(value)} MiB`;
}

export function kibibytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

/** Text between two marks of a document, replaced. @throws when the marks are not there */
export function replaceBetween(document: string, mark: string, content: string): string {
  const [begin, end] = [`<!-- ${mark}: begin -->`, `<!-- ${mark}: end -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the document has no place for "${mark}"`);
  return `${document.slice(0, from + begin.length)}\n\n${content}\n\n${document.slice(to)}`;
}
