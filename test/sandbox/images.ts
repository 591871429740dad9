import { once } from "node:events";
import type { ImageResolver, PodProgram } from "./pods";
import {
  generations,
  type HubOptions,
  parseImage,
  type ReplicaPorts,
  relayAgentProgram,
  relayServerProgram,
} from "./relay";

/** What the images of a sandbox stand for. */
export interface SandboxImages {
  /** Asked first; undefined leaves it to the sandbox, which knows the relay's images whatever registry they come from. */
  readonly own?: ((image: string) => ReturnType<ImageResolver> | undefined) | undefined;
  readonly certificateDelaySeconds: number;
  /** The relay server of this cluster; a cluster that is no hub has none. */
  readonly relay?: { readonly ports: ReplicaPorts; readonly hub: HubOptions } | undefined;
}

/** The second container of an agent's pod in 2.x. */
const analyzer = "gloo-mesh-analyzer";

/** The programs behind the images of one cluster. */
export function imageResolver({ own, certificateDelaySeconds, relay }: SandboxImages): ImageResolver {
  return (image) => {
    const chosen = own?.(image);
    if (chosen !== undefined) return chosen;
    const { name, tag, digest } = parseImage(image);
    const program = tag === "" && digest === "" ? undefined : programNamed(name);
    return program ?? { waitingReason: "ErrImagePull", message: `${image}: not found` };
  };

  function programNamed(name: string): (() => PodProgram) | undefined {
    const agent = Object.values(generations).find((generation) => generation.agent === name);
    if (agent !== undefined) return () => relayAgentProgram({ generation: agent.name, certificateDelaySeconds });
    if (name === analyzer) return () => idle;
    if (relay === undefined || name !== generations[relay.hub.generation ?? "1.x"].server) return undefined;
    return () => relay.ports.program((port) => serverProgram(relay.hub, port));
  }
}

function serverProgram({ generation = "1.x", version, server }: HubOptions, port: number): PodProgram {
  const listen = { host: "127.0.0.1", port } as const;
  return relayServerProgram({ listen, generation, ...(version === undefined ? {} : { version }), ...server });
}

const idle: PodProgram = {
  run: async ({ signal }) => {
    if (!signal.aborted) await once(signal, "abort");
    return 0;
  },
};
