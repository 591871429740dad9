import { strict as assert } from "node:assert";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { runCommand } from "../../../sandbox/plugins/command/run";
import type { PlainMap } from "../../../sandbox/plugins/engine/values";

async function run(command: string, inputs: PlainMap = {}, previous?: { stdout: string; stderr: string }) {
  const logged: string[] = [];
  const signal = new AbortController().signal;
  const output = await runCommand(command, { inputs, previous, log: (line) => logged.push(line), signal });
  return { ...output, logged };
}

test("both streams are collected without their last line end, and logged line by line", async () => {
  assert.deepEqual(await run("echo one; echo two; echo three >&2", { logging: "stdout" }), {
    stdout: "one\ntwo",
    stderr: "three",
    logged: ["one", "two"],
  });
});

test("a command finds its environment, folder, standard input and previous output", async () => {
  const { stdout } = await run(
    'echo "$COLOUR $PULUMI_COMMAND_STDOUT $PULUMI_COMMAND_STDERR $(cat) $(pwd)"',
    { environment: { COLOUR: "green" }, dir: tmpdir(), stdin: "in" },
    { stdout: "before", stderr: "oops" },
  );
  assert.equal(stdout, `green before oops in ${tmpdir()}`);
});

test("another interpreter runs the command", async () => {
  assert.equal((await run("console.log(6 * 7)", { interpreter: [process.execPath, "-e"] })).stdout, "42");
});

test("logging none says nothing", async () => {
  assert.deepEqual((await run("echo one; echo two >&2", { logging: "none" })).logged, []);
});

test("a command that fails gives its exit status and what it wrote to stderr", async () => {
  await assert.rejects(run("echo broken >&2; exit 3"), /exit status 3: running .*broken/s);
});

test("a command that reads nothing of a long input does not fail for that", async () => {
  assert.equal((await run("echo ok", { stdin: "x".repeat(1_000_000) })).stdout, "ok");
});
