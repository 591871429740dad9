import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { repositoryRoot } from "../../sandbox/repositoryRoot";

const root = repositoryRoot();
const read = (file: string) => readFileSync(join(root, file), "utf8");
const workflows = globSync(".github/workflows/*.yml", { cwd: root }).sort();
const gitLab = "examples/gitlab/.gitlab-ci.yml";
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
}
interface Job {
  readonly uses?: string;
  readonly permissions?: Record<string, string>;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly environment?: string;
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly on: Record<string, unknown>;
  readonly permissions?: Record<string, string>;
  readonly jobs: Record<string, Job>;
}

const workflowOf = (file: string) => parse(read(file)) as Workflow;
const jobsOf = (file: string) => Object.values(workflowOf(file).jobs);
const stepsOf = (file: string) => jobsOf(file).flatMap(({ steps }) => steps ?? []);

describe("the pipelines", () => {
  it("are there", () => {
    const names = ["apply-stack", "apply", "checks", "drift", "full", "preview-stack", "preview", "release"];
    assert.deepEqual(
      workflows,
      names.map((name) => `.github/workflows/${name}.yml`),
    );
  });

  for (const file of [...workflows, gitLab]) {
    it(`${file}: runs npm scripts that exist, and the commands that they stand for`, () => {
      const called = [...read(file).matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = ""]) => name);
      for (const name of called.filter((one) => one !== "build")) {
        assert.ok(scripts[name], name);
        assert.match(scripts[name] ?? "", new RegExp(`^exec node bin/cli/main\\.js ${name.replace("ci:", "")}$`));
      }
      assert.ok(called.length > 0 || /apply|checks|full|preview\.yml/.test(file), "it runs nothing of ours");
    });

    it(`${file}: names no stored credential beside the token for the comment`, () => {
      assert.doesNotMatch(read(file), /secrets\.|PULUMI_ACCESS_TOKEN/);
    });
  }

  for (const file of workflows) {
    it(`${file}: has steps of one line, and values of the outside come through the environment`, () => {
      for (const { run } of stepsOf(file)) {
        if (run === undefined) continue;
        assert.equal(run.trim().split("\n").length, 1, run);
        assert.doesNotMatch(run, /\$\{\{/, run);
      }
    });

    it(`${file}: keeps no credentials of the checkout`, () => {
      const checkouts = read(file).split("actions/checkout@").length - 1;
      assert.equal(read(file).split("persist-credentials: false").length - 1, checkouts);
    });

    it(`${file}: has no more permissions than it needs`, () => {
      const { permissions, jobs } = workflowOf(file);
      const allowed: Readonly<Record<string, string>> = {
        contents: "read",
        "id-token": "write",
        ...(/\/preview[^/]*\.yml$/.test(file) ? { "pull-requests": "write" } : {}),
      };
      assert.ok(permissions, "the default of the repository would count");
      for (const given of [permissions, ...Object.values(jobs).map((job) => job.permissions ?? {})]) {
        for (const [name, level] of Object.entries(given)) assert.equal(level, allowed[name], name);
      }
    });
  }

  it("runs once a week in full what the test command has samples of", () => {
    const { strategy } = workflowOf(".github/workflows/full.yml").jobs["full"] as {
      strategy?: { matrix: { script: string[] } };
    };
    // Parts of the test command, or the command itself.
    const others = ["test:all", "test:one", "test:teams"];
    const full = Object.keys(scripts).filter((name) => name.startsWith("test:") && !others.includes(name));
    assert.deepEqual([...(strategy?.matrix.script ?? [])].sort(), full.sort());
  });

  it("previews only what has no credentials to lose: never for a fork, and never as the target's workflow", () => {
    const { on } = workflowOf(".github/workflows/preview.yml");
    assert.deepEqual(Object.keys(on), ["pull_request"]);
    assert.match(read(".github/workflows/preview.yml"), /head\.repo\.full_name == github\.repository/);
  });

  it("comments also when the preview found problems", () => {
    const job = workflowOf(".github/workflows/preview-stack.yml").jobs["comment"] as { if?: string };
    assert.match(job.if ?? "", /!cancelled\(\)/);
    const { ".comment": gitLabJob } = parse(read(gitLab)) as { ".comment": { when: string } };
    assert.equal(gitLabJob.when, "always");
  });

  it("fails on GitLab when the comment is refused: it does not stand where a failure does not count", () => {
    const { ".comment": job } = parse(read(gitLab)) as { ".comment": { script: string[] } };
    assert.deepEqual(job.script, ["npm run ci:comment -- --file report/preview.md"]);
    assert.doesNotMatch(read(gitLab), /after_script:|allow_failure:/);
  });

  it("previews each stack, and lets none wait for the approval of another", () => {
    const { jobs } = workflowOf(".github/workflows/preview.yml");
    const { strategy, uses } = jobs["preview"] as { strategy?: { matrix: { stack: string[] } }; uses?: string };
    assert.deepEqual(strategy?.matrix.stack, ["dev", "staging", "prod"]);
    assert.equal(uses, "./.github/workflows/preview-stack.yml");
    const file = parse(read(gitLab)) as Record<string, { needs?: unknown }>;
    for (const stack of ["dev", "staging", "prod"]) {
      const needs = [{ job: "preview", parallel: { matrix: [{ ENVIRONMENT: stack }] } }];
      assert.deepEqual(file[`comment ${stack}`]?.needs, needs);
    }
  });

  it("never cancels an up: one at a time for each stack, with the environment's approvals, and no other job in its group", () => {
    const [job] = jobsOf(".github/workflows/apply-stack.yml");
    assert.match(job?.concurrency?.group ?? "", /^stack-\$\{\{ inputs\.stack \}\}$/);
    assert.equal(job?.concurrency?.["cancel-in-progress"], false);
    assert.match(job?.environment ?? "", /^\$\{\{ inputs\.stack \}\}$/);
    for (const file of workflows.filter((one) => !one.endsWith("/apply-stack.yml"))) {
      assert.doesNotMatch(read(file), /group: stack-/, file);
    }
  });

  it("applies one environment after the other, prod last", () => {
    const { jobs } = workflowOf(".github/workflows/apply.yml");
    const needs = Object.entries(jobs).map(([name, job]) => [name, (job as { needs?: string }).needs]);
    assert.deepEqual(needs, [
      ["dev", undefined],
      ["staging", "dev"],
      ["prod", "staging"],
    ]);
  });

  it("applies by hand with a refresh where that is chosen, all stacks or one, and not on a push", () => {
    const refresh = { type: "boolean", default: false };
    const inputsOf = (file: string, event: string) => {
      const { inputs } = (workflowOf(file).on[event] ?? {}) as {
        inputs?: Record<string, { type: string; default?: boolean }>;
      };
      const { type, default: preset } = inputs?.["refresh"] ?? {};
      return { type, default: preset };
    };
    const one = ".github/workflows/apply-stack.yml";
    for (const event of ["workflow_call", "workflow_dispatch"]) assert.deepEqual(inputsOf(one, event), refresh, event);
    assert.deepEqual(inputsOf(".github/workflows/apply.yml", "workflow_dispatch"), refresh);
    for (const job of jobsOf(".github/workflows/apply.yml")) {
      assert.match(
        (job as { with?: Record<string, string> }).with?.["refresh"] ?? "",
        /^\$\{\{ inputs\.refresh \|\| false \}\}$/,
      );
    }
    const [job] = jobsOf(one);
    const { env } = job as { env?: Record<string, string> };
    assert.match(env?.["REFRESH"] ?? "", /^\$\{\{ inputs\.refresh && '--refresh' \|\| '' \}\}$/);
    const { variables } = parse(read(gitLab)) as { variables?: Record<string, { value: string; options: string[] }> };
    assert.deepEqual([variables?.["REFRESH"]?.value, variables?.["REFRESH"]?.options], ["", ["", "--refresh"]]);
    for (const file of [one, gitLab]) assert.match(read(file), /npm run ci:apply -- .*\$REFRESH$/m, file);
  });

  it("runs the same commands on GitLab, one at a time for each stack, with tokens of the job", () => {
    const text = read(gitLab);
    const jobs = parse(text) as Record<string, Record<string, unknown>>;
    for (const name of ["ci:preview", "ci:comment", "ci:apply", "ci:drift"]) assert.ok(text.includes(name), name);
    assert.equal(jobs[".apply"]?.["resource_group"], "stack-$ENVIRONMENT");
    assert.equal(jobs[".apply"]?.["environment"], "$ENVIRONMENT");
    assert.equal(jobs["default"]?.["interruptible"], false);
    assert.ok(jobs[".stack"]?.["id_tokens"]);
  });
});
