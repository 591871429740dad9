import { cleanLines } from "../../../components/base/foreignText";

/** Characters that cleaning removes from a report, and beginnings of what it defuses. A string that is to be copied must keep them. */
const cleaned = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{DI}\p{Zl}\p{Zp}]|(?<=:):|(?<=#)#|<(?=\{%)/gu;

/** A string of TypeScript. */
export function quotedInTypescript(text: string): string {
  return escapedInJson(JSON.stringify(text));
}

/** Escapes, in the strings of a JSON document, each character that a terminal or a workflow's log would not show as it is. */
export function escapedInJson(document: string): string {
  return escapedLines(document, (character) =>
    [...Array(character.length).keys()].map((at) => `\\u${hex(character.charCodeAt(at), 4)}`).join(""),
  );
}

/** The same in the double-quoted strings of a YAML document, whose other parts hold none of these characters. */
export function escapedInYaml(document: string): string {
  return escapedLines(document, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
  });
}

function escapedLines(document: string, escaped: (character: string) => string): string {
  return document
    .split("\n")
    .map((line) => line.replace(cleaned, escaped))
    .join("\n");
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

/** Whether a word means itself in TypeScript and in YAML, without quotes. */
export function isPlainWord(text: string): boolean {
  return /^[A-Za-z_][\w-]*$/.test(text) && cleanLines(text) === text;
}
