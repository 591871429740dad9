import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { codeUrl, troubleshootingUrl } from "../../../../cli/report/codeUrl";
import { repositoryRoot } from "../../../sandbox/repositoryRoot";

test("a code links to its entry in the repository that package.json names", () => {
  const url = "https://git.example.com/team/mesh/blob/HEAD/docs/troubleshooting.md";
  for (const repository of [
    "https://git.example.com/team/mesh",
    "https://git.example.com/team/mesh/",
    { type: "git", url: "git+https://git.example.com/team/mesh.git" },
  ]) {
    assert.equal(troubleshootingUrl({ repository }), url);
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
    assert.equal(troubleshootingUrl({ repository }), undefined);
  }
  assert.equal(troubleshootingUrl("no object"), undefined);
});

test("a code of a report links to the repository of this package, if it names one", () => {
  const manifest: unknown = JSON.parse(readFileSync(join(repositoryRoot(), "package.json"), "utf8"));
  const page = troubleshootingUrl(manifest);
  assert.equal(codeUrl("GMR501"), page === undefined ? undefined : `${page}#gmr501`);
});
