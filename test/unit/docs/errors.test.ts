import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { codePage } from "../../../cli/report/codeUrl";
import { problemCodes } from "../../../components/base/problems";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { documentFiles, markdownOf, readDocument } from "./documentFiles";
import { sectionOf, tableRows } from "./markdown";

const codes = Object.entries(problemCodes);
const pageOf = (code: string): string => codePage(code).split("#")[0] ?? "";
const pages = documentFiles.filter((file) => /^docs\/reference\/errors\/gmr\dxx\.md$/.test(file));

describe("docs/reference/errors", () => {
  test("has an entry for every problem code, in order and on its page, and no other", () => {
    const entries = pages.flatMap((page) =>
      markdownOf(page)
        .lines.filter((line) => line.startsWith("### "))
        .map((line) => `${page}: ${line.slice(4)}`),
    );
    assert.deepEqual(
      entries,
      codes.map(([code]) => `${pageOf(code)}: ${code}`),
    );
  });

  for (const [code, title] of codes) {
    test(`${code} has its title, a symptom with the code, a cause, a fix, and no test`, () => {
      const lines = sectionOf(markdownOf(pageOf(code)), `### ${code}`).filter((line) => line !== "");
      assert.equal(lines[0], title);
      assert.ok(lines[1]?.startsWith(`- Symptom: \`${code} `), lines[1]);
      for (const part of ["- Cause: ", "- Fix"]) {
        assert.ok(
          lines.some((line) => line.startsWith(part)),
          part,
        );
      }
      assert.ok(
        !lines.some((line) => line.startsWith("- Test: ")),
        "its tests belong to docs/engineering/tests-of-codes.md",
      );
    });
  }
});

describe("docs/engineering/tests-of-codes.md", () => {
  const rows = tableRows(
    readDocument("docs/engineering/tests-of-codes.md")
      .replaceAll(/^\| (GMR\d{3}) /gm, "| `$1` ")
      .split("\n"),
  );

  test("has a row for every problem code, in order", () => {
    assert.deepEqual(
      rows.map(([code]) => code),
      codes.map(([code]) => `\`${code}\``),
    );
  });

  for (const [code = "", tests = ""] of rows) {
    test(`${code} names tests that exist`, () => {
      const files = [...tests.matchAll(/`(test\/[^`]+)`/g)].map(([, file = ""]) => file);
      assert.ok(files.length > 0);
      assert.deepEqual(
        files.filter((file) => !existsSync(join(repositoryRoot(), file))),
        [],
      );
    });
  }
});
