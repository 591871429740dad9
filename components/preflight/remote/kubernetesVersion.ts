import { withoutSlash } from "../../base/text";
import { isOfMinorSince, type MinorVersion } from "../../base/version";
import type { Generation } from "../../glooMesh/generation";
import type { GivenSettings } from "../../glooMesh/settings";
import type { KubernetesClient } from "../../kubernetes/client";
import { unlessRefused } from "../../kubernetes/errors";
import type { Finding } from "../findings/finding";

/** The version of Kubernetes that removed apiextensions.k8s.io/v1beta1. */
const withoutOldCrds = { major: 1, minor: 22 };
/** The first chart of the vendor without such CRDs. */
const newCharts = { major: 1, minor: 2 };

/**
 * Warns about the vendor's charts before 1.2, which contain CRDs of apiextensions.k8s.io/v1beta1, removed in Kubernetes 1.22: GMR120. It is
 * no error, since the archive may contain other CRDs. Charts from other repositories are not judged.
 */
export async function checkKubernetesVersion(
  client: KubernetesClient,
  { repository, chart, version = "", skipCrds }: GivenSettings["agent"],
  generation: Generation,
): Promise<Finding | undefined> {
  const isVendors = withoutSlash(repository) === withoutSlash(generation.repository) && chart === generation.chart;
  const chartVersion = parseVersion({ gitVersion: version });
  if (skipCrds || !isVendors || !chartVersion || isOfMinorSince(chartVersion, newCharts)) return undefined;
  const found = await unlessRefused(client.request<ServerVersion>("GET", "/version"));
  const kubernetes = found && parseVersion(found);
  if (!kubernetes || !isOfMinorSince(kubernetes, withoutOldCrds)) return undefined;
  return {
    code: "GMR120",
    severity: "warning",
    what: `The chart ${generation.chart} ${version} cannot create its CRDs on Kubernetes ${kubernetes.major}.${kubernetes.minor}`,
    where: client.where,
    cause: "it contains them as apiextensions.k8s.io/v1beta1, which Kubernetes 1.22 removed",
    next: "install its CRDs as apiextensions.k8s.io/v1 and set [agent.skipCrds], set [agent.repository] to another repository, or upgrade Gloo Mesh to 1.2",
  };
}

interface ServerVersion {
  readonly major?: string;
  readonly minor?: string;
  readonly gitVersion?: string;
}

/** Reads forms such as `1`/`27+` and `v1.29.4-gke.1`; undefined for anything else. */
export function parseVersion({ major, minor, gitVersion }: ServerVersion): MinorVersion | undefined {
  const text = /^v?\d+\.\d+/.test(gitVersion ?? "") ? gitVersion : `${major}.${minor}`;
  const [, first, second] = /^v?(\d+)\.(\d+)/.exec(text ?? "") ?? [];
  return first === undefined || second === undefined ? undefined : { major: Number(first), minor: Number(second) };
}
