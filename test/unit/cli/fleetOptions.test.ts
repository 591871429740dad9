import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exitCodes } from "../../../cli/command";
import { fleetOptions } from "../../../cli/fleetOptions";
import { main } from "../../../cli/main";

describe("the options of preview, apply and drift", () => {
  it("have defaults for all but the stack", () => {
    assert.deepEqual(fleetOptions(["--stack", "dev"]), {
      stack: "dev",
      reportFolder: "report",
      leadDays: 30,
      refresh: false,
    });
  });

  it("are read as they are given", () => {
    const args = "--stack dev --report-folder out --lead-days 60 --config-file x.yaml --parallel 8 --refresh".split(
      " ",
    );
    assert.deepEqual(fleetOptions(args), {
      stack: "dev",
      reportFolder: "out",
      leadDays: 60,
      configFile: "x.yaml",
      parallel: 8,
      refresh: true,
    });
  });

  for (const [title, args, message] of [
    ["a missing stack", [], /--stack is missing/],
    ["days that are no number", ["--stack", "dev", "--lead-days", "soon"], /--lead-days "soon" is not a whole number/],
    ["no resource at a time", ["--stack", "dev", "--parallel", "0"], /--parallel "0" is not a whole number of 1/],
    ["an option that is not known", ["--stack", "dev", "--stak", "x"], /--stak/],
  ] as const) {
    for (const command of ["preview", "apply", "drift"]) {
      it(`make ${command} end with exit code 2 for ${title}`, async () => {
        const printed: string[] = [];
        const err = (text: string) => printed.push(text);
        const terminal = { out: () => undefined, styled: () => undefined, err, columns: undefined };
        assert.equal(await main([command, ...args], terminal), exitCodes.misuse);
        assert.match(printed.join("\n"), message);
      });
    }
  }
});
