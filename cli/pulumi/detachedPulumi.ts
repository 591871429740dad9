import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation";
import { isOfMinorSince } from "../../components/base/version";
import { Failure } from "../command";
import type { Signals } from "./signals";

/** The result of a pulumi command, in the form of the Automation API. */
interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** A pulumi command that ended with another exit code than 0. */
export class PulumiFailed extends Error {
  override readonly name = "PulumiFailed";

  constructor({ stdout, stderr, code }: CommandResult) {
    super(stderr.trim() || stdout.trim() || `pulumi ended with exit code ${code}`);
  }
}

/** The Automation API's error for a missing CLI is a dump of its process. */
function refuse(error: Error): never {
  if (!/\bENOENT\b/.test(error.message)) throw error;
  const { major, minor } = oldest;
  throw new Failure(
    `pulumi is not on PATH: install Pulumi ${major}.${minor}.0 or newer (https://www.pulumi.com/docs/install/), or add its folder to PATH`,
  );
}

/** The oldest CLI that sends its events to a socket. Older ones write them, with all inputs of resources, to a temporary file. */
const oldest = { major: 3, minor: 206 };

/**
 * By default the engine compares one resource after the other with the clusters (pulumi/pulumi#12351), so that the wait for the network grows with
 * the number of clusters (docs/engineering/performance.md). Since 3.157 Pulumi can compare them in parallel.
 */
const parallelDiff = { PULUMI_PARALLEL_DIFF: "true" };

/**
 * The pulumi on PATH, with a folder for temporary files that ends with each command, since the official Kubernetes plugin leaves copies of
 * kubeconfigs there (docs/how-to/pipelines.md), and with each command in its own process group. In the caller's group a Ctrl-C would reach pulumi twice, from the terminal and from
 * {@link Signals}, and a second signal ends pulumi at once, in the middle of its work.
 */
export class DetachedPulumi implements PulumiCommand {
  private constructor(
    readonly command: string,
    readonly version: PulumiCommand["version"],
    private readonly signals: Signals,
  ) {}

  /** @throws when PATH has no pulumi, or one that is too old */
  static async find(signals: Signals): Promise<DetachedPulumi> {
    const { command, version } = await PulumiCommand.get().catch((error: Error) => refuse(error));
    if (version !== null && !isOfMinorSince(version, oldest)) {
      throw new Failure(`pulumi ${version} is too old; install ${oldest.major}.${oldest.minor}.0 or newer`);
    }
    return new DetachedPulumi(command, version, signals);
  }

  /** Called by the Automation API, which sets the signature: arguments, folder, further environment, listeners. */
  async run(
    args: readonly string[],
    cwd: string,
    environment: NodeJS.ProcessEnv,
    onOutput?: (text: string) => void,
    onError?: (text: string) => void,
  ): Promise<CommandResult> {
    if (this.signals.received) throw new Error(`interrupted before pulumi ${args[0]}`);
    const TMPDIR = await mkdtemp(join(tmpdir(), "gloo-mesh-relay-registration-"));
    try {
      const result = await this.execute(args, cwd, { ...environment, TMPDIR }, { stdout: onOutput, stderr: onError });
      if (result.code !== 0) throw new PulumiFailed(result);
      return result;
    } finally {
      await rm(TMPDIR, { recursive: true, force: true });
    }
  }

  private async execute(
    args: readonly string[],
    cwd: string,
    environment: NodeJS.ProcessEnv,
    listeners: Readonly<Record<"stdout" | "stderr", ((text: string) => void) | undefined>>,
  ): Promise<CommandResult> {
    const child = spawn(this.command, [...args, "--non-interactive"], {
      cwd,
      env: { ...parallelDiff, ...process.env, ...environment, PULUMI_AUTOMATION_API: "true" },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.signals.follow(child);
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        output[name] += text;
        listeners[name]?.(text);
      });
    }
    const [code] = (await once(child, "close")) as [number | null];
    return { ...output, code: code ?? -1 };
  }
}
