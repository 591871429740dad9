import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { excerptOf } from "../../sandbox/demoExcerpt";
import { markdownOf, readDocument } from "./documentFiles";

describe("README.md", () => {
  test("shows lines of the recorded demo: npm run demo:record writes both", () => {
    const [recorded] = markdownOf("docs/tutorial/demo-output.md").codeBlocks;
    const shown = markdownOf("README.md").codeBlocks.find(({ code }) => code.startsWith("=== "));
    assert.equal(shown?.code, `${excerptOf(recorded?.code ?? "")}\n`);
  });

  test("names the command of .ci/run, and the demo with what comes before it", () => {
    const commands = readDocument("README.md")
      .split("\n")
      .filter((line) => line.startsWith("    npm "))
      .map((line) => line.trim());
    assert.deepEqual(commands, ["npm ci && npm run demo", "npm ci && npm run test:all"]);
    assert.match(readDocument(".ci/run"), /^npm ci && npm run test:all$/m);
  });
});
