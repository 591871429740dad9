import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { ClusterReport, FleetReport } from "../../cli/report/fleetReport";
import { markdownLimit } from "../../cli/report/markdown";
import { clientFingerprint, clustersOf, deleteSecret, withoutWrites } from "../e2e/support/clusters";
import { filesBelow, findLeaks } from "../e2e/support/leaks";
import { type NpmResult, type NpmRun, npmRun } from "../e2e/support/npmRun";
import { World } from "../e2e/support/world";
import { secretNames } from "../sandbox/relay";
import type { PulumiWorkspace } from "../sandbox/workspace";

// What the workflows run, on a stack with one cluster that works, one whose context is not there, and one whose agent finds no relay server.
describe("the pipeline", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let folder: string;

  before(async () => {
    world = await World.start(["fine", "stuck"]);
    folder = join(world.sandbox.folder, "reports");
    stack = await world.stack("pipeline", {
      clusters: {
        fine: {},
        stuck: { relay: { serverAddress: "127.0.0.1:1" }, proof: { timeoutSeconds: 6 } },
        gone: { remote: { context: "not-there" } },
      },
    });
  });

  after(() => world?.stop());

  const start = (script: string, ...args: string[]): NpmRun =>
    npmRun(world.sandbox, stack, script, [
      ...["--stack", stack.stack, "--report-folder", folder, "--config-file", stack.configFile],
      ...args,
    ]);
  const run = (script: string, ...args: string[]): Promise<NpmResult> => start(script, ...args).result;
  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  const reportOf = (command: string) => JSON.parse(read(`${command}.json`)) as FleetReport;
  const clusterOf = (report: FleetReport, name: string): ClusterReport => {
    const found = report.clusters.find((cluster) => cluster.name === name);
    assert.ok(found, `the report has no ${name}`);
    return found;
  };
  /** That of the last proof is gone: it is neither in the table nor among those that end. */
  const assertNoClientCertificate = (command: string) => {
    const { certificateLoss, certificateNotAfter, proof } = clusterOf(reportOf(command), "fine");
    assert.deepEqual([certificateLoss, certificateNotAfter, proof], ["missing", undefined, undefined]);
    assert.deepEqual(
      reportOf(command).certificates.filter(({ kind }) => kind === "client"),
      [],
    );
    assert.match(read(`${command}.md`), /^\| fine \| ✏️ changes \| none \| \S+ \| missing \|/m);
  };
  const states = (report: FleetReport) => Object.fromEntries(report.clusters.map(({ name, state }) => [name, state]));

  // The tests follow one stack through its life.

  it("previews: the plan in words and the problem become a comment, and nothing is written", async () => {
    const { exitCode, output } = await withoutWrites(clustersOf(world.sandbox), () => run("ci:preview"), {
      trials: true,
    });
    assert.equal(exitCode, 1, output);
    const comment = read("preview.md");
    assert.ok(Buffer.byteLength(comment) <= markdownLimit);
    assert.match(comment, /register fine \(new\) · agent /);
    assert.match(comment, /`GMR103` The kubeconfig has no context "not-there"/);
    assert.deepEqual(states(reportOf("preview")), { fine: "changes", gone: "failed", stuck: "changes" });
    assert.match(comment, /^\| fine \| ✏️ changes \| not yet \|/m);
  });

  it("applies: the good cluster is registered, the others are reported, and all files are written", async () => {
    const { exitCode, output } = await run("ci:apply");
    assert.equal(exitCode, 1, output);
    const report = reportOf("apply");
    assert.deepEqual(states(report), { fine: "proven", gone: "failed", stuck: "failed" }, output);
    const fine = clusterOf(report, "fine");
    assert.equal(fine.certificateFingerprint, await clientFingerprint(world.sandbox.remote("fine")));
    assert.deepEqual(Object.keys(fine.seconds), ["checks", "preparation", "agent", "certificate"]);
    assert.equal(clusterOf(report, "stuck").problems[0]?.code, "GMR501", output);
    assert.equal(clusterOf(report, "gone").problems[0]?.code, "GMR103");
    assert.match(read("apply.xml"), /tests="3" failures="2" errors="0"/);
    assert.match(read("apply.html"), /^<!doctype html>/);
  });

  it("finds no drift once the broken clusters are deregistered", async () => {
    await stack.setConfig({ clusters: { fine: {} } });
    const applied = await run("ci:apply");
    assert.equal(applied.exitCode, 0, applied.output);
    // Nothing of "gone" was ever created.
    assert.deepEqual(states(reportOf("apply")), { fine: "proven", stuck: "left" });
    assert.match(read("apply.md"), /\*\*Done, deregistered stuck\.\*\*/);
    const { exitCode, output } = await withoutWrites(clustersOf(world.sandbox), () => run("ci:drift"), {
      trials: true,
    });
    assert.equal(exitCode, 0, output);
    const report = reportOf("drift");
    assert.deepEqual(states(report), { fine: "unchanged" });
    assert.match(read("drift.md"), /\*\*No drift\.\*\*/);
    assert.ok(report.certificates.some(({ kind, due }) => kind === "client" && !due));
  });

  it("finds a certificate that is due, although nothing has changed", async () => {
    const { exitCode, output } = await run("ci:drift", "--lead-days", "400");
    assert.equal(exitCode, 1, output);
    assert.deepEqual(states(reportOf("drift")), { fine: "unchanged" });
    assert.match(read("drift.md"), /⏰/);
  });

  it("finds a certificate that someone else deleted", async () => {
    await deleteSecret(world.sandbox.remote("fine"), secretNames.client);
    const { exitCode, output } = await run("ci:drift");
    assert.equal(exitCode, 1, output);
    assert.deepEqual(states(reportOf("drift")), { fine: "changes" });
    assert.match(read("drift.md"), /the agent bootstraps, with a temporary token/);
    assertNoClientCertificate("drift");
    const previewed = await run("ci:preview");
    assert.equal(previewed.exitCode, 0, previewed.output);
    assertNoClientCertificate("preview");
  });

  it("passes SIGTERM on to pulumi, waits until it has ended, and reports", async () => {
    // The client certificate is gone, and with a hub that does not answer the run waits for another one.
    await stack.setConfig({ clusters: { fine: { relay: { serverAddress: "127.0.0.1:1" } } } });
    const running = start("ci:apply");
    await running.untilOutput(/fine \d+\/\d+ s: refused/);
    running.signal("SIGTERM");
    const { exitCode, output } = await running.result;
    assert.equal(exitCode, 1, output);
    assert.match(output, /SIGTERM received; cancelling/);
    assert.deepEqual(states(reportOf("apply")), { fine: "failed" });
    assert.equal(clusterOf(reportOf("apply"), "fine").certificateLoss, "missing");
    // Pulumi has ended in order: nothing holds the stack.
    const { exitCode: next, output: drift } = await run("ci:drift");
    assert.doesNotMatch(drift, /locked/);
    assert.equal(next, 1, drift);
  });

  it("reports a missing stack in all files", async () => {
    const missing = npmRun(world.sandbox, stack, "ci:drift", ["--stack", "missing", "--report-folder", folder]);
    const { exitCode, output } = await missing.result;
    assert.equal(exitCode, 1, output);
    assert.match(read("drift.md"), /no stack named/);
  });

  it("leaves no secret in any file", async () => {
    const confidential = new Map([
      ["the bootstrap token", world.sandbox.hub.token()],
      ["Pulumi's passphrase", stack.env["PULUMI_CONFIG_PASSPHRASE"] ?? ""],
    ]);
    const files = await filesBelow(folder);
    assert.deepEqual(findLeaks(confidential, files), []);
    for (const [file, text] of files) assert.doesNotMatch(text, /PRIVATE KEY|BEGIN CERTIFICATE/, file);
  });
});
