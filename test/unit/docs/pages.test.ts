import assert from "node:assert/strict";
import { existsSync, globSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { clusterForm } from "../../../stacks/clusterSettings";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { keysRead } from "./configurationKeys";
import { documentFiles, markdownOf, readDocument } from "./documentFiles";
import { anchorsOf, firstColumn, linksIn, resolveLink, sectionOf } from "./markdown";

// The pages and what leads to them.

const root = repositoryRoot();
const pages = documentFiles.filter((file) => file.startsWith("docs/"));

describe("docs/README.md", () => {
  test("leads to every page, but to decisions and errors by their own lists", () => {
    const linked = new Set(
      linksIn(markdownOf("docs/README.md")).map((link) => resolveLink("docs/README.md", link).file),
    );
    const missing = pages.filter(
      (page) =>
        !/^docs\/(?:README\.md|decisions\/|reference\/errors\/gmr|engineering\/reports\/)/.test(page) &&
        !linked.has(page),
    );
    assert.deepEqual(missing, []);
  });
});

describe("pages", () => {
  test("have at most 250 lines, and README 220; the errors have one page for each hundred", () => {
    const limited = pages.filter((page) => !page.startsWith("docs/reference/errors/gmr"));
    const tooLong = [...limited, "README.md"].filter(
      (file) => readDocument(file).trimEnd().split("\n").length > (file === "README.md" ? 220 : 250),
    );
    assert.deepEqual(tooLong, []);
  });

  test("begin with their title", () => {
    assert.deepEqual(
      documentFiles.filter((file) => !readDocument(file).startsWith("# ") && !file.startsWith(".github/")),
      [],
    );
  });

  test("for users name no test files", () => {
    const forUsers = pages.filter((page) => /^docs\/(?:tutorial|how-to|reference|explanation)\//.test(page));
    assert.deepEqual(
      forUsers.filter((page) => /`test\/[^`]+\.test\.ts`/.test(readDocument(page))),
      [],
    );
  });
});

describe("docs/engineering/architecture.md", () => {
  test("names every folder of components/ and cli/, and no other", () => {
    const page = markdownOf("docs/engineering/architecture.md");
    const named = [
      ...firstColumn(sectionOf(page, "## Layers")),
      ...firstColumn(sectionOf(page, "## The command line")),
    ];
    const files = globSync(["components/*/**/*.ts", "cli/**/*.ts"], { cwd: root });
    const folders = new Set(files.map((file) => dirname(file).split("/").slice(0, 2).join("/")));
    assert.deepEqual(named.sort(), [...folders].sort());
  });
});

describe("docs/decisions", () => {
  const decisions = globSync("docs/decisions/*.md", { cwd: root }).sort();

  test("are numbered without gaps", () => {
    const numbers = decisions.map((file) => Number(/(\d{4})-/.exec(file)?.[1]));
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
    );
  });

  for (const file of decisions) {
    test(`${file} has its number, context, choice and cost`, () => {
      const headings = markdownOf(file).lines.filter((line) => /^#{1,2} /.test(line));
      assert.match(headings[0] ?? "", new RegExp(`^# ${/(\d{4})-/.exec(file)?.[1]} \\S`));
      assert.deepEqual(headings.slice(1), ["## Context", "## Choice", "## Cost"]);
    });
  }
});

describe("every document", () => {
  test("names workflows that exist", () => {
    for (const document of documentFiles) {
      for (const [, file = ""] of readDocument(document).matchAll(/uses: \.\/(\S+)/g)) {
        assert.ok(existsSync(join(root, file)), `${document}: ${file} does not exist`);
      }
    }
  });

  test("names keys of a stack that the program reads", () => {
    const keys = new Set([...keysRead(), ...Object.keys(clusterForm)]);
    for (const document of documentFiles) {
      for (const [, key = ""] of readDocument(document).matchAll(/in a stack: `([\w.<>]+)/g)) {
        assert.ok(keys.has(key.replace(/^clusters\.<name>\./, "").split(".")[0] ?? ""), `${document}: ${key}`);
      }
    }
  });

  test("names paths of this repository that exist", () => {
    const missing = documentFiles
      .filter((document) => !document.startsWith("docs/decisions/") && document !== "CHANGELOG.md")
      .flatMap((document) => pathsIn(readDocument(document)).map((path) => ({ document, path })))
      .filter(({ path }) => !writtenByReaders.has(path) && !existsSync(join(root, path)));
    assert.deepEqual(missing, []);
  });

  test("a path that does not exist would be noticed", () => {
    const paths = pathsIn(
      "See `components/plan/decisions.ts`, `components/nowhere.ts` and `components/<folder>/a.ts`.",
    );
    assert.deepEqual(
      paths.filter((path) => !existsSync(join(root, path))),
      ["components/nowhere.ts"],
    );
  });

  for (const document of documentFiles) {
    test(`${document}: relative links lead somewhere`, () => {
      for (const link of linksIn(markdownOf(document)).filter((to) => !/^[a-z]+:/.test(to))) {
        const { file, anchor } = resolveLink(document, link);
        assert.ok(existsSync(join(root, file)), `${link}: there is no ${file}`);
        if (anchor === undefined) continue;
        assert.ok(anchorsOf(markdownOf(file)).includes(anchor), `${link}: ${file} has no such heading`);
      }
    });
  }

  test("that a source names exists", () => {
    const sources = globSync(["index.ts", "{components,cli,stacks,test}/**/*.ts", ".github/**/*.yml", "*.json"], {
      cwd: root,
    });
    const missing = sources
      .flatMap((file) =>
        [...readDocument(file).matchAll(/(?<![\w/])docs\/[\w./-]+\.md\b/g)].map(([page]) => ({ file, page })),
      )
      .filter(({ file, page }) => !file.startsWith("test/unit/docs/") && !existsSync(join(root, page)));
    assert.deepEqual(missing, []);
  });
});

/** What the reader's own commands write. */
const writtenByReaders: ReadonlySet<string> = new Set(["docs/api", "stacks/Pulumi.production.yaml"]);

/** Paths in code spans. Pages of the past, decisions and changelog, may name files that are gone. */
function pathsIn(markdown: string): string[] {
  const paths = /`((?:components|cli|stacks|test|examples|docs|\.github)\/[\w./-]+)`/g;
  return [...markdown.matchAll(paths)].map(([, path = ""]) => path);
}
