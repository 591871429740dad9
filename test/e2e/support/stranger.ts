import { type ExecFileException, execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { repositoryRoot } from "../../sandbox/repositoryRoot";

/** What a command printed, and how it ended. */
export interface CommandResult {
  readonly exitCode: number;
  readonly output: string;
}

/** A project of somebody else: a folder of its own, with its own package.json and its own installation. */
export class Stranger {
  private constructor(readonly folder: string) {}

  /**
   * Makes the project and the archive that it will install. bin/ is packed as it is.
   *
   * @param dependencies of its package.json
   * @param files by name
   */
  static async create(
    folder: string,
    dependencies: Readonly<Record<string, string>>,
    files: Readonly<Record<string, string>>,
  ): Promise<Stranger> {
    await mkdir(folder, { recursive: true });
    const manifest = { name: "strangers-project", private: true, main: "index.ts", dependencies };
    for (const [name, text] of Object.entries({ "package.json": JSON.stringify(manifest), ...files })) {
      await writeFile(join(folder, name), text);
    }
    return new Stranger(folder);
  }

  /** `npm install` of an archive beside the project's own dependencies. No install script runs: those would fetch plugins of Pulumi's. */
  install(archive: string, args: readonly string[] = []): Promise<CommandResult> {
    const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];
    return this.run("npm", ["install", ...quiet, ...args, archive]);
  }

  run(command: string, args: readonly string[]): Promise<CommandResult> {
    return runIn(this.folder, command, args);
  }
}

/** Packs this repository into a folder. @returns the path of the archive */
export async function packArchive(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const args = ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder];
  const { exitCode, output } = await runIn(repositoryRoot(), "npm", args);
  const name = /\S+\.tgz/.exec(output)?.[0];
  if (exitCode !== 0 || name === undefined) throw new Error(`npm pack failed: ${output}`);
  return join(folder, name);
}

/** The version of a package that this repository has installed. */
export async function installedVersion(name: string): Promise<string> {
  const manifest = join(repositoryRoot(), "node_modules", name, "package.json");
  return (JSON.parse(await readFile(manifest, "utf8")) as { version: string }).version;
}

/** Runs a command in a folder. Default of the environment: this process's. */
export function runIn(
  cwd: string,
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<CommandResult> {
  // What npm tells its scripts would direct a second npm to this repository.
  const own = /^npm_(lifecycle|package|command|execpath|config_local_prefix)|^INIT_CWD$|^NODE_TEST_CONTEXT$/;
  const env = Object.fromEntries(Object.entries(environment).filter(([name]) => !own.test(name)));
  env["PATH"] = `${dirname(process.execPath)}:${env["PATH"]}`;
  return new Promise((resolve) => {
    execFile(command, [...args], { cwd, env, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ exitCode: exitCodeOf(error), output: `${stdout}${stderr}` });
    });
  });
}

function exitCodeOf(error: ExecFileException | null): number {
  if (error === null) return 0;
  return typeof error.code === "number" ? error.code : 1;
}
