import { cpSync, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import type { MarkdownRenderer } from "vitepress";
import { pagesIn, root } from "./pages.mts";

/** Files of the repository that pages lead to, and that are no pages, such as examples. */
const linkedFiles = new Set<string>();

/** A link to a folder leads to its first page; a link to a file that is no page leads to a copy of it beside the pages. A link to nothing stops the build. */
export function repositoryLinks(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("repository-links", ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === "link_open" ? token.attrGet("href") : null;
      if (href === null || /^(?:[a-z]+:|#)/.test(href)) continue;
      const [path = ""] = href.split("#");
      const target = posix.join(posix.dirname(env.relativePath), path);
      if (target.endsWith(".md")) continue;
      if (!existsSync(join(root, target))) throw new Error(`${env.relativePath}: there is no ${target}`);
      if (statSync(join(root, target)).isDirectory()) {
        const [first = ""] = pagesIn(posix.normalize(`${target}/.`));
        token.attrSet("href", posix.relative(posix.dirname(env.relativePath), first));
      } else {
        linkedFiles.add(target);
        token.attrSet("target", "_blank");
        token.attrSet("rel", "noopener");
      }
    }
  });
}

export function copyLinkedFiles(destination: string): void {
  for (const file of linkedFiles) {
    mkdirSync(dirname(join(destination, file)), { recursive: true });
    cpSync(join(root, file), join(destination, file));
  }
}
