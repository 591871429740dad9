import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { type Markdown, parseMarkdown } from "./markdown";

const folders = ["*.md", ".github/**/*.md", "docs/**/*.md", "examples/**/*.md", "templates/**/*.md"];

/** Every document of the repository, by its path; without those that are generated and never committed. */
export const documentFiles: readonly string[] = globSync(folders, {
  cwd: repositoryRoot(),
  exclude: (file) => file === "node_modules" || file === "api",
}).sort();

export function readDocument(file: string): string {
  return readFileSync(join(repositoryRoot(), file), "utf8");
}

export function markdownOf(file: string): Markdown {
  return parseMarkdown(readDocument(file));
}
