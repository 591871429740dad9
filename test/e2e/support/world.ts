import { relayAgentProgram } from "../../sandbox/relay";
import { Sandbox, type SandboxOptions } from "../../sandbox/sandbox";
import { PulumiWorkspace } from "../../sandbox/workspace";

/** Settings of one cluster in a stack's configuration. */
export type ClusterSettings = Readonly<Record<string, string | number | boolean>>;

/** What a stack says, as far as it departs from the sandbox's own. */
export interface StackSettings {
  readonly clusters: Readonly<Record<string, ClusterSettings>>;
  readonly [key: string]: string | number | object | undefined;
}

/** Folder laid out like PULUMI_HOME/plugins; with it the tests run on official plugins instead of the stand-ins. */
const officialPlugins = process.env["SANDBOX_OFFICIAL_PLUGINS"];

// Agents that cannot succeed end soon and are restarted soon; the behaviour is the same as with the real patience.
const impatientAgent = { retrySeconds: 0.2, maximumRetrySeconds: 0.5, giveUpSeconds: 3 };
const shortBackOff = { initialSeconds: 0.5, maximumSeconds: 2 };

/** The sandbox of a test file, and the stacks on it. */
export class World {
  private constructor(readonly sandbox: Sandbox) {}

  static async start(remotes: readonly string[], options: Partial<SandboxOptions> = {}): Promise<World> {
    const sandbox = await Sandbox.start({
      remotes,
      backOff: shortBackOff,
      images: (image) => (image.includes("/enterprise-agent:") ? () => relayAgentProgram(impatientAgent) : undefined),
      ...options,
    });
    return new World(sandbox);
  }

  async stop(): Promise<void> {
    await this.sandbox.stop();
  }

  /** The context of a cluster, where no kubeconfig of its own is given, is the cluster's name. */
  stack(name: string, settings: StackSettings): Promise<PulumiWorkspace> {
    const { sandbox } = this;
    const config: Record<string, string | object> = {
      managementContext: "management",
      relayServerAddress: sandbox.relayAddress,
      agentVersion: sandbox.hub.version,
      chartRepository: sandbox.chartRepository.url,
      kubeconfig: sandbox.kubeconfig,
    };
    for (const [key, value] of Object.entries(settings)) {
      if (value === undefined) delete config[key];
      else config[key] = typeof value === "number" ? String(value) : value;
    }
    return PulumiWorkspace.create(sandbox, {
      stack: name,
      config,
      ...(officialPlugins === undefined ? {} : { officialPlugins }),
      report: (line) => {
        if (line.startsWith("plugin kubernetes")) console.log(`# ${line}`);
      },
    });
  }
}
