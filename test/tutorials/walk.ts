import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Processes } from "../sandbox/processes";
import { missingLine, type Step } from "./steps";

/** Where the steps of a page are done. */
export interface Place {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly processes: Processes;
}

/**
 * Does what a page says, in one shell from the first step to the last, as a reader does in one terminal. Nothing answers a question: there is no standard input.
 *
 * @throws for the first step whose commands end otherwise than the page says, or whose output lacks what the page shows
 */
export async function walk(steps: readonly Step[], { folder, env, processes }: Place): Promise<void> {
  const mark = randomUUID();
  const script = join(folder, "..", `walk-${mark}.sh`);
  await writeFile(script, scriptOf(steps, mark));
  const child = spawn("bash", ["--noprofile", "--norc", script], {
    cwd: folder,
    env: { ...env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  processes.guard(child);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const [exitCode] = (await once(child, "close")) as [number | null];
  const outputs = text.split(`${mark}\n`).slice(1);
  for (const [index, output] of outputs.entries()) {
    const step = steps[index];
    if (step?.kind !== "commands" || step.shown === undefined) continue;
    // The failure of the last step that was begun comes first.
    if (exitCode !== 0 && index === outputs.length - 1) break;
    const missing = missingLine(step.shown, output);
    assert.ok(missing === undefined, `not in the output: ${missing}\n${described(step, output)}`);
  }
  const last = steps[outputs.length - 1];
  assert.ok(exitCode === 0, `ended with ${exitCode}\n${last ? described(last, outputs.at(-1) ?? "") : text}`);
  assert.equal(outputs.length, steps.length);
}

function scriptOf(steps: readonly Step[], mark: string): string {
  const parts = steps.map((step) => {
    const begun = `printf '%s\\n' ${mark}`;
    if (step.kind === "file") return `${begun}\ncat > '${step.path}' <<'${mark}'\n${step.content}${mark}`;
    if (!step.fails) return `${begun}\n${step.commands}`;
    // Not within `if`, where the shell ignores `set -e`.
    return `${begun}\nset +e\n(set -e\n${step.commands})\n[ $? -ne 0 ] || { echo 'this was to fail'; exit 90; }\nset -e`;
  });
  return ["set -e -o pipefail", "exec 2>&1", ...parts, ""].join("\n");
}

function described(step: Step, output: string): string {
  const done = step.kind === "file" ? `wrote ${step.path}` : `$ ${step.commands.trimEnd().replaceAll("\n", "\n$ ")}`;
  return `${done}\n${output}`;
}
