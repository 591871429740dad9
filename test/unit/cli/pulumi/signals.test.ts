import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import { Signals } from "../../../../cli/pulumi/signals";

/** A child that notes the signals it gets. */
function child(): { process: ChildProcess; got: string[]; exit: () => void } {
  const got: string[] = [];
  const process = Object.assign(new EventEmitter(), { kill: (signal: string) => got.push(signal) > 0 });
  return { process: process as unknown as ChildProcess, got, exit: () => process.emit("exit") };
}

describe("signals to a run", () => {
  it("go to the pulumi that runs", () => {
    const signals = new Signals(() => 0);
    const pulumi = child();
    signals.follow(pulumi.process);
    signals.receive("SIGTERM");
    assert.deepEqual(pulumi.got, ["SIGTERM"]);
    assert.equal(signals.received, true);
  });

  it("count once when a terminal and npm send the same, and twice when the user means it", () => {
    let now = 0;
    const signals = new Signals(() => now);
    const pulumi = child();
    signals.follow(pulumi.process);
    signals.receive("SIGINT");
    now = 0.2;
    signals.receive("SIGINT");
    assert.deepEqual(pulumi.got, ["SIGINT"]);
    now = 3;
    signals.receive("SIGINT");
    assert.deepEqual(pulumi.got, ["SIGINT", "SIGINT"]);
  });

  it("do not go to a pulumi that has ended", () => {
    const signals = new Signals(() => 0);
    const pulumi = child();
    signals.follow(pulumi.process);
    pulumi.exit();
    signals.receive("SIGINT");
    assert.deepEqual(pulumi.got, []);
  });
});
