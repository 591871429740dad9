import { escapeXml } from "../output/xml";

/**
 * Escapes text so that Markdown shows it literally on one line: no markup, HTML, mention, link, emoji, formula or quick action. Text between backticks is shown as
 * code.
 */
export function escaped(text: string): string {
  // The odd parts are code. A bar within code would end the cell of a table, so it is no code.
  return text
    .replace(/\s+/g, " ")
    .split(/(`[^`|]+`)/)
    .map((part, index) => (index % 2 === 1 ? part : withoutMarkup(part)))
    .join("");
}

function withoutMarkup(text: string): string {
  return text
    .replace(/[\\*_{}[\]|~$]|^[-+](?= )|(?<=^\d{1,9})[.)](?= )/g, "\\$&")
    .replace(/[&<>@`]|^[#/=-]|#(?=\d)|:(?=\/\/|\w+:)|\bw(?=ww\.)/gi, (character) => `&#${character.charCodeAt(0)};`);
}

/** Escapes text within an element of HTML, where Markdown's escapes have no effect. */
export function inHtml(text: string): string {
  return escapeXml(text.replace(/\s+/g, " ")).replaceAll("@", "&#64;");
}

/** A row of a table. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.map(escaped).join(" | ")} |\n`;
}

/** A block of code, with a fence longer than any in the text. */
export function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}\n`;
}
