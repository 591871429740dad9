import type { Problem } from "../base/problems";
import type { HelmRelease } from "./helmRelease";

/**
 * The problem of a registration that Pulumi's state does not have, while its proven release carries the mark of an alias, or one of an earlier version,
 * which names no parent: GMR317. The state may have it under another URN, and would then delete it at the end of the run. Undefined for any other release.
 */
export function otherMarkProblem(
  { owner, recorded }: HelmRelease,
  /** The registration's own, and the one that it takes the release over from. */
  expected: readonly (string | undefined)[],
  where: string,
): (Problem & { readonly code: "GMR317" }) | undefined {
  if (!recorded || owner === undefined || expected.includes(owner)) return undefined;
  return {
    code: "GMR317",
    what: `The cluster is registered as ${owner}, and Pulumi's state has nothing under this URN or its aliases`,
    where,
    cause:
      "the state has it under yet another URN (renamed in the state, moved while this package was upgraded), or has lost it",
    next: `declare it as ${owner} again, and run pulumi up once with this version; then move or rename it, with an alias`,
  };
}
