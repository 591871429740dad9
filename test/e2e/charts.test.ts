import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { type ChartRegistry, type ChartRepository, startChartRegistry, startChartRepository } from "../sandbox/charts";
import { createRootAuthority, issueServerCertificate } from "../sandbox/relay";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { generation } from "./support/generation";
import { filesBelow } from "./support/leaks";
import { assertFailed, assertNoChanges, assertSucceeded, textOf } from "./support/runs";
import { World } from "./support/world";

// Charts that are not in an open repository. The stand-in's part is in test/sandbox-tests/privateCharts.test.ts.

const login = { username: "robot", password: "never-shown-0123456789" };

/** The agent's, and that of the CRDs where they have one of their own. */
const charts = [generation.chart, ...(generation.crds ? [generation.crds.chart] : [])];

describe("the agent's chart", () => {
  let world: World;
  let registry: ChartRegistry;
  let repository: ChartRepository;
  let stack: PulumiWorkspace;
  let served: string;
  let caFile: string;

  before(async () => {
    world = await World.start(["remote-1", "remote-2"]);
    const { folder, hub, tools } = world.sandbox;
    const root = await createRootAuthority();
    const protection = { certificate: await issueServerCertificate(root, { dnsNames: ["localhost"] }), login };
    caFile = join(folder, "charts-ca.pem");
    await writeFile(caFile, root.certificatePem);
    served = join(folder, "private-charts");
    const helm = tools.helm.path;
    const offered = Object.fromEntries(charts.map((chart) => [chart, [hub.version]]));
    repository = await startChartRepository({ folder: served, helm, versions: offered, protection });
    registry = await startChartRegistry(protection);
    const access = ["--username", login.username, "--password", login.password, "--ca-file", caFile];
    for (const chart of charts) await promisify(execFile)(helm, ["push", archiveOf(chart), registry.url, ...access]);
    stack = await world.stack("charts", { clusters: {} });
  });
  after(async () => {
    await registry?.stop();
    await repository?.stop();
    await world?.stop();
  });

  const archiveOf = (chart: string) => join(served, `${chart}-${world.sandbox.hub.version}.tgz`);

  /** The agent's chart from a private place; the password is a secret of the configuration. */
  const privately = (agent: object) => ({
    agent: { ...agent, repositoryUsername: login.username, repositoryCaFile: caFile },
  });

  /** Agent and CRDs from this machine. */
  const locally = (pathOf: (chart: string) => string) => {
    const { chart, crds } = generation;
    return { agent: { chart: pathOf(chart) }, ...(crds ? { crds: { chart: pathOf(crds.chart) } } : {}) };
  };

  /** Where the charts of both clusters come from in the next runs. */
  async function take(first: object, password: string, second: object): Promise<void> {
    await stack.setConfig({ clusters: { "remote-1": first, "remote-2": second } });
    await stack.command(
      ["config", "set", "--secret", "--path", "clusters.remote-1.agent.repositoryPassword"],
      password,
    );
  }

  it("comes from no registry that refuses the password, which is not shown", async () => {
    await take(privately({ repository: registry.url }), "wrong-0123456789", locally(archiveOf));
    const refused = await stack.preview();
    assertFailed(refused, /401/);
    assert.ok(!textOf(refused).includes("wrong-0123456789"));
  });

  it("comes from a registry with user, password and CA, and from an archive, and a second run changes nothing", async () => {
    await take(privately({ repository: registry.url }), login.password, locally(archiveOf));
    assertSucceeded(await stack.up(["--skip-preview"]));
    assertNoChanges(await stack.up(["--skip-preview"]));
  });

  it("comes from a repository with user, password and CA, and from a folder, and a second run changes nothing", async () => {
    const unpacked = join(world.sandbox.folder, "unpacked");
    await mkdir(unpacked);
    for (const chart of charts) await promisify(execFile)("tar", ["-xzf", archiveOf(chart), "-C", unpacked]);
    const inFolder = (chart: string) => join(unpacked, chart);
    await take(privately({ repository: repository.url }), login.password, locally(inFolder));
    assertSucceeded(await stack.up(["--skip-preview"]));
    assertNoChanges(await stack.up());
  });

  it("leaves no password in the state, its history and backups, and the agents go with a destroy", async () => {
    assert.ok(!JSON.stringify(await stack.exportState()).includes(login.password));
    assertSucceeded(await stack.destroy(["--skip-preview"]));
    const files = await filesBelow(join(world.sandbox.folder, "pulumi", "state"));
    assert.deepEqual(
      [...files].filter(([, content]) => content.includes(login.password)).map(([name]) => name),
      [],
    );
  });
});
