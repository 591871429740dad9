import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DefaultTheme } from "vitepress";

/** The root of this repository: the pages are its documents, where they are. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

const groups: readonly (readonly [title: string, folder: string])[] = [
  ["Tutorials", "docs/tutorial"],
  ["How-to", "docs/how-to"],
  ["Reference", "docs/reference"],
  ["Errors", "docs/reference/errors"],
  ["Explanation", "docs/explanation"],
  ["Engineering", "docs/engineering"],
  ["Decisions", "docs/decisions"],
];

/** A group for each folder of docs/, each page under its own title. */
export function sidebar(): DefaultTheme.SidebarItem[] {
  return groups.map(([text, folder]) => ({ text, collapsed: true, items: pagesIn(folder).map(itemOf) }));
}

/** The pages of a folder, by their paths. A README comes first. */
export function pagesIn(folder: string): string[] {
  const isReadme = (page: string) => page.endsWith("README.md");
  return globSync(`${folder}/*.md`, { cwd: root }).sort(
    (one, other) => Number(isReadme(other)) - Number(isReadme(one)) || one.localeCompare(other),
  );
}

function itemOf(page: string): DefaultTheme.SidebarItem {
  const [, title = page] = /^# (.+)$/m.exec(readFileSync(join(root, page), "utf8")) ?? [];
  return { text: title.replaceAll("`", ""), link: `/${page.replace(/\.md$/, "")}` };
}
