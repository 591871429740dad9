import type { World } from "../world";

/** One kubeconfig, and what must become of it. */
export interface KubeconfigCase {
  readonly name: string;
  /** The kubeconfig: content, or the value of KUBECONFIG where `isList`. */
  readonly content: (world: World) => string;
  readonly isList?: boolean;
  /** Additional environment of both clients. */
  readonly env?: (world: World) => Readonly<Record<string, string>>;
  /** Default: the current context. */
  readonly context?: string;
  /** Where both refuse: our code and words, which name the side. Absent where both connect. */
  readonly refused?: RegExp;
}

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly extra?: object;
}

/** A kubeconfig of one cluster and one user with a good token. */
export function configOf(world: World, { cluster = {}, user, extra = {} }: Parts = {}): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { ...trusted(world), ...cluster } }],
    users: [{ name: "u", user: user ?? { token: world.token } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
    ...extra,
  });
}

export function trusted(world: World): { server: string; "certificate-authority-data": string } {
  return { server: `https://127.0.0.1:${world.ports.api}`, "certificate-authority-data": base64(world.authority.cert) };
}

export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** A case of one cluster entry. */
export function clusterCase(
  name: string,
  cluster: (world: World) => object,
  more: Omit<KubeconfigCase, "name" | "content"> = {},
): KubeconfigCase {
  return { name, content: (world) => configOf(world, { cluster: cluster(world) }), ...more };
}

/** A case of one user. */
export function userCase(
  name: string,
  user: (world: World) => object,
  more: Omit<KubeconfigCase, "name" | "content"> = {},
): KubeconfigCase {
  return { name, content: (world) => configOf(world, { user: user(world) }), ...more };
}

/** A case that both refuse. */
export const refusedAs = (refused: RegExp) => ({ refused });
