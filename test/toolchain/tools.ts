/** The programs that the sandbox runs. */
export const sandboxToolNames = [
  "pulumi",
  "pulumi-language-nodejs",
  "kube-apiserver",
  "kube-controller-manager",
  "kubectl",
  "etcd",
  "helm",
] as const;

/** Those, and what only a test of the workflows runs. */
export const toolNames = [...sandboxToolNames, "actionlint"] as const;

export type ToolName = (typeof toolNames)[number];

/** A program that can be run. */
export interface Tool {
  readonly name: ToolName;
  /** Absolute path of the executable. */
  readonly path: string;
  /** Without a leading "v", for example "1.34.2". */
  readonly version: string;
  /** Found on PATH, found in the cache, or built just now. */
  readonly source: "path" | "cache" | "built";
}

export type Tools = Readonly<Record<(typeof sandboxToolNames)[number], Tool>>;
