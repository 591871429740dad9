import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { repositoryRoot } from "../sandbox/repositoryRoot";
import { ensureTools } from "../toolchain";

// Of the language of GitHub's workflows: keys, expressions, contexts, inputs of well-known actions. Not what the runners do.
describe("actionlint", () => {
  let path: string;
  let folder: string;

  before(async () => {
    path = (await ensureTools({ names: ["actionlint"] })).actionlint.path;
    folder = mkdtempSync(join(tmpdir(), "workflows-"));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  // shellcheck and pyflakes are looked for on PATH, so a run with them would say other things than one without.
  const lint = (...files: string[]) =>
    spawnSync(path, ["-no-color", "-shellcheck=", "-pyflakes=", ...files], { cwd: repositoryRoot(), encoding: "utf8" });

  it("finds nothing in the workflows", () => {
    const { status, stdout, stderr } = lint();
    assert.equal(status, 0, stdout + stderr);
  });

  it("would find a mistake", () => {
    const file = join(folder, "wrong.yml");
    const expression = ["$", "{{ nope.x }}"].join("");
    const step = `      - run: echo ${expression}`;
    writeFileSync(
      file,
      `on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
${step}
`,
    );
    const { status, stdout } = lint(file);
    assert.equal(status, 1);
    assert.match(stdout, /undefined variable "nope"/);
  });
});
