import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { writeContexts } from "../e2e/support/kubeconfigs";
import { registerAsMeshctl } from "../e2e/support/registeredByOthers";
import { packArchive } from "../e2e/support/stranger";
import { officialPlugins, World } from "../e2e/support/world";
import { pulumiHome } from "../sandbox/pulumiHome";
import { repositoryRoot } from "../sandbox/repositoryRoot";
import type { Sandbox } from "../sandbox/sandbox";
import { managementContext, type Tutorial } from "./tutorials";

/** A sandbox in which the commands of tutorials work as they stand: its relay server has the address of a load balancer. */
export class TutorialWorld {
  private constructor(
    private readonly world: World,
    private readonly archive: string,
  ) {}

  /** @param remotes how many remote clusters */
  static async start(remotes: number, report?: (line: string) => void): Promise<TutorialWorld> {
    const names = Array.from({ length: remotes }, (_, index) => `remote-${index + 1}`);
    const world = await World.start(names, {
      hub: { loadBalancer: { ip: "127.0.0.1" } },
      ...(report === undefined ? {} : { report }),
    });
    return new TutorialWorld(world, await packArchive(join(world.sandbox.folder, "archive")));
  }

  get sandbox(): Sandbox {
    return this.world.sandbox;
  }

  stop(): Promise<void> {
    return this.world.stop();
  }

  /** Makes true what a page takes for granted, and returns the environment of its commands. */
  async prepare(name: string, { remotes, byMeshctl }: Tutorial): Promise<NodeJS.ProcessEnv> {
    const { sandbox } = this.world;
    const clusters = new Map(remotes.map((context, index) => [context, sandbox.remote(`remote-${index + 1}`)]));
    for (const [clusterName, cluster] of byMeshctl ? clusters : []) {
      await registerAsMeshctl(this.world, cluster, { clusterName });
    }
    const official = officialPlugins === undefined ? {} : { officialPlugins };
    const { env } = await pulumiHome(sandbox, { ...official, loadAll: true });
    return {
      ...env,
      // It offers tests more options.
      PULUMI_DEBUG_COMMANDS: undefined,
      PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex"),
      KUBECONFIG: await writeContexts(sandbox, `kubeconfig-${name}`, {
        [managementContext]: sandbox.management,
        ...Object.fromEntries(clusters),
      }),
      PACKAGE: this.archive,
      // Pulumi's install scripts would fetch plugins.
      npm_config_ignore_scripts: "true",
      npm_config_prefer_offline: "true",
      CHART_REPOSITORY: sandbox.chartRepository.url,
    };
  }

  /** A folder as the first step finds it. */
  async makeFolder(name: string, { folder }: Tutorial): Promise<string> {
    const path = join(this.world.sandbox.folder, `walk-${name}`);
    await mkdir(path);
    if (folder === "checkout") await layCheckout(path);
    return path;
  }
}

/** What a clone of this repository and `npm ci` leave, as far as the program and the command line need it. The sources come with their times, for the program compares them with its build. */
async function layCheckout(path: string): Promise<void> {
  const root = repositoryRoot();
  const files = [
    "package.json",
    "Pulumi.yaml",
    "tsconfig.json",
    "index.ts",
    "index.js",
    ".gitignore",
    "stacks",
    "components",
  ];
  const built = ["cli", "components", "stacks", "index.js"].map((name) => join("bin", name));
  for (const file of [...files, ...built]) {
    await cp(join(root, file), join(path, file), { recursive: true, preserveTimestamps: true });
  }
  await symlink(join(root, "node_modules"), join(path, "node_modules"));
  const git = (...args: string[]) => promisify(execFile)("git", args, { cwd: path });
  await git("init", "--quiet", "--initial-branch", "main");
  await git("config", "user.name", "Reader");
  await git("config", "user.email", "reader@example.com");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "Clone");
}
