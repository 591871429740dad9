import { istioInjection } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import { kubectl } from "../../kubernetes/commands";
import { type KubernetesObject, paths } from "../../kubernetes/objects";
import { interruptionSignal } from "../shared/interruption";
import { report } from "../shared/report";

// The label against Istio's injection on a namespace that someone else created. Every write is a merge patch of this one label, so nothing else changes.

/** Adds the label if the namespace has none; returns whether it did. */
export async function addLabel(client: KubernetesClient, namespace: string): Promise<boolean> {
  const found = await client.find<KubernetesObject>(paths.namespace(namespace), { signal: interruptionSignal() });
  if (!found) return false;
  const value = found.metadata.labels?.[istioInjection.label];
  if (value === undefined) {
    await setLabel(client, namespace, istioInjection.disabled);
    return true;
  }
  if (value !== istioInjection.disabled) {
    const wanted = `${istioInjection.label}=${istioInjection.disabled}`;
    report(
      `warning: the namespace ${namespace} keeps the label ${istioInjection.label}=${value}, which someone else has set; ` +
        `to keep Istio away from the agent: ${kubectl(client.access, undefined, "label", "--overwrite", "namespace", namespace, wanted)}`,
    );
  }
  return false;
}

/** Removes the label that {@link addLabel} added, unless somebody has changed it since. */
export async function removeLabel(client: KubernetesClient, namespace: string): Promise<void> {
  const found = await client.find<KubernetesObject>(paths.namespace(namespace), { signal: interruptionSignal() });
  if (found?.metadata.labels?.[istioInjection.label] !== istioInjection.disabled) return;
  await setLabel(client, namespace, null);
}

async function setLabel(client: KubernetesClient, namespace: string, value: string | null): Promise<void> {
  await client.request("PATCH", paths.namespace(namespace), {
    contentType: "application/merge-patch+json",
    body: { metadata: { labels: { [istioInjection.label]: value } } },
    signal: interruptionSignal(),
  });
}
