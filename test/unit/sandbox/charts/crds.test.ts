import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parseAllDocuments } from "yaml";
import { repositoryRoot } from "../../../sandbox/repositoryRoot";

const folder = join(repositoryRoot(), "test/sandbox/charts/enterprise-agent/crds");

describe("the CRDs of the stand-in chart", () => {
  for (const file of readdirSync(folder)) {
    // meshctl of the 1.1 line reads each document as an object and fails on one that has only comments.
    test(`${file} has no document without an object`, () => {
      const kinds = parseAllDocuments(readFileSync(join(folder, file), "utf8")).map(
        (document) => (document.toJS() as { kind?: string } | null)?.kind,
      );
      assert.deepEqual(new Set(kinds), new Set(["CustomResourceDefinition"]));
    });
  }
});
