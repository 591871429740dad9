import * as ts from "typescript";
import { parseMarkdown } from "./markdown";

/** The sentences of a Markdown document, without code, link targets and generated tables. */
export function documentProse(markdown: string): string[] {
  const own = markdown.replace(/^<!-- (\w+): begin -->$[\s\S]*?^<!-- \1: end -->$/gm, "");
  const text = parseMarkdown(own).lines.join("\n");
  return text
    .split(/\n(?:\s*\n|(?=[|#]|\s*(?:-|\d+\.) ))/)
    .map((block) => withoutCode(block.replace(/\]\([^)\s]*\)/g, "]")));
}

/** Each comment, string and identifier of a TypeScript source; an identifier as its words. */
export function sourceProse(fileName: string, text: string): string[] {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true);
  return [...tokensOf(source, source)].flatMap((token) => {
    const comments = text.slice(token.getFullStart(), token.getStart(source, false));
    return [commentText(comments), tokenText(token, source)].filter((part) => part.trim() !== "");
  });
}

function* tokensOf(node: ts.Node, source: ts.SourceFile): Generator<ts.Node> {
  // A module specifier is a file path.
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    const specifier = node.moduleSpecifier;
    for (const child of node.getChildren(source)) if (child !== specifier) yield* tokensOf(child, source);
    return;
  }
  // The comments before a token include its TSDoc.
  if (ts.isJSDoc(node)) return;
  const children = node.getChildren(source);
  if (children.length === 0 && node.kind !== ts.SyntaxKind.SyntaxList) yield node;
  for (const child of children) yield* tokensOf(child, source);
}

function tokenText(token: ts.Node, source: ts.SourceFile): string {
  if (ts.isIdentifier(token) || ts.isPrivateIdentifier(token)) return wordsOf(token.text);
  const isString =
    ts.isStringLiteralLike(token) || ts.isTemplateHead(token) || ts.isTemplateMiddleOrTemplateTail(token);
  return isString ? withoutCode(token.getText(source).slice(1, -1)) : "";
}

/** `formerNames` as "former names". */
function wordsOf(identifier: string): string {
  return identifier
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase();
}

function commentText(trivia: string): string {
  return withoutCode(trivia.replace(/^[ \t]*(?:\/\*\*?|\*\/|\*|\/\/)/gm, "").replaceAll("*/", ""));
}

/** Drops code spans and file paths. */
function withoutCode(text: string): string {
  return text.replace(/`[^`]*`/g, " ").replace(/[\w.-]*(?:\/[\w.-]+)+\.\w+/g, " ");
}
