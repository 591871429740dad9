import { istioInjection } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import { type KubernetesObject, paths } from "../../kubernetes/objects";
import { report } from "../shared/report";

// The one label on a namespace of others. What the namespace has otherwise is not touched: every write is a merge patch of this label.

/** Adds the label if there is none; returns whether it did. */
export async function addLabel(client: KubernetesClient, namespace: string, signal: AbortSignal): Promise<boolean> {
  const found = await client.find<KubernetesObject>(paths.namespace(namespace), { signal });
  if (!found) return false;
  const value = found.metadata.labels?.[istioInjection.label];
  if (value === undefined) {
    await patchLabel(client, found, istioInjection.disabled, signal);
    return true;
  }
  if (value !== istioInjection.disabled)
    report(
      `warning: the namespace ${namespace} carries the label ${istioInjection.label}=${value}, which is not changed: ` +
        `others have set it. To keep Istio away from the agent: kubectl label --overwrite namespace ${namespace} ` +
        `${istioInjection.label}=${istioInjection.disabled}`,
    );
  return false;
}

/** Removes the label that was added here, unless somebody has changed it since. */
export async function removeLabel(client: KubernetesClient, namespace: string, signal: AbortSignal): Promise<void> {
  const found = await client.find<KubernetesObject>(paths.namespace(namespace), { signal });
  if (found?.metadata.labels?.[istioInjection.label] !== istioInjection.disabled) return;
  await patchLabel(client, found, null, signal);
}

async function patchLabel(
  client: KubernetesClient,
  { metadata: { name } }: KubernetesObject,
  value: string | null,
  signal: AbortSignal,
): Promise<void> {
  await client.request("PATCH", paths.namespace(name), {
    contentType: "application/merge-patch+json",
    body: { metadata: { labels: { [istioInjection.label]: value } } },
    signal,
  });
}
