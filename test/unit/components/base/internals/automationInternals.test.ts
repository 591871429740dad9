import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LocalWorkspace, type PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import { withoutSelectionAndOutputs } from "../../../../../components/base/internals/automationInternals";

test("the Automation API selects no stack, and reads no outputs after an up", async (context) => {
  const workDir = mkdtempSync(join(tmpdir(), "automation-"));
  context.after(() => rmSync(workDir, { recursive: true }));
  const commands: string[] = [];
  const pulumiCommand = {
    command: "pulumi",
    version: null,
    run: async (args: readonly string[]) => {
      commands.push(args.slice(0, 2).join(" "));
      return { stdout: "[]", stderr: "", code: 0 };
    },
  } as unknown as PulumiCommand;
  const workspace = withoutSelectionAndOutputs(await LocalWorkspace.create({ workDir, pulumiCommand }));
  commands.length = 0;
  const stack = await Stack.select("dev", workspace);
  assert.deepEqual(commands, []);
  const { outputs } = await stack.up();
  assert.deepEqual(outputs, {});
  assert.deepEqual(commands, ["up --yes", "stack history"]);
});
