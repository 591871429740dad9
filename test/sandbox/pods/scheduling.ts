import type * as k8s from "@kubernetes/client-node";

/**
 * Why the only node cannot take a pod, in the words of kube-scheduler 1.34; undefined when it can. Asked in its order: cordon, taints,
 * labels, resources. Each pod is measured against the whole node: what other pods use does not count.
 */
export function schedulingFailure(pod: k8s.V1Pod, node: k8s.V1Node): string | undefined {
  const reason = unschedulableReason(pod, node);
  if (reason === undefined) return undefined;
  const nodes = "0/1 nodes are available: 1";
  return `${nodes} ${reason}. preemption: ${nodes} Preemption is not helpful for scheduling.`;
}

function unschedulableReason({ spec }: k8s.V1Pod, node: k8s.V1Node): string | undefined {
  const tolerations = spec?.tolerations ?? [];
  if (node.spec?.unschedulable && !tolerates(tolerations, cordon)) return "node(s) were unschedulable";
  const taint = (node.spec?.taints ?? []).find(
    (one) => (one.effect === "NoSchedule" || one.effect === "NoExecute") && !tolerates(tolerations, one),
  );
  if (taint) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`;
  const labels = node.metadata?.labels ?? {};
  if (Object.entries(spec?.nodeSelector ?? {}).some(([key, value]) => labels[key] !== value)) {
    return "node(s) didn't match Pod's node affinity/selector";
  }
  const lacking = ["cpu", "memory"].filter((resource) => requested(spec, resource) > allocatable(node, resource));
  return lacking.length === 0 ? undefined : lacking.map((resource) => `Insufficient ${resource}`).join(", 1 ");
}

const units: Readonly<Record<string, number>> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** What `kubectl cordon` means to a pod's tolerations. */
const cordon: k8s.V1Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

function tolerates(tolerations: readonly k8s.V1Toleration[], taint: k8s.V1Taint): boolean {
  return tolerations.some(
    ({ key, operator, value, effect }) =>
      (!effect || effect === taint.effect) &&
      (operator === "Exists" ? !key || key === taint.key : key === taint.key && (value ?? "") === (taint.value ?? "")),
  );
}

function requested(spec: k8s.V1PodSpec | undefined, resource: string): number {
  const amounts = (spec?.containers ?? []).map(({ resources }) => quantity(resources?.requests?.[resource]));
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

function allocatable(node: k8s.V1Node, resource: string): number {
  return quantity(node.status?.allocatable?.[resource]);
}

/** An amount as Kubernetes writes it, such as 2, 50m or 128Mi; 0 when there is none. */
function quantity(text = "0"): number {
  const [, amount = "0", unit = ""] = /^([\d.]+)([a-zA-Z]*)$/.exec(text) ?? [];
  const factor = units[unit];
  if (factor === undefined) throw new Error(`cannot read the quantity ${text}`);
  return Number(amount) * factor;
}
