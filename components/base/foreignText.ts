import { stripVTControlCharacters } from "node:util";
import { isMap } from "./json";
import { beginningOf } from "./text";

// The border that foreign text passes before it reaches messages, plans, reports, terminals and workflow logs. A cluster chooses names,
// annotations, events, log lines, certificates' subjects and answers; none of them may look like a line of this package, or act on what displays it.

/** More than any message needs. */
const longest = 2000;

/** Text as one line that shows what it holds: without control and invisible characters, cut, and with what a workflow's log would obey defused. */
export function cleanLine(text: string, most = longest): string {
  return visible(beginningOf(text, 4 * most).replace(/[\s\u0085]+/g, " "))
    .slice(0, most)
    .trim();
}

/** The same for text of several lines, which keeps its line breaks and indentation. */
export function cleanLines(text: string): string {
  return text
    .split(/\r\n?|\n/)
    .map((line) => visible(line.replaceAll("\t", "    ")))
    .join("\n");
}

/** Cleans each string of a value that is to be reported. */
export function cleanDeep<T>(value: T, clean = (text: string) => cleanLine(text)): T {
  const cleaned = (part: unknown): unknown => {
    if (typeof part === "string") return clean(part);
    if (Array.isArray(part)) return part.map(cleaned);
    return isMap(part) ? Object.fromEntries(Object.entries(part).map(([key, one]) => [key, cleaned(one)])) : part;
  };
  return cleaned(value) as T;
}

/**
 * Text without what is not displayed, but for white space: sequences for terminals; controls; formats, such as those that reverse the direction of writing;
 * halves of characters; what no font shows.
 */
export function withoutInvisible(text: string): string {
  return stripVTControlCharacters(text).replace(/(?!\s)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{DI}]/gu, "");
}

function visible(text: string): string {
  return (
    withoutInvisible(text)
      // What breaks a line somewhere.
      .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "")
      // Commands of GitHub's runner at the beginning of a line, and of it, Azure and TeamCity anywhere.
      .replace(/(^|\s)::(?=[\w-]+.*::)/g, "$1: :")
      .replace(/##(?=\w*\[)/g, "# #")
      // The engine's marks for colours.
      .replaceAll("<{%", "< {%")
  );
}
