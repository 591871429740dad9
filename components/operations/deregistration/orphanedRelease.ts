import { RegistrationError } from "../../base/problems";
import {
  findLatestRevision,
  isPending,
  ownerOfRevision,
  quietSeconds,
  type ReleaseRevision,
  writeUninstalled,
} from "../../glooMesh/helmRelease";
import type { KubernetesClient } from "../../kubernetes/client";
import { type FoundObject, listClusterRights, listContents } from "../../kubernetes/namespaceContents";
import { paths } from "../../kubernetes/objects";
import { removeIfPresent } from "../shared/openCluster";
import { pause, report } from "../shared/report";

export interface OwnRelease {
  readonly namespace: string;
  readonly releaseName: string;
  readonly mark: string;
}

/**
 * Removes the release when Pulumi did not know it: a run that was killed during its installation leaves it on the cluster, but not in
 * the state. Only one whose values carry our mark, or what remains of it outside a namespace that somebody deleted. CRDs stay, as with `helm uninstall`.
 */
export async function removeOrphanedRelease(
  client: KubernetesClient,
  own: OwnRelease & { readonly abandonedAfterSeconds: number },
  signal: AbortSignal,
): Promise<void> {
  const { namespace, releaseName } = own;
  const revision = await untilQuiet(client, own, signal);
  if (revision && (await ownerOfRevision(revision)) !== own.mark) return;
  // With its namespace Helm's records are gone, but what is cluster-wide of the release is still there, and nobody's any more.
  if (!revision && (await client.find(paths.namespace(namespace), { signal }))) return;
  const [contents, rights] = await Promise.all([
    listContents(client, namespace, signal),
    listClusterRights(client, signal),
  ]);
  const installed = [...contents, ...rights].filter((object) => isOfRelease(object, own));
  const records = contents.filter((object) => isRecord(object, own));
  for (const { path } of [...installed, ...records]) await removeIfPresent(client, path, signal);
  if (installed.length > 0) report(`removed the Helm release ${namespace}/${releaseName}, ${whatIsLeft(revision)}`);
}

/**
 * A release that somebody has uninstalled already: the Kubernetes plugin's delete would fail for ever, as `helm uninstall` does. Throws
 * GMR312 when the namespace is gone, too, where nothing can be made up for.
 */
export async function replaceMissingRelease(
  client: KubernetesClient,
  own: OwnRelease,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, releaseName } = own;
  if (await findLatestRevision(client, namespace, releaseName, signal)) return;
  if (!(await client.find(paths.namespace(namespace), { signal }))) {
    throw new RegistrationError({
      code: "GMR312",
      what: `The namespace ${namespace} is gone, and with it the Helm release ${releaseName}`,
      where: client.where,
      cause:
        "somebody deleted it; the Kubernetes provider cannot uninstall a release that is not there, unless a refresh tells it",
      next: "run: pulumi destroy --refresh, or up --refresh to have it made anew",
    });
  }
  report(`the Helm release ${namespace}/${releaseName} is gone already`);
  await writeUninstalled(client, own);
}

/** While Helm may still be at work (the CLI was killed, its plugin lives on), nothing is taken away under it. */
async function untilQuiet(
  client: KubernetesClient,
  own: OwnRelease & { readonly abandonedAfterSeconds: number },
  signal: AbortSignal,
): Promise<ReleaseRevision | undefined> {
  for (;;) {
    const revision = await findLatestRevision(client, own.namespace, own.releaseName, signal);
    if (!revision || !isPending(revision)) return revision;
    const rest = own.abandonedAfterSeconds - quietSeconds(client, revision);
    if (rest <= 0) return revision;
    await pause(Math.min(2, rest + 0.1), signal);
  }
}

function whatIsLeft(revision: ReleaseRevision | undefined): string {
  return revision ? `which an earlier run left ${revision.status}` : "of which somebody had deleted the namespace";
}

/** Helm writes on each object to which release it belongs (helm 3, pkg/action/validate.go). */
function isOfRelease({ metadata }: FoundObject, { namespace, releaseName }: OwnRelease): boolean {
  const { annotations = {} } = metadata;
  return (
    annotations["meta.helm.sh/release-name"] === releaseName &&
    annotations["meta.helm.sh/release-namespace"] === namespace
  );
}

function isRecord({ kind, metadata }: FoundObject, { releaseName }: OwnRelease): boolean {
  return kind === "Secret" && metadata.labels?.["owner"] === "helm" && metadata.labels["name"] === releaseName;
}
