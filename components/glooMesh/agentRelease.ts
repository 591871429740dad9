import { allowance } from "../base/foreignJson";
import { valueAt } from "../base/json";
import type { KubernetesClient } from "../kubernetes/client";
import { unlessRefused } from "../kubernetes/errors";
import { metadataLists } from "../kubernetes/namespaceContents";
import { type HelmReleaseName, helmReleaseOf } from "../kubernetes/objectManager";
import { paths, type Secret } from "../kubernetes/objects";
import type { Generation } from "./generation";
import { type HelmRelease, readRelease, releaseIn } from "./helmRelease";
import { podTemplateIn } from "./releaseManifest";

/** A Helm release with its name and namespace. */
export interface NamedRelease extends HelmReleaseName {
  readonly release: HelmRelease;
}

/**
 * Finds the Helm release of the agent, whatever it is called: among the releases of the namespace, and, where none of them has an agent, by the agent's
 * Deployment in any namespace. A release with the usual name counts without an agent too. Undefined if there is none.
 */
export async function findAgentRelease(
  client: KubernetesClient,
  { namespace, releaseName }: { readonly namespace: string; readonly releaseName: string },
  generation: Generation,
  /** Whether to look into the other namespaces. */
  everywhere: boolean,
): Promise<NamedRelease | undefined> {
  const here = await releasesIn(client, namespace);
  const withAgent = here.filter(({ release }) => hasAgent(release, generation));
  const usual = (among: readonly NamedRelease[]) => among.find(({ name }) => name === releaseName);
  const found = usual(withAgent) ?? working(withAgent) ?? usual(here);
  return found ?? (everywhere ? findElsewhere(client, generation) : undefined);
}

/** Reads the newest revision of each release in a namespace, without those that are uninstalled. */
async function releasesIn(client: KubernetesClient, namespace: string): Promise<readonly NamedRelease[]> {
  const selector = encodeURIComponent("owner=helm");
  const { items } = await client.list<Secret>(`${paths.secrets(namespace)}?labelSelector=${selector}`);
  const names = [...new Set(items.flatMap(({ metadata }) => metadata.labels?.["name"] ?? []))].sort();
  const found: NamedRelease[] = [];
  const rest = allowance(mostUnpacked);
  for (const name of names) {
    const release = await releaseIn(items, name, rest);
    if (release && release.status !== "uninstalled") found.push({ name, namespace, release });
  }
  return found;
}

/** Bytes of all releases of a namespace together: each may unpack to a thousand times its size. */
const mostUnpacked = 64 * 1024 * 1024;

/** Whether a release installs the agent, which a chart with other parts need not do. */
function hasAgent({ content }: HelmRelease, { chart, agentName, values }: Generation): boolean {
  if (podTemplateIn(content.manifest, agentName) !== undefined) return true;
  const isOn = values.enabled === undefined || valueAt(content.values, ...values.enabled) === true;
  return content.chartName === chart && isOn;
}

/** Of several, of which one at most has the Deployment, the one that Helm could install. */
function working(releases: readonly NamedRelease[]): NamedRelease | undefined {
  return releases.find(({ release }) => release.status === "deployed") ?? releases[0];
}

async function findElsewhere(client: KubernetesClient, { agentName }: Generation): Promise<NamedRelease | undefined> {
  const path = `/apis/apps/v1/deployments?labelSelector=${encodeURIComponent(`app=${agentName}`)}`;
  // Without the right to list them in all namespaces, the agent is as good as not there.
  const deployments = await unlessRefused(client.list(path, { accept: metadataLists }));
  for (const deployment of deployments?.items ?? []) {
    const named = helmReleaseOf(deployment);
    const release = named && (await unlessRefused(readRelease(client, named.namespace, named.name)));
    if (release && release.status !== "uninstalled") return { ...named, release };
  }
  return undefined;
}
