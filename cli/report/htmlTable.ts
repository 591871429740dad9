import { escapeXml as e } from "../output/xml";

/** A cell: its text, and how it looks. */
export interface Cell {
  readonly text: string;
  /** Class names, such as `number`. */
  readonly look?: string;
  /** Shown while the pointer is on it. */
  readonly title?: string;
}

/**
 * A table of cells by their column, whose heads are given in order. Leaves out a column without any text. On a narrow page each row becomes a card, with the head
 * of its column before each cell.
 */
export function htmlTable(heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const used = heads.map((_, column) => rows.length === 0 || rows.some((row) => (row[column]?.text ?? "") !== ""));
  const only = <T>(cells: readonly T[]) => cells.filter((_, column) => used[column]);
  const lookOf = (column: number) => attribute("class", rows[0]?.[column]?.look?.includes("number") ? "number" : "");
  const head = only(heads.map((text, column) => `<th${lookOf(column)}>${e(text)}</th>`)).join("");
  const body = rows.map((row) => {
    const cells = row.map(
      ({ text, look = "", title = "" }, column) =>
        `<td data-label="${e(heads[column] ?? "")}"${attribute("class", look)}${attribute("title", title)}>${e(text)}</td>`,
    );
    return `<tr>${only(cells).join("")}</tr>`;
  });
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body.join("\n")}\n</tbody></table>`;
}

function attribute(name: string, value: string): string {
  return value === "" ? "" : ` ${name}="${e(value)}"`;
}
