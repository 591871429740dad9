import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { verbs } from "../../verbs/table";

const read = (file: string) => readFileSync(join(repositoryRoot(), file), "utf8");

describe("docs/reference/verbs.md", () => {
  test("has the rows of the table that the tests run, and no other", () => {
    const rows = read("docs/reference/verbs.md")
      .split("\n")
      .filter((line) => line.startsWith("| ") && line !== "| verb | end |");
    assert.deepEqual(
      rows,
      Object.values(verbs).map(({ verb, end }) => `| ${verb} | ${end} |`),
    );
  });

  test("each row has its test", () => {
    const tests = ["replace", "identity", "options", "state"]
      .map((name) => read(`test/verbs/${name}.test.ts`))
      .join("\n");
    const untested = Object.keys(verbs).filter((id) => !tests.includes(`id: "${id}"`));
    assert.deepEqual(untested, []);
  });
});
