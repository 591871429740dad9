import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { jobsIn } from "./pipelineJobs";

const root = repositoryRoot();
const workflow = readFileSync(join(root, ".github/workflows/release.yml"), "utf8");

describe(".ci/release", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "release-"));
    mkdirSync(join(folder, ".ci"));
    copyFileSync(join(root, ".ci/release"), join(folder, ".ci/release"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const released = { version: "1.2.3", repository: { type: "git", url: "git+https://git.example.com/team/mesh.git" } };
  const section = "# Changelog\n\n## [1.2.3] - 2026-01-31\n\n## [1.2.2] - 2026-01-01\n";
  const ask = (tag: string, manifest: object = released, changelog = section) => {
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(folder, "CHANGELOG.md"), changelog);
    const { status, stderr } = spawnSync(join(folder, ".ci/release"), [tag], { encoding: "utf8" });
    return [status, stderr.trim()];
  };

  it("accepts a tag that is the version of package.json and of a dated section", () => {
    assert.deepEqual(ask("v1.2.3"), [0, ""]);
  });

  for (const [what, result, message] of [
    ["another tag", () => ask("v1.2.4"), 'the tag is "v1.2.4", and package.json has the version 1.2.3'],
    ["no tag", () => ask(""), 'the tag is "", and package.json has the version 1.2.3'],
    [
      "an older section",
      () => ask("v1.2.3", released, section.replace("1.2.3", "1.2.4")),
      'the changelog\'s newest section is "## [1.2.4] - 2026-01-31"',
    ],
    [
      "a section without a date",
      () => ask("v1.2.3", released, section.replace("2026-01-31", "unreleased")),
      "the changelog's section of 1.2.3 has no date",
    ],
    ["no section", () => ask("v1.2.3", released, "# Changelog\n"), 'the changelog\'s newest section is ""'],
    ["no repository", () => ask("v1.2.3", { version: "1.2.3" }), "package.json names no repository"],
  ] as const) {
    it(`refuses ${what}`, () => assert.deepEqual(result(), [1, `not released: ${message}`]));
  }
});

describe("release.yml", () => {
  const [pack, publish] = jobsIn(workflow);

  it("runs for tags alone, and compares the tag before anything else of the repository runs", () => {
    assert.match(workflow, /^on:\n {2}push:\n {4}tags: \["v\*"\]\n\n/m);
    const runs = pack?.steps.filter((step) => !step.startsWith("actions/")) ?? [];
    assert.equal(runs[0], '.ci/release "$TAG"');
  });

  it("may publish only where no code of a package runs", () => {
    assert.deepEqual(pack?.permissions, { contents: "read" });
    assert.deepEqual(publish?.permissions, { "id-token": "write" });
    assert.equal(publish?.environment, "npm");
    const runs = publish?.steps.filter((step) => !step.startsWith("actions/"));
    assert.deepEqual(runs, ["npm publish ./release/*.tgz --ignore-scripts --provenance --access public"]);
  });
});

describe("the development container", () => {
  it("has the image of the pipeline on GitLab", () => {
    const { image } = JSON.parse(readFileSync(join(root, ".devcontainer/devcontainer.json"), "utf8")) as {
      image: string;
    };
    assert.ok(readFileSync(join(root, "examples/gitlab/.gitlab-ci.yml"), "utf8").includes(`image: ${image}\n`));
  });
});
