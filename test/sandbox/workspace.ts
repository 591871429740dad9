import { randomBytes, randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type PulumiHome, type PulumiHomeOptions, pulumiHome } from "./pulumiHome";
import { type PulumiResult, PulumiRun } from "./pulumiRun";
import { repositoryRoot } from "./repositoryRoot";
import type { Sandbox } from "./sandbox";

export { type EngineEvent, type PulumiResult, PulumiRun } from "./pulumiRun";

/** What a stack is made from. */
export interface WorkspaceOptions extends PulumiHomeOptions {
  /** Folder of the program, with its Pulumi.yaml. Default: this repository. */
  readonly program?: string;
  readonly stack: string;
  /** Configuration of the stack; keys without a namespace belong to the project. */
  readonly config: Readonly<Record<string, string | object | undefined>>;
  /** Configuration that is encrypted in the stack's file. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Of the stack's secrets. Default: one of its own. A stack that reads another's secret outputs needs that one's. */
  readonly passphrase?: string;
}

interface Parts {
  readonly sandbox: Sandbox;
  readonly home: PulumiHome;
  /** Folder of the program. */
  readonly program: string;
  readonly project: string;
  /** Folder with a Pulumi.yaml of the same project without its program. */
  readonly projectFolder: string;
  readonly stack: string;
  readonly passphrase: string;
}

/** Commands that run the engine, and what keeps each from asking. */
const engineCommands = { preview: [], up: ["--yes"], refresh: ["--yes"], destroy: ["--yes"] } as const;
export type EngineCommand = keyof typeof engineCommands;

/**
 * A stack of a program on a sandbox. Its state, configuration and plugins lie in the sandbox's folder; neither the user's
 * own Pulumi set-up nor the program's folder is written to.
 */
export class PulumiWorkspace {
  /** Which plugins the runs use: official ones or stand-ins. */
  readonly plugins: PulumiHome["plugins"];
  /** Environment of every command, for tests that run pulumi in their own way. It holds the passphrase. */
  readonly env: NodeJS.ProcessEnv;
  /** `Pulumi.<stack>.yaml`, in the sandbox's folder. */
  readonly configFile: string;
  readonly stack: string;
  /** Folder of the program, where every command runs. */
  readonly program: string;

  private constructor(private readonly parts: Parts) {
    this.stack = parts.stack;
    this.program = parts.program;
    this.plugins = parts.home.plugins;
    this.env = { ...parts.home.env, PULUMI_CONFIG_PASSPHRASE: parts.passphrase };
    this.configFile = join(parts.projectFolder, `Pulumi.${parts.stack}.yaml`);
  }

  /** @throws when the stack exists already, with what pulumi says. */
  static async create(sandbox: Sandbox, options: WorkspaceOptions): Promise<PulumiWorkspace> {
    const { program = repositoryRoot(), stack, config, secrets = {}, ...rest } = options;
    const { passphrase = randomBytes(16).toString("hex"), ...homeOptions } = rest;
    const home = await pulumiHome(sandbox, homeOptions);
    const { name } = parse(await readFile(join(program, "Pulumi.yaml"), "utf8")) as { name: string };
    const projectFolder = join(home.folder, "projects", name);
    await mkdir(projectFolder, { recursive: true });
    // The same project without its program: here pulumi may write a stack's file when it makes a stack.
    await writeFile(join(projectFolder, "Pulumi.yaml"), stringify({ name, runtime: "nodejs" }));
    const workspace = new PulumiWorkspace({ sandbox, home, program, project: name, projectFolder, stack, passphrase });
    await workspace.command(["stack", "init", stack]);
    await workspace.setConfig(config);
    for (const [key, value] of Object.entries(secrets)) await workspace.setSecret(key, value);
    return workspace;
  }

  preview(args: readonly string[] = []): Promise<PulumiResult> {
    return this.start("preview", args).result;
  }

  up(args: readonly string[] = []): Promise<PulumiResult> {
    return this.start("up", args).result;
  }

  refresh(args: readonly string[] = []): Promise<PulumiResult> {
    return this.start("refresh", args).result;
  }

  destroy(args: readonly string[] = []): Promise<PulumiResult> {
    return this.start("destroy", args).result;
  }

