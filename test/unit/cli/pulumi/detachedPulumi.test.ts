import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { DetachedPulumi } from "../../../../cli/pulumi/detachedPulumi";
import { Signals } from "../../../../cli/pulumi/signals";

/** A pulumi that prints how it would compare resources. */
const script = '#!/bin/sh\nif [ "$1" = version ]; then echo v3.250.0; else printf %s "$PULUMI_PARALLEL_DIFF"; fi\n';

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

  it("compares them one after the other if the environment says so", async () => {
    process.env["PULUMI_PARALLEL_DIFF"] = "false";
    assert.equal(await comparesInParallel(), "false");
  });
});
