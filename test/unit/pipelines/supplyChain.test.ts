import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse } from "yaml";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { jobsIn, usesIn } from "./pipelineJobs";
import { supplyChainFaults } from "./supplyChainFaults";

const root = repositoryRoot();
const read = (file: string) => readFileSync(join(root, file), "utf8");
/** Also such as come later, wherever they are. */
const pipelines = globSync("{.github,examples,templates,docs}/**/{,.}*.{yml,yaml}", { cwd: root })
  .filter((file) => /(^|\/)\.github\/|gitlab-ci/.test(file))
  .sort();
const gitLab = "examples/gitlab/.gitlab-ci.yml";
const sha = "0123456789abcdef0123456789abcdef01234567";

describe("the supply chain of a pipeline", () => {
  it("is asked of all of them", () => {
    assert.ok(pipelines.includes(gitLab) && pipelines.includes(".github/workflows/preview-stack.yml"));
    assert.ok(pipelines.length >= 7, pipelines.join("\n"));
  });

  for (const file of pipelines) {
    it(`is safe in ${file}`, () => {
      assert.deepEqual(supplyChainFaults(read(file)), []);
    });
  }

  it("is read from each step", () => {
    assert.deepEqual(
      jobsIn(read(".github/workflows/preview-stack.yml")).map(({ name, environment }) => [name, environment]),
      [
        ["preview", ["preview-$", "{{ inputs.stack }}"].join("")],
        ["comment", undefined],
      ],
    );
    const names = jobsIn(read(gitLab)).map(({ name }) => name);
    const stacks = ["dev", "staging", "prod"];
    const ofStacks = (job: string) => stacks.map((stack) => `${job} ${stack}`);
    assert.deepEqual(names, ["checks", "preview", ...ofStacks("comment"), ...ofStacks("apply"), "drift"]);
    assert.equal(usesIn(read(".github/workflows/checks.yml")).length, 6);
  });

  /** One step each, in a job with an environment, after the packages. */
  const job = (...steps: string[]) =>
    `jobs:\n  a:\n    environment: e\n    permissions: { id-token: write }\n    steps:\n${steps.map((step) => `      - ${step}\n`).join("")}`;
  const auth = `{ uses: pulumi/auth-actions@${sha}, with: { requested-token-type: "urn:pulumi:token-type:access_token:team" } }`;
  const gitLabJob = (...steps: string[]) =>
    `a:\n  environment: e\n  script:\n${steps.map((step) => `    - '${step}'\n`).join("")}`;
  const oidc = "pulumi login --oidc-token file:///dev/stdin --oidc-team t";

  for (const [what, text, fault] of [
    ["a tag", job("uses: a/b@v1.2.3 # v1.2.3"), /a\/b@v1\.2\.3 is not pinned/],
    ["a major tag", job("uses: a/b@v1"), /not pinned/],
    ["a branch", job("uses: a/b@main"), /not pinned/],
    ["a short commit", job(`uses: a/b@${sha.slice(0, 12)} # v1.2.3`), /not pinned/],
    ["an action below a folder", job("uses: a/b/c@v1"), /not pinned/],
    ["an image as an action", job("uses: docker://alpine:3"), /not pinned/],
    ["someone else's workflow", "jobs:\n  a:\n    uses: a/b/.github/workflows/c.yml@main\n", /not pinned/],
    ["a commit without its version", job(`uses: a/b@${sha}`), /no comment with its version/],
    ["a commit with a major version", job(`uses: a/b@${sha} # v1`), /no comment with its version/],
    ["an image by its tag", "a:\n  image: node:24\n  script: [x]\n", /node:24 has no digest/],
    ["an image by its name", "a:\n  image: { name: 'x:1', entrypoint: [''] }\n  script: [x]\n", /x:1 has no digest/],
    ["a service by its tag", "a:\n  services: ['y:1']\n  script: [x]\n", /y:1 has no digest/],
    ["a container by its tag", "jobs:\n  a:\n    container: z:1\n    steps: []\n", /z:1 has no digest/],
    ["a container with options", "jobs:\n  a:\n    container: { image: 'z:1' }\n    steps: []\n", /z:1 has no digest/],
    ["a login before the packages", job(auth, "run: npm ci --ignore-scripts"), /logs in before: npm ci/],
    [
      "a login before the build",
      job("run: npm ci --ignore-scripts", auth, "run: npm run build"),
      /logs in before: npm run build/,
    ],
    ["a login before npm install", job(auth, "run: npm install x"), /logs in before: npm install x/],
    [
      "a secret around the packages",
      job("{ run: npm ci --ignore-scripts, env: { T: '$ { { secrets.T } }' } }"),
      /logs in before/,
    ],
    ["install scripts beside the right to log in", job("run: npm ci"), /runs install scripts: npm ci/],
    ["a login before the packages on GitLab", gitLabJob(oidc, "npm ci --ignore-scripts"), /logs in before: npm ci/],
    ["install scripts on GitLab", gitLabJob("npm ci", oidc), /runs install scripts: npm ci/],
    [
      "a login in a template",
      `.b:\n  before_script: ['${oidc}']\na:\n  extends: .b\n  script: [npm ci --ignore-scripts]\n`,
      /logs in before: npm ci/,
    ],
    ["a trigger with secrets for forks", "on: [pull_request_target]\njobs: {}\n", /runs with secrets for forks/],
    ["a trigger by a fork's run", "on:\n  workflow_run: { workflows: [a] }\njobs: {}\n", /runs with secrets for forks/],
    ["all secrets for a workflow", "jobs:\n  a:\n    uses: ./b.yml\n    secrets: inherit\n", /hands on all secrets/],
    ["an installer", gitLabJob("curl https://x | sh"), /downloads without a checksum/],
    ["an installer through wget", job("run: wget -qO- https://x | bash"), /downloads without a checksum/],
    ["a token of the organization", job(auth.replace(":team", ":organization")), /for more than a team/],
    [
      "a token of the organization on GitLab",
      gitLabJob("pulumi login --oidc-token file:///dev/stdin --oidc-org o"),
      /for more than a team/,
    ],
    ["a token among the arguments", gitLabJob('pulumi login --oidc-token "$T" --oidc-team t'), /among the arguments/],
    ["a preview without an environment", "a:\n  script: [npm run ci:preview]\n", /has no environment/],
    ["an apply without an environment", "jobs:\n  a:\n    steps: [{ run: npm run ci:apply }]\n", /has no environment/],
    [
      "a comment beside the preview",
      job("run: npm run ci:preview", "run: npm run ci:comment"),
      /runs the code of the request/,
    ],
    ["a comment that may log in", job("run: npm run ci:comment"), /comments, and may log in/],
    [
      "a comment with the request's code",
      gitLabJob("npm ci --ignore-scripts", "npm run ci:comment"),
      /comments with the code/,
    ],
    [
      "a comment whose packages are the request's",
      gitLabJob("npm ci --ignore-scripts", "git checkout --force FETCH_HEAD", "npm run ci:comment"),
      /comments with the code/,
    ],
  ] as const) {
    it(`would not be safe with ${what}`, () => {
      assert.match(supplyChainFaults(text).join("\n"), fault);
    });
  }

  it("keeps the token for comments on GitLab to an environment that no other job has", () => {
    const jobs = jobsIn(read(gitLab));
    const commenting = jobs.filter(({ steps }) => steps.some((step) => step.includes("ci:comment")));
    assert.equal(commenting.length, 3);
    for (const one of jobs) assert.equal(one.environment === "comments", commenting.includes(one), one.name);
    assert.doesNotMatch(read(gitLab), /GITLAB_TOKEN/);
  });

  for (const file of pipelines.filter((one) => one.startsWith(".github/"))) {
    it(`runs no command that a cluster put into the output: ${file}`, () => {
      for (const { steps } of jobsIn(read(file))) {
        for (const step of steps.filter((one) => /ci:(preview|apply|drift)\b/.test(one))) {
          assert.ok(step.startsWith('echo "::stop-commands::$(openssl rand -hex 16)" && npm run ci:'), step);
        }
      }
    });
  }

  it("is kept up to date by Renovate, with digests, in each folder that has any", () => {
    const config = JSON.parse(read("renovate.json")) as {
      extends: string[];
      ignorePaths: string[];
      customManagers: { matchStrings: string[] }[];
    };
    for (const preset of ["helpers:pinGitHubActionDigestsToSemver", "docker:pinDigests"]) {
      assert.ok(config.extends.includes(preset), preset);
    }
    // The recommended presets ignore test/ and examples/, which have packages, modules and an image.
    assert.deepEqual(config.ignorePaths, ["**/node_modules/**"]);
    const found = new RegExp(config.customManagers[0]?.matchStrings[0] ?? "").exec(read(".ci/install"))?.groups;
    assert.equal(found?.["depName"], "pulumi/pulumi");
    assert.match(found?.["currentValue"] ?? "", /^v\d+\.\d+\.\d+$/);
    assert.match(found?.["currentDigest"] ?? "", /^[0-9a-f]{64}$/);
  });

  it("uses the same Node on GitLab as this repository", () => {
    const { version } = JSON.parse(read("test/toolchain/node/package.json")) as { version: string };
    const { default: preset } = parse(read(gitLab)) as { default: { image: string } };
    assert.ok(preset.image.startsWith(`node:${version}-bookworm@sha256:`), preset.image);
  });
});

