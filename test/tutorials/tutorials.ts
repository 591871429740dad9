/** A page of docs/tutorial that is walked on a sandbox: what is there before the first step. */
export interface Tutorial {
  /** Its first step is done in an empty folder, or in a checkout of this repository. */
  readonly folder: "empty" | "checkout";
  /** Contexts of the remote clusters, beside that of the management cluster. */
  readonly remotes: readonly string[];
  /** Whether somebody has registered these clusters with meshctl, each under the name of its context. */
  readonly byMeshctl?: true;
  /** Name of a page that continues in the same folder. */
  readonly next?: string;
}

/** The context of the management cluster in all tutorials. */
export const managementContext = "prod-hub";

/** By the name of the page. */
export const tutorials: Readonly<Record<string, Tutorial>> = {
  "take-over-a-mesh": { folder: "checkout", remotes: ["prod-cluster-2", "prod-cluster-3"], byMeshctl: true },
  "first-registration": { folder: "checkout", remotes: ["prod-cluster-2", "prod-cluster-3"] },
  "pull-request": { folder: "checkout", remotes: ["prod-cluster-2"] },
  "fleet-with-waves": { folder: "empty", remotes: ["prod-canary", "prod-eu", "prod-us"], next: "rotate-root-ca" },
};
