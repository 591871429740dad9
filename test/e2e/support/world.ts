import { relayAgentProgram } from "../../sandbox/relay";
import { Sandbox, type SandboxOptions } from "../../sandbox/sandbox";
import { PulumiWorkspace } from "../../sandbox/workspace";

/** Settings of one cluster in a stack's configuration. */
export type ClusterSettings = Readonly<Record<string, string | number | boolean | object>>;

/** What a stack says, as far as it departs from the sandbox's own. */
export interface StackSettings {
  readonly clusters: Readonly<Record<string, ClusterSettings>>;
  readonly [key: string]: string | number | object | undefined;
}

/** Folder laid out like PULUMI_HOME/plugins; with it the tests run on official plugins instead of the stand-ins. */
export const officialPlugins = process.env["SANDBOX_OFFICIAL_PLUGINS"];

// Agents that cannot succeed end soon and are restarted soon; the behaviour is the same as with the real patience.
const impatientAgent = { retrySeconds: 0.2, maximumRetrySeconds: 0.5, giveUpSeconds: 3, dialSeconds: 1.5 };
const shortBackOff = { initialSeconds: 0.5, maximumSeconds: 2 };

/** The sandbox of a test file, and the stacks on it. */
export class World {
  private constructor(readonly sandbox: Sandbox) {}

  static async start(remotes: readonly string[], options: Partial<SandboxOptions> = {}): Promise<World> {
    const sandbox = await Sandbox.start({
      remotes,
      backOff: shortBackOff,
      ...options,
      images: (image) =>
        options.images?.(image) ??
        (image.includes("/enterprise-agent:") ? () => relayAgentProgram(impatientAgent) : undefined),
    });
    return new World(sandbox);
  }

  async stop(): Promise<void> {
    await this.sandbox.stop();
  }

  /** The configuration of a stack. A cluster's context, where none is given, is its name; an empty text leaves a setting out. */
  config(settings: StackSettings): Record<string, string | object | undefined> {
    const { sandbox } = this;
    const config: StackSettings = {
      managementContext: "management",
      relayServerAddress: sandbox.relayAddress,
      agentVersion: sandbox.hub.version,
      chartRepository: sandbox.chartRepository.url,
      kubeconfig: sandbox.kubeconfig,
      ...settings,
    };
    const values = Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "number" ? String(value) : value,
    ]);
    return Object.fromEntries(values.map(([key, value]) => [key, value === "" ? undefined : value]));
  }

  stack(name: string, settings: StackSettings): Promise<PulumiWorkspace> {
    const entries = Object.entries(this.config(settings)).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value]],
    );
    return PulumiWorkspace.create(this.sandbox, {
      stack: name,
      config: Object.fromEntries(entries) as Record<string, string | object>,
      ...(officialPlugins === undefined ? {} : { officialPlugins }),
      report: (line) => {
        if (line.startsWith("plugin kubernetes")) console.log(`# ${line}`);
      },
    });
  }
}
