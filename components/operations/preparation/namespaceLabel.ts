import { istioInjection } from "../../glooMesh/ownership";
import type { KubernetesClient } from "../../kubernetes/client";
import { kubectl } from "../../kubernetes/commands";
import { patchIf } from "../../kubernetes/guardedWrites";
import { type KubernetesObject, metadataOnly, paths } from "../../kubernetes/objects";
import { interruptionSignal } from "../shared/interruption";
import { report } from "../shared/report";

// The label against Istio's injection on a namespace that someone else created. Every write is a merge patch of this one label, so nothing else changes.

const { label, disabled } = istioInjection;

/** Adds the label if the namespace has none; returns whether it did. */
export async function addLabel(client: KubernetesClient, namespace: string): Promise<boolean> {
  let others: string | undefined;
  const isAdded = await patchLabels(client, namespace, (value) => {
    others = value;
    return value === undefined ? { [label]: disabled } : undefined;
  });
  if (!isAdded && others !== undefined && others !== disabled) {
    const wanted = `${label}=${disabled}`;
    report(
      `warning: the namespace ${namespace} keeps the label ${label}=${others}, which someone else has set; ` +
        `to keep Istio away from the agent: ${kubectl(client.access, undefined, "label", "--overwrite", "namespace", namespace, wanted)}`,
    );
  }
  return isAdded;
}

/** Removes the label that {@link addLabel} added, unless somebody has changed it since. */
export async function removeLabel(client: KubernetesClient, namespace: string): Promise<void> {
  await patchLabels(client, namespace, (value) => (value === disabled ? { [label]: null } : undefined));
}

async function patchLabels(
  client: KubernetesClient,
  namespace: string,
  labelsFor: (value: string | undefined) => object | undefined,
): Promise<boolean> {
  const patchFor = ({ metadata }: KubernetesObject) => {
    const labels = labelsFor(metadata.labels?.[label]);
    return labels && { labels };
  };
  const settings = { accept: metadataOnly, signal: interruptionSignal() };
  return patchIf(client, paths.namespace(namespace), patchFor, settings);
}
