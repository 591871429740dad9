import { spawn } from "node:child_process";
import { once } from "node:events";
import { PulumiCommand } from "@pulumi/pulumi/automation";
import type { Signals } from "./signals";

/** How a command of pulumi ended, in the form of the Automation API. */
interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** pulumi ended with another exit code than 0. */
export class PulumiFailed extends Error {
  override readonly name = "PulumiFailed";

  constructor(readonly result: CommandResult) {
    const said = result.stderr.trim() || result.stdout.trim();
    super(said || `pulumi ended with exit code ${result.code}`);
  }
}

/** Oldest CLI that sends its events to a socket. An older one writes them to a temporary file, with all inputs of resources. */
const oldest = [3, 206] as const;

/**
 * The engine compares resource after resource with the clusters (pulumi/pulumi#12351), which is a wait for the network that grows with the
 * number of clusters; docs/performance.md has what it costs. Pulumi can compare them side by side since 3.157.
 */
const sideBySide = { PULUMI_PARALLEL_DIFF: "true" };

/**
 * The pulumi on PATH, each command in a process group of its own. In the group of the caller, a Ctrl-C of the terminal would reach pulumi besides the
 * one that is passed on, and two end it at once, in the middle of what it does.
 */
export class DetachedPulumi implements PulumiCommand {
  private constructor(
    readonly command: string,
    readonly version: PulumiCommand["version"],
    private readonly signals: Signals,
  ) {}

  /** @throws when there is no pulumi on PATH, or an old one. */
  static async find(signals: Signals): Promise<DetachedPulumi> {
    const { command, version } = await PulumiCommand.get();
    const [major, minor] = oldest;
    if (version !== null && (version.major < major || (version.major === major && version.minor < minor))) {
      throw new Error(`pulumi ${version} is too old for this; install ${major}.${minor}.0 or newer`);
    }
    return new DetachedPulumi(command, version, signals);
  }

  /** What the Automation API calls. Its own signature: arguments, folder, further environment, listeners. */
  async run(
    args: readonly string[],
    cwd: string,
    environment: NodeJS.ProcessEnv,
    onOutput?: (text: string) => void,
    onError?: (text: string) => void,
  ): Promise<CommandResult> {
    if (this.signals.received) throw new Error(`interrupted before pulumi ${args[0]}`);
    const child = spawn(this.command, [...args, "--non-interactive"], {
      cwd,
      env: { ...sideBySide, ...process.env, ...environment, PULUMI_AUTOMATION_API: "true" },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.signals.follow(child);
    const said = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said.stdout += text;
      onOutput?.(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said.stderr += text;
      onError?.(text);
    });
    const [code] = (await once(child, "close")) as [number | null];
    const result = { ...said, code: code ?? -1 };
    if (result.code !== 0) throw new PulumiFailed(result);
    return result;
  }
}