  /** Starts a command that a test watches, interrupts or kills while it runs. */
  start(command: EngineCommand, args: readonly string[] = []): PulumiRun {
    const eventLog = join(this.parts.projectFolder, `events-${randomUUID()}.jsonl`);
    const all = [
      command,
      ...engineCommands[command],
      `--config-file=${this.configFile}`,
      `--event-log=${eventLog}`,
      ...args,
    ];
    return this.run(all, { cwd: this.parts.program, eventLog });
  }

  /** The state of the stack as pulumi exports it. Secrets are encrypted, unless they are to be shown. */
  async exportState(options: { readonly showSecrets?: boolean } = {}): Promise<StackState> {
    const show = options.showSecrets ? ["--show-secrets"] : [];
    return JSON.parse(await this.command(["stack", "export", "--stack", this.stack, ...show])) as StackState;
  }

  /** Outputs of the stack; secret ones read "[secret]", unless they are to be shown. */
  async outputs(options: { readonly showSecrets?: boolean } = {}): Promise<Record<string, unknown>> {
    const show = options.showSecrets ? ["--show-secrets"] : [];
    const text = await this.command(["stack", "output", "--json", "--stack", this.stack, ...show]);
    return JSON.parse(text) as Record<string, unknown>;
  }

  /** Changes or adds configuration of the stack; undefined removes it. */
  async setConfig(config: Readonly<Record<string, string | object | undefined>>): Promise<void> {
    const file = parse(await readFile(this.configFile, "utf8")) as { config?: Record<string, unknown> };
    const { project } = this.parts;
    const changes = Object.entries(config).map(([key, value]) => [
      key.includes(":") ? key : `${project}:${key}`,
      value,
    ]);
    const content = { ...file, config: { ...file.config, ...Object.fromEntries(changes) } };
    await writeFile(this.configFile, stringify(content), { mode: 0o600 });
  }

  /** Renames the stack; its configuration goes with it. */
  async rename(stack: string): Promise<PulumiWorkspace> {
    await this.command(["stack", "rename", stack, "--stack", this.stack]);
    return new PulumiWorkspace({ ...this.parts, stack });
  }

  /** Renames the stack's project, in the state and in each Pulumi.yaml; its configuration goes with it. */
  async renameProject(project: string): Promise<PulumiWorkspace> {
    await this.command(["stack", "rename", `organization/${project}/${this.stack}`, "--stack", this.stack]);
    const former = this.parts.project;
    for (const folder of [this.program, this.parts.projectFolder]) {
      const file = join(folder, "Pulumi.yaml");
      await writeFile(file, stringify({ ...parse(await readFile(file, "utf8")), name: project }));
    }
    const text = await readFile(this.configFile, "utf8");
    await writeFile(this.configFile, text.replaceAll(`  ${former}:`, `  ${project}:`), { mode: 0o600 });
    return new PulumiWorkspace({ ...this.parts, project });
  }

  /** Runs any command that does not run the program, such as `stack` or `cancel`. @throws unless it succeeds. */
  async command(args: readonly string[], input?: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(args, { cwd: this.parts.projectFolder, input }).result;
    if (exitCode !== 0)
      throw new Error(`pulumi ${args.slice(0, 2).join(" ")} failed: ${stderr.trim() || stdout.trim()}`);
    return stdout;
  }

  private run(
    args: readonly string[],
    options: { cwd: string; eventLog?: string; input?: string | undefined },
  ): PulumiRun {
    const common = ["--non-interactive", "--color=never"];
    // They name their stacks in another way, or are about all of them.
    const namesStack = args[0] === "stack" || args[1] === "move" || args[1] === "upgrade";
    const stack = namesStack ? [] : [`--stack=${this.stack}`];
    return new PulumiRun(this.parts.home.pulumi, [...args, ...stack, ...common], {
      ...options,
      env: this.env,
      processes: this.parts.sandbox.processes,
    });
  }

  private async setSecret(key: string, value: string): Promise<void> {
    await this.command(["config", "set", "--secret", key], value);
  }
}

/** What `pulumi stack export` prints, as far as tests read it. */
export interface StackState {
  readonly version: number;
  readonly deployment: {
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly { readonly type: string; readonly resource: StateResource }[];
  };
}

/** A resource in the state of a stack. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly parent?: string;
  readonly provider?: string;
}
