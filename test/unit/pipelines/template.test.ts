import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, it } from "node:test";
import { repositoryRoot } from "../../sandbox/repositoryRoot";

const read = (file: string) => readFileSync(join(repositoryRoot(), file), "utf8");
const template = "templates/registration";

describe(`${template}, beside the pipelines of this repository`, () => {
  const files = globSync(`${template}/.github/workflows/*.yml`, { cwd: repositoryRoot() }).sort();

  it("has all workflows that work on a stack", () => {
    const names = ["apply-stack.yml", "apply.yml", "drift.yml", "preview-stack.yml", "preview.yml"];
    assert.deepEqual(
      files.map((file) => basename(file)),
      names,
    );
  });

  for (const file of files) {
    it(`${basename(file)}: is the same, without a build`, () => {
      const own = read(`.github/workflows/${basename(file)}`)
        .replaceAll("      - run: npm run build\n", "")
        .replaceAll("docs/explanation/", "node_modules/gloo-mesh-relay-registration/docs/explanation/");
      assert.equal(read(file), own);
    });
  }

  it("installs pulumi by the same script", () => {
    assert.equal(read(`${template}/.ci/install`), read(".ci/install"));
  });

  it("has the npm scripts that the workflows run, for the installed package", () => {
    const { scripts } = JSON.parse(read(`${template}/package.json`)) as { scripts: Record<string, string> };
    const called = files.flatMap((file) => [...read(file).matchAll(/npm run ([\w:-]+)/g)].map(([, name = ""]) => name));
    assert.deepEqual([...new Set(called)].sort(), Object.keys(scripts).sort());
    for (const [name, command] of Object.entries(scripts)) {
      assert.equal(command, `exec gloo-mesh-relay-registration ${name.replace("ci:", "")}`);
    }
  });
});
