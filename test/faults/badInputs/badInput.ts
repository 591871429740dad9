import type { FakeKubeApi } from "../../support/fakeKubeApi";

/** What a user gets wrong, or what is wrong with a cluster, and the codes by which it is told. */
export interface BadInput {
  readonly id: string;
  readonly args: object;
  /** All that the run tells, in order. */
  readonly codes: readonly string[];
  readonly passProvider?: "provider" | "providers";
  /** Spoils the hub and the remote cluster. */
  readonly spoil?: (hub: FakeKubeApi, remote: FakeKubeApi) => Promise<void> | void;
  /** In the place of the remote cluster's kubeconfig. */
  readonly kubeconfig?: { readonly kubeconfig: unknown; readonly context: unknown };
  /** What must not be told, beside the tokens and keys of the clusters. */
  readonly hidden?: readonly string[];
}
