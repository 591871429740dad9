import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Processes } from "../sandbox/processes";
import { eventually, running } from "./processTable";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "processes-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("when the process that spawned them is gone", () => {
  for (const [how, signal, behaviour] of [
    ["killed with SIGKILL", "SIGKILL", "stay"],
    ["ended by SIGTERM, which it does not handle", "SIGTERM", "stay"],
    ["returned without stopping them", undefined, "exit"],
  ] as const) {
    it(`ends all children and grandchildren and removes the folder: ${how}`, async () => {
      const { parent, pids } = await startParent(behaviour);
      if (signal !== undefined) {
        assert.deepEqual(running(pids).length, 3);
        parent.kill(signal);
      }
      await eventually(`${pids.join(", ")} end`, () => running(pids).length === 0);
      await eventually("the folder is removed", () => !existsSync(folder));
    });
  }

  it("leaves Ctrl-C of the terminal to the parent, which ends the youngest first", async () => {
    const { parent, pids } = await startParent("orderly");
    const exit = once(parent, "exit");
    process.kill(-(parent.pid ?? Number.NaN), "SIGINT"); // as a terminal does: the whole foreground group
    assert.deepEqual(await exit, [130, null]);
    assert.equal(readFileSync(join(folder, "signals"), "utf8"), "second SIGTERM\nfirst SIGTERM\n");
    await eventually(`${pids.join(", ")} end`, () => running(pids).length === 0);
  });
});

describe("a process", () => {
  let processes: Processes;

  beforeEach(async () => {
    processes = await Processes.start();
  });

  afterEach(() => processes.stop());

  const node = (code: string, options: { graceSeconds?: number } = {}) =>
    processes.spawn("child", process.execPath, ["-e", code], { logFile: join(folder, "child.log"), ...options });

  it("tells its exit code and the end of its log", async () => {
    const child = node("for (let i = 1; i <= 30; i++) console.log('line ' + i); process.exitCode = 3");
    assert.deepEqual(await child.exited, { code: 3, signal: null });
    assert.equal(await child.tail(2), "line 29\nline 30");
    assert.equal(child.running, false);
    await child.stop();
  });

  it("that ignores SIGTERM is killed after its grace", async () => {
    const child = node("process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)", {
      graceSeconds: 0.2,
    });
    await eventually("the child is up", () => readFileSync(join(folder, "child.log"), "utf8") === "up\n");
    await child.stop();
    assert.deepEqual(await child.exited, { code: null, signal: "SIGKILL" });
  });

  it("runs again under another number after a restart", async () => {
    const child = node("setInterval(() => {}, 1000)");
    const before = child.pid;
    await child.restart();
    assert.notEqual(child.pid, before);
    assert.deepEqual(running([before, child.pid]), [child.pid]);
  });

  it("whose command is missing is refused by name", () => {
    const missing = join(folder, "missing");
    assert.throws(
      () => processes.spawn("etcd", missing, [], { logFile: join(folder, "etcd.log") }),
      new Error(`etcd cannot be started: ${missing} is missing or not executable`),
    );
  });

  it("is not spawned any more after stop, when nothing would guard it", async () => {
    await processes.stop();
    assert.throws(() => node("0"), /watchdog of this sandbox has ended/);
  });
});

async function startParent(
  behaviour: "stay" | "exit" | "orderly",
): Promise<{ parent: ChildProcessByStdio<null, Readable, null>; pids: number[] }> {
  const program = join(__dirname, "fixtures", "parent.js");
  const parent = spawn(process.execPath, [program, folder, behaviour], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pids = line.toString("utf8").trim().split(" ").map(Number);
  assert.equal(pids.length, 3);
  return { parent, pids };
}
