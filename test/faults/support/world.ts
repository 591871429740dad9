import { mergeDeep } from "../../../components/base/json";
import { writeContexts } from "../../e2e/support/kubeconfigs";
import { type StackSettings, World } from "../../e2e/support/world";
import type { SandboxCluster } from "../../sandbox/sandbox";
import type { PulumiWorkspace } from "../../sandbox/workspace";
import { ApiProxy, type Upstream } from "./apiProxy";

/** A cluster and the proxy through which the stacks reach it. */
export interface Proxied extends SandboxCluster {
  readonly proxy: ApiProxy;
}

function upstreamOf({ plane, kubeConfig }: SandboxCluster): Upstream {
  const { server: address, certificateAuthority } = plane;
  return {
    address,
    certificateAuthority,
    kubeConfig,
    issueServingCertificate: (names) => plane.issueServingCertificate(names),
  };
}

/** A sandbox whose stacks reach every API server through a proxy. Agents, pods and the tests themselves reach them directly. */
export class FaultWorld {
  private constructor(
    /** The sandbox as tests without faults know it. */
    readonly plain: World,
    readonly hub: Proxied,
    readonly remotes: readonly Proxied[],
    /** Path of a kubeconfig with a context for each cluster, through the proxies. */
    readonly kubeconfig: string,
  ) {}

  static async start(remotes: number): Promise<FaultWorld> {
    const names = Array.from({ length: remotes }, (_, index) => `remote-${index + 1}`);
    const world = await World.start(names);
    const { sandbox } = world;
    const clusters = [sandbox.management, ...names.map((name) => sandbox.remote(name))];
    const proxied = await Promise.all(
      clusters.map(async (cluster) => ({ ...cluster, proxy: await ApiProxy.start(upstreamOf(cluster)) })),
    );
    for (const { proxy } of proxied) sandbox.whenStopping(() => proxy.stop());
    const contexts = proxied.map(({ name, proxy }) => [name, proxy] as const);
    const kubeconfig = await writeContexts(sandbox, "through-proxies", Object.fromEntries(contexts));
    const [hub, ...rest] = proxied;
    if (hub === undefined) throw new Error("a sandbox without a management cluster");
    return new FaultWorld(world, hub, rest, kubeconfig);
  }

  get sandbox(): World["sandbox"] {
    return this.plain.sandbox;
  }

  get all(): readonly Proxied[] {
    return [this.hub, ...this.remotes];
  }

  /** A stack that registers these clusters; settings are those of each cluster. */
  stack(name: string, remotes: readonly Proxied[], settings: Partial<StackSettings> = {}): Promise<PulumiWorkspace> {
    const clusters = Object.fromEntries(remotes.map((remote) => [remote.name, {}]));
    return this.plain.stack(name, {
      clusters,
      kubeconfig: this.kubeconfig,
      ...settings,
      defaults: this.defaults(settings.defaults),
    });
  }

  /** The defaults of a stack, with changes over them. */
  defaults(changes: NonNullable<StackSettings["defaults"]> = {}): NonNullable<StackSettings["defaults"]> {
    return mergeDeep({ agent: { abandonedAfterSeconds: 1 } }, changes);
  }

  stop(): Promise<void> {
    return this.plain.stop();
  }
}
