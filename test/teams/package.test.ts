import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse } from "yaml";
import { useSandbox } from "../e2e/support/examplePrograms";
import { assertRegistered } from "../e2e/support/proof";
import { assertNoChanges, assertSucceeded } from "../e2e/support/runs";
import { installedVersion, packArchive, runIn, Stranger } from "../e2e/support/stranger";
import { officialPlugins, World } from "../e2e/support/world";
import { repositoryRoot } from "../sandbox/repositoryRoot";
import { PulumiWorkspace } from "../sandbox/workspace";

// The program of a stranger, as the README has it. It is type-checked when Pulumi runs it.
const index = `
import * as pulumi from "@pulumi/pulumi";
import { ClusterConnection, GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";

const config = new pulumi.Config();
const management = new ClusterConnection("management", { context: config.require("managementContext") });
const registration = new GlooMeshRelayRegistration("remote-1", {
  management,
  remote: { context: pulumi.output("remote-1") },
  relay: { serverAddress: config.require("relayServerAddress") },
  agent: { version: config.require("agentVersion"), repository: config.require("chartRepository") },
  validation: { command: 'test "$CLUSTER_NAME" = remote-1' },
});

export const proof: pulumi.Output<string> = registration.proof;
`;

const tsconfig = { compilerOptions: { strict: true, module: "nodenext", target: "es2022", skipLibCheck: true } };
const files = {
  "Pulumi.yaml": "name: strangers-project\nruntime: nodejs\n",
  "tsconfig.json": JSON.stringify({ ...tsconfig, files: ["index.ts"] }),
  "index.ts": index,
};

describe("the package in a project of somebody else", () => {
  let world: World;
  let archive: string;
  let stranger: Stranger;
  let stack: PulumiWorkspace;

  before(async () => {
    world = await World.start(["remote-1"]);
    archive = await packArchive(join(world.sandbox.folder, "archive"));
    const manifest = JSON.parse(readFileSync(join(repositoryRoot(), "package.json"), "utf8")) as {
      peerDependencies: Record<string, string>;
    };
    // The oldest SDK that the package accepts, while all other tests have the newest. The sandbox has the plugins of one version each.
    const dependencies = {
      "@pulumi/command": await installedVersion("@pulumi/command"),
      "@pulumi/kubernetes": await installedVersion("@pulumi/kubernetes"),
      "@pulumi/pulumi": (manifest.peerDependencies["@pulumi/pulumi"] ?? "").replace("^", ""),
      "@types/node": await installedVersion("@types/node"),
      typescript: await installedVersion("typescript"),
    };
    stranger = await Stranger.create(join(world.sandbox.folder, "stranger"), dependencies, files);
  });

  after(() => world?.stop());

  it("is installed with one copy of each of Pulumi's SDKs", async () => {
    const { exitCode, output } = await stranger.install(archive);
    assert.equal(exitCode, 0, output);
    const copies = globSync("node_modules/**/@pulumi/{pulumi,kubernetes,command}/package.json", {
      cwd: stranger.folder,
    });
    assert.deepEqual(
      copies.sort(),
      ["command", "kubernetes", "pulumi"].map((name) => `node_modules/@pulumi/${name}/package.json`),
    );
  });

  it("is refused beside an SDK that is too old, instead of bringing a second copy", async () => {
    const old = await Stranger.create(join(world.sandbox.folder, "old"), { "@pulumi/pulumi": "3.200.0" }, {});
    const { exitCode, output } = await old.install(archive, ["--package-lock-only"]);
    assert.notEqual(exitCode, 0);
    assert.match(output, /ERESOLVE/);
    assert.match(output, /@pulumi\/pulumi@"\^3\.\d+\.0" from gloo-mesh-relay-registration/);
  });

  for (const module of ["node16", "nodenext"]) {
    it(`has types that ${module} finds`, async () => {
      const settings = ["--strict", "--noEmit", "--skipLibCheck", "--target", "es2022", "--ignoreConfig"];
      const modules = ["--module", module, "--moduleResolution", module, "--types", "node"];
      const { exitCode, output } = await stranger.run("node_modules/.bin/tsc", [...settings, ...modules, "index.ts"]);
      assert.equal(exitCode, 0, output);
    });
  }

  it("registers a cluster", async () => {
    const { relayAddress, hub, chartRepository } = world.sandbox;
    stack = await PulumiWorkspace.create(world.sandbox, {
      program: stranger.folder,
      stack: "stranger",
      config: {
        managementContext: "management",
        relayServerAddress: relayAddress,
        agentVersion: hub.version,
        chartRepository: chartRepository.url,
      },
      ...(officialPlugins ? { officialPlugins } : {}),
    });
    assertSucceeded(await stack.up(["--skip-preview"]));
    await assertRegistered(world, stack, "remote-1", world.sandbox.remote("remote-1"));
  });

  it("changes nothing with a second up", async () => {
    assertNoChanges(await stack.up(["--skip-preview", "--expect-no-changes"]));
  });

  it("deregisters it", async () => {
    assertSucceeded(await stack.destroy(["--skip-preview"]));
    assert.deepEqual((await stack.exportState()).deployment.resources ?? [], []);
  });

  it("makes a project of the template with pulumi new, which registers a cluster", async () => {
    const folder = join(world.sandbox.folder, "from-template");
    await mkdir(folder);
    const name = "mesh-of-somebody";
    const template = join(repositoryRoot(), "templates", "registration");
    const args = ["new", template, "--generate-only", "--yes", "--force", "--name", name, "--description", "of a test"];
    const made = await runIn(folder, world.sandbox.tools.pulumi.path, args, stack.env);
    assert.equal(made.exitCode, 0, made.output);
    // What `npm install` of the packed archive has put there, in the place of the published version.
    await symlink(join(stranger.folder, "node_modules"), join(folder, "node_modules"));
    await useSandbox(world.sandbox, folder);
    const dev = parse(readFileSync(join(folder, "Pulumi.dev.yaml"), "utf8")) as { config: Record<string, object> };
    const config = {
      ...dev.config,
      "mesh:managementContext": "management",
      "mesh:clusters": { "remote-1": "remote-1" },
    };
    assert.deepEqual(Object.keys(config).sort(), Object.keys(dev.config).sort());
    const project = await PulumiWorkspace.create(world.sandbox, {
      program: folder,
      stack: "dev",
      config,
      ...(officialPlugins ? { officialPlugins } : {}),
    });
    assertSucceeded(await project.up(["--skip-preview"]));
    await assertRegistered(world, project, "remote-1", world.sandbox.remote("remote-1"));
    assertSucceeded(await project.destroy(["--skip-preview"]));
  });
});
