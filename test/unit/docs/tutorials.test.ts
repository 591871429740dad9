import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { Processes } from "../../sandbox/processes";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { missingLine, stepsOf } from "../../tutorials/steps";
import { tutorials } from "../../tutorials/tutorials";
import { walk } from "../../tutorials/walk";
import { markdownOf, readDocument } from "./documentFiles";
import { parseMarkdown } from "./markdown";

// How the test that walks the tutorials reads a page. The walk itself needs a sandbox: test/teams/tutorials.test.ts.

const walked = Object.entries(tutorials).flatMap(([name, { next }]) => [name, ...(next === undefined ? [] : [next])]);
const of = (markdown: string) => stepsOf(parseMarkdown(markdown).codeBlocks);
const block = (info: string, content: string) => `\`\`\`${info}\n${content}\n\`\`\`\n`;

describe("docs/tutorial", () => {
  test("has no page with commands that no test walks", () => {
    const pages = globSync("docs/tutorial/*.md", { cwd: repositoryRoot() });
    // The demo is one command, which .ci/run and README have too.
    const withCommands = pages.filter((page) => markdownOf(page).codeBlocks.some(({ language }) => language === "sh"));
    assert.deepEqual(withCommands.map((page) => basename(page, ".md")).sort(), [...walked].sort());
  });

  for (const name of walked) {
    test(`${name} has steps, and shows some of their output`, () => {
      const steps = stepsOf(markdownOf(`docs/tutorial/${name}.md`).codeBlocks);
      assert.ok(steps.some((step) => step.kind === "commands" && step.shown !== undefined));
    });
  }

  for (const [name, { remotes }] of Object.entries(tutorials)) {
    test(`${name} names the contexts of its sandbox, and the command that starts it`, () => {
      const page = readDocument(`docs/tutorial/${name}.md`);
      for (const context of ["prod-hub", ...remotes]) assert.ok(page.includes(context), context);
      assert.ok(page.includes(`npm run tutorial -- ${name}`));
    });
  }

  test("installs the versions that the tests run with", () => {
    const { devDependencies } = JSON.parse(readDocument("package.json")) as { devDependencies: Record<string, string> };
    const page = readDocument("docs/tutorial/fleet-with-waves.md");
    for (const name of ["@pulumi/pulumi", "@pulumi/kubernetes", "typescript"]) {
      const wanted = (devDependencies[name] ?? "").replace(/^[\^~]/, "");
      const [, given = ""] = new RegExp(` ${name}@(\\S+)`).exec(page) ?? [];
      // The range of typescript is one of patches.
      assert.equal(
        name === "typescript" ? given.replace(/\.\d+$/, "") : given,
        name === "typescript" ? wanted.replace(/\.\d+$/, "") : wanted,
      );
    }
  });
});

describe("the steps of a page", () => {
  test("are its commands, with what is shown of their output, and its files", () => {
    const page =
      block("sh", "make") + block("text", "made") + block("ts file=a/b.ts", "1;") + block("sh fails", "false");
    assert.deepEqual(of(page), [
      { kind: "commands", commands: "make\n", fails: false, shown: "made\n" },
      { kind: "file", path: "a/b.ts", content: "1;\n" },
      { kind: "commands", commands: "false\n", fails: true },
    ]);
  });

  for (const [what, page] of [
    ["a file without a name", block("ts", "1;")],
    ["output without commands", block("text", "made")],
    ["output of a file", block("ts file=a.ts", "1;") + block("text", "made")],
    ["an unknown word behind the language", block("sh sometimes", "make")],
  ] as const) {
    test(`are refused with ${what}`, () => assert.throws(() => of(page), /a tutorial cannot have/));
  }
});

describe("the walk", () => {
  /** Walks a page in a folder of its own, without a sandbox. */
  const walked = async (markdown: string, context: TestContext): Promise<void> => {
    const parent = await mkdtemp(join(tmpdir(), "walk-"));
    context.after(() => rm(parent, { recursive: true }));
    const folder = join(parent, "reader");
    await mkdir(folder);
    const processes = { guard: () => undefined } as unknown as Processes;
    await walk(of(markdown), { folder, env: process.env, processes });
  };

  test("keeps folder, variables and functions of the shell from step to step", async (context) => {
    const page =
      block("sh", "mkdir a\ncd a\nword=written\nprint() { cat b; }") +
      block("text file=b", "$word as it stands, 'quoted'") +
      block("sh", "print\necho $word") +
      block("text", "$word as it stands, 'quoted'\nwritten") +
      block("sh fails", "echo once >&2\nfalse\necho twice") +
      block("text", "once");
    await walked(page, context);
  });

  for (const [what, page, reported] of [
    [
      "a command that fails",
      block("sh", "echo before\nfalse | true\necho after"),
      /ended with 1.*echo before.*\nbefore\n$/s,
    ],
    [
      "commands that succeed where they are meant to fail",
      block("sh fails", "true"),
      /ended with 90.*this was to fail/s,
    ],
    [
      "output that is not there",
      block("sh", "echo one") + block("text", "two"),
      /not in the output: two\n\$ echo one\none/,
    ],
    ["a question", block("sh", "read -r answer"), /ended with 1/],
  ] as const) {
    test(`reports ${what}`, (context) => assert.rejects(walked(page, context), reported));
  }
});

describe("the output that a page shows", () => {
  const output = "begin\nplan: register a (new) · agent 1.0.4\n  + namespace\n  + agent\nend\n";

  for (const shown of [
    "begin",
    "plan: register a (new) · agent …",
    "…namespace\n+ agent",
    "begin\n…\nend",
    "…namespace…\n…\n…nd",
  ]) {
    test(`is found: ${JSON.stringify(shown)}`, () => assert.equal(missingLine(shown, output), undefined));
  }

  for (const [shown, missing] of [
    ["plan: register b…", "plan: register b…"],
    ["begin\n+ namespace", "begin"],
    ["end\n…\nbegin", "begin"],
    ["plan: register a (new)", "plan: register a (new)"],
    ["begin\n…\nbegin", "begin"],
  ] as const) {
    test(`is missed: ${JSON.stringify(shown)}`, () => assert.equal(missingLine(shown, output), missing));
  }
});