describe(".ci/install", () => {
  let folder = "";
  let archive = "";

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "install-"));
    mkdirSync(join(folder, "bin"));
    mkdirSync(join(folder, "tool", "pulumi"), { recursive: true });
    writeFileSync(join(folder, "tool", "pulumi", "pulumi"), "");
    archive = join(folder, "archive.tar.gz");
    assert.equal(spawnSync("tar", ["-czf", archive, "-C", join(folder, "tool"), "pulumi"]).status, 0);
    // Stands for the download: copies the archive to where curl was asked to write.
    const curl = `#!/bin/sh\nwhile [ "$1" != --output ]; do shift; done\ncp "${archive}" "$2"\n`;
    writeFileSync(join(folder, "bin", "curl"), curl);
    chmodSync(join(folder, "bin", "curl"), 0o755);
  });

  after(() => rmSync(folder, { recursive: true }));

  function install(script: string, ...args: string[]) {
    const env = { ...process.env, TMPDIR: folder, PATH: [join(folder, "bin"), process.env["PATH"]].join(delimiter) };
    return spawnSync("bash", [script, ...args], { env, encoding: "utf8" });
  }

  for (const tool of ["pulumi", "go"]) {
    it(`does not unpack ${tool} from an archive with another checksum`, () => {
      const { status, stdout, stderr } = install(join(root, ".ci", "install"), tool);
      assert.equal(status, 1);
      assert.equal(stdout, "");
      assert.match(stderr, /checksum did NOT match/);
    });
  }

  it("unpacks an archive with the right checksum, and prints the folder of its commands", () => {
    const checksum = createHash("sha256").update(readFileSync(archive)).digest("hex");
    const script = join(folder, "install");
    writeFileSync(script, read(".ci/install").replace(/sha256=[0-9a-f]{64}/, `sha256=${checksum}`));
    const { status, stdout, stderr } = install(script, "pulumi");
    assert.equal(status, 0, stderr);
    assert.ok(existsSync(join(stdout.trim(), "pulumi")), stdout);
  });

  it("is misuse for another tool", () => {
    const { status, stdout, stderr } = install(join(root, ".ci", "install"), "helm");
    assert.deepEqual([status, stdout, stderr], [2, "", "usage: .ci/install pulumi|go\n"]);
  });
});
