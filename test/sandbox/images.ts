import type { ImageResolver } from "./pods";
import { type GenerationName, generations, parseImage, relayAgentProgram, relayServerProgram } from "./relay";

/** What the images of a sandbox stand for. */
export interface SandboxImages {
  /** Asked first; undefined leaves it to the sandbox, which knows the relay's images whatever registry they come from. */
  readonly own?: ((image: string) => ReturnType<ImageResolver> | undefined) | undefined;
  readonly certificateDelaySeconds: number;
  /** The relay server of this cluster; a cluster that is no hub has none. */
  readonly relay?:
    | { readonly port: number; readonly version?: string | undefined; readonly generation?: GenerationName | undefined }
    | undefined;
}

/** The programs behind the images of one cluster. */
export function imageResolver({ own, certificateDelaySeconds, relay }: SandboxImages): ImageResolver {
  return (image) => {
    const chosen = own?.(image);
    if (chosen !== undefined) return chosen;
    const { name, tag, digest } = parseImage(image);
    const identified = tag !== "" || digest !== "";
    const agent = Object.values(generations).find((generation) => generation.agent === name);
    if (agent !== undefined && identified) {
      return () => relayAgentProgram({ generation: agent.name, certificateDelaySeconds });
    }
    const { port, version, generation = "1.x" } = relay ?? {};
    if (port !== undefined && name === generations[generation].server && identified) {
      const listen = { host: "127.0.0.1", port } as const;
      return () => relayServerProgram({ listen, generation, ...(version === undefined ? {} : { version }) });
    }
    return { waitingReason: "ErrImagePull", message: `${image}: not found` };
  };
}
