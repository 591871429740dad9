import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { codePage, codeUrl, repositoryUrl } from "../../../../cli/report/codeUrl";
import { repositoryRoot } from "../../../sandbox/repositoryRoot";

test("a code links to its entry in the repository that package.json names", () => {
  const url = "https://git.example.com/team/mesh";
  for (const repository of [
    "https://git.example.com/team/mesh",
    "https://git.example.com/team/mesh/",
    { type: "git", url: "git+https://git.example.com/team/mesh.git" },
  ]) {
    assert.equal(repositoryUrl({ repository }), url);
  }
});

test("a code has no link where package.json names no repository with an https address", () => {
  for (const repository of [
    undefined,
    1,
    "team/mesh",
    "git+ssh://git@git.example.com/team/mesh.git",
    { url: 1 },
    "https://x",
  ]) {
    assert.equal(repositoryUrl({ repository }), undefined);
  }
  assert.equal(repositoryUrl("no object"), undefined);
});

test("a code of a report links to the repository of this package, if it names one", () => {
  const manifest: unknown = JSON.parse(readFileSync(join(repositoryRoot(), "package.json"), "utf8"));
  const url = repositoryUrl(manifest);
  const page = "docs/reference/errors/gmr5xx.md#gmr501";
  assert.equal(codePage("GMR501"), page);
  assert.equal(codeUrl("GMR501"), url === undefined ? undefined : `${url}/blob/HEAD/${page}`);
});
