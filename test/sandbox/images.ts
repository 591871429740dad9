import type { ImageResolver } from "./pods";
import { parseImage, relayAgentProgram, relayServerProgram } from "./relay";

/** What the images of a sandbox stand for. */
export interface SandboxImages {
  /** Asked first; undefined leaves it to the sandbox, which knows the relay's two images whatever registry they come from. */
  readonly own?: ((image: string) => ReturnType<ImageResolver> | undefined) | undefined;
  readonly certificateDelaySeconds: number;
  /** The relay server of this cluster; a cluster that is no hub has none. */
  readonly relay?: { readonly port: number; readonly version?: string | undefined } | undefined;
}

/** The programs behind the images of one cluster. */
export function imageResolver({ own, certificateDelaySeconds, relay }: SandboxImages): ImageResolver {
  return (image) => {
    const chosen = own?.(image);
    if (chosen !== undefined) return chosen;
    const { name, tag, digest } = parseImage(image);
    const identified = tag !== "" || digest !== "";
    if (name === "enterprise-agent" && identified) return () => relayAgentProgram({ certificateDelaySeconds });
    if (name === "enterprise-networking" && identified && relay !== undefined) {
      const version = relay.version === undefined ? {} : { version: relay.version };
      return () => relayServerProgram({ listen: { host: "127.0.0.1", port: relay.port }, ...version });
    }
    return { waitingReason: "ErrImagePull", message: `${image}: not found` };
  };
}
