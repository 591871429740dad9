import type { MarkdownRenderer } from "vitepress";

/** VitePress styles fenced code alone: indented code is rendered as if it were fenced, so that a long line scrolls on a narrow screen. */
export function indentedCode(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("indented-code", ({ tokens }) => {
    for (const token of tokens.filter(({ type }) => type === "code_block")) {
      Object.assign(token, { type: "fence", info: "text", markup: "```" });
    }
  });
}
