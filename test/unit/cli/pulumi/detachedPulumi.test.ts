import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { DetachedPulumi } from "../../../../cli/pulumi/detachedPulumi";
import { Signals } from "../../../../cli/pulumi/signals";

/** A pulumi that prints how it would compare resources, and leaves a file in the folder for temporary files, as plugins do. */
const script = `#!/bin/sh
case "$1" in
  version) echo v3.250.0 ;;
  preview) printf %s "$PULUMI_PARALLEL_DIFF" ;;
  *) touch "$TMPDIR/kubeconfig123"; printf %s "$TMPDIR"; [ "$1" = up ] ;;
esac
`;

describe("the pulumi of the pipeline's commands", () => {
  const { PATH: path = "" } = process.env;
  let folder = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "pulumi-"));
    await writeFile(join(folder, "pulumi"), script);
    await chmod(join(folder, "pulumi"), 0o700);
    process.env["PATH"] = `${folder}${delimiter}${path}`;
  });

  afterEach(() => {
    delete process.env["PULUMI_PARALLEL_DIFF"];
  });

  after(async () => {
    process.env["PATH"] = path;
    await rm(folder, { recursive: true });
  });

  async function comparesInParallel(): Promise<string> {
    const pulumi = await DetachedPulumi.find(new Signals());
    return (await pulumi.run(["preview"], folder, {})).stdout;
  }

  it("compares resources in parallel", async () => {
    assert.equal(await comparesInParallel(), "true");
  });

  it("is reported in one line if PATH has none", async () => {
    const present = process.env["PATH"];
    process.env["PATH"] = "/nonexistent";
    try {
      await assert.rejects(DetachedPulumi.find(new Signals()), {
        name: "Failure",
        message:
          "pulumi is not on PATH: install Pulumi 3.206.0 or newer (https://www.pulumi.com/docs/install/), or add its folder to PATH",
      });
    } finally {
      process.env["PATH"] = present;
    }
  });

  it("leaves no temporary file behind, whether the command succeeds or fails", async () => {
    const pulumi = await DetachedPulumi.find(new Signals());
    const { stdout: used } = await pulumi.run(["up"], folder, {});
    const failure = await pulumi.run(["refresh"], folder, {}).then(
      () => "",
      (error: Error) => error.message,
    );
    assert.deepEqual(
      [used, failure].map((path) => [dirname(path), existsSync(path)]),
      [
        [tmpdir(), false],
        [tmpdir(), false],
      ],
    );
    assert.notEqual(used, failure);
  });

  it("compares them one after the other if the environment says so", async () => {
    process.env["PULUMI_PARALLEL_DIFF"] = "false";
    assert.equal(await comparesInParallel(), "false");
  });
});
