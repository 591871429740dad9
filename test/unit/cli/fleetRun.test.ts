import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";

const cli = join(__dirname, "..", "..", "..", "cli", "main.js");

/** A pulumi whose `up` runs until a signal, then takes its time to save, and prints all the while. */
const endless = `#!/bin/sh
case "$1" in
  version) echo v3.250.0;;
  stack) echo '{}';;
  up)
    trap 'for line in one two three; do echo saving $line; done; touch "$0.saved"; exit 1' INT
    while :; do echo working; sleep 0.05; done;;
esac
`;

describe("a command of the pipeline", () => {
  let folder = "";
  let fake = "";

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "fleet run "));
    fake = join(folder, "pulumi");
    await writeFile(join(folder, "Pulumi.yaml"), "name: meshes\nruntime: nodejs\n");
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function start(script: string, ...args: string[]) {
    await writeFile(fake, script);
    await chmod(fake, 0o700);
    const { PATH: path = "" } = process.env;
    const child = spawn(process.execPath, [cli, ...args, "--stack", "dev"], {
      cwd: folder,
      env: { ...process.env, PATH: `${folder}${delimiter}${path}` },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { out: "", err: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said.out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said.err += text;
    });
    const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
    return { child, said, ended };
  }

  it("waits for pulumi to save and writes its report, even if nobody reads its output any more", async () => {
    const { child, said, ended } = await start(endless, "apply");
    await once(child.stdout, "data");
    child.stdout.destroy();
    child.kill("SIGINT");
    assert.deepEqual(await ended, [1, null], said.err);
    assert.doesNotMatch(said.err, /EPIPE/);
    assert.ok((await readdir(folder)).includes("pulumi.saved"), "pulumi could not save");
    assert.match(await readFile(join(folder, "report", "apply.md"), "utf8"), /interrupted by a signal/);
  });

  it("reports in one line that its report cannot be written, before pulumi runs", async () => {
    await writeFile(join(folder, "report"), "a file");
    const { said, ended } = await start('#!/bin/sh\ntouch "$0.called"\n', "apply");
    assert.deepEqual(await ended, [1, null]);
    assert.match(said.err, /^the report cannot be written to report: .*; name another folder with --report-folder\n$/);
    assert.ok(!(await readdir(folder)).includes("pulumi.called"));
  });

  it("prints its summary even if its folder was deleted in the run", async () => {
    // pulumi itself deletes the folder.
    const script = `#!/bin/sh\nif [ "$1" = version ]; then echo v3.250.0; else rm -r report; echo no such stack >&2; exit 1; fi\n`;
    const { said, ended } = await start(script, "drift");
    assert.deepEqual(await ended, [1, null]);
    assert.match(said.out, /^drift of dev: Action needed. No cluster; 1 problem of the stack/m);
    assert.match(said.err, /^the report cannot be written to report\/drift\.md: ENOENT[^\n]*\n$/m);
    assert.doesNotMatch(said.err, / {4}at /);
  });

  it("names its report by the project even if pulumi cannot run, so that it replaces the previous one", async () => {
    const { ended } = await start("#!/bin/sh\necho v3.100.0\n", "preview");
    assert.deepEqual(await ended, [1, null]);
    const report = await readFile(join(folder, "report", "preview.md"), "utf8");
    assert.equal(report.split("\n")[0], "<!-- gloo-mesh-relay-registration: preview of meshes/dev -->");
  });
});
