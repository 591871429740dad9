import { mergeDeep } from "../../../components/base/json";
import { defaultGeneration } from "../../../components/glooMesh/generation";
import { relayAgentProgram } from "../../sandbox/relay";
import { Sandbox, type SandboxOptions } from "../../sandbox/sandbox";
import { PulumiWorkspace } from "../../sandbox/workspace";
import { generation } from "./generation";

/** Settings of one cluster in a stack's configuration. */
export type ClusterSettings = Readonly<Record<string, string | number | boolean | object>>;

/** The configuration of a stack, as far as it departs from the sandbox's own. */
export interface StackSettings {
  readonly clusters: Readonly<Record<string, ClusterSettings>>;
  readonly management?: object;
  /** Default: the sandbox's. Undefined: the ambient one, with the same content. */
  readonly kubeconfig?: string | undefined;
  /** Laid over those of the sandbox. */
  readonly defaults?: Readonly<Record<string, object>>;
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
        (image.includes(`/${generation.agentName}:`)
          ? () => relayAgentProgram({ ...impatientAgent, generation: generation.name })
          : undefined),
      hub: { generation: generation.name, ...options.hub },
    });
    return new World(sandbox);
  }

  async stop(): Promise<void> {
    await this.sandbox.stop();
  }

  /** The configuration of a stack. A cluster's context, where none is given, is its name. */
  config({ defaults = {}, ...settings }: StackSettings): Record<string, string | object | undefined> {
    return {
      management: { context: "management" },
      kubeconfig: this.sandbox.kubeconfig,
      ...settings,
      defaults: this.defaults(defaults),
    };
  }

  /** The defaults of a stack: what leads to the sandbox, with changes over it. An undefined value leaves a setting out. */
  defaults(changes: Readonly<Record<string, object>> = {}): object {
    const { relayAddress, hub, chartRepository } = this.sandbox;
    const sandboxes = {
      // Left out for 1.x, as programs do.
      ...(generation === defaultGeneration ? {} : { generation: generation.name }),
      relay: { serverAddress: relayAddress },
      agent: { version: hub.version, repository: chartRepository.url },
    };
    return JSON.parse(JSON.stringify(mergeDeep(sandboxes, changes))) as object;
  }

  stack(name: string, settings: StackSettings): Promise<PulumiWorkspace> {
    return PulumiWorkspace.create(this.sandbox, {
      stack: name,
      config: this.config(settings),
      ...(officialPlugins === undefined ? {} : { officialPlugins }),
      report: (line) => {
        if (line.startsWith("plugin kubernetes")) console.log(`# ${line}`);
      },
    });
  }
}
