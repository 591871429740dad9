import type { CauseId } from "./causes";

/** Words of the control plane, and what they mean. The first that is found counts. */
export type StatusSign = readonly [cause: CauseId, pattern: RegExp];

/** Why an API server does not take the pod: kube-apiserver's admission plugins, and policy engines behind webhooks. */
export const admissionSigns: readonly StatusSign[] = [
  ["quota-exceeded", /exceeded quota|failed quota/i],
  ["service-account-missing", /error looking up service account|serviceaccounts? "[^"]*" not found/i],
  ["admission-webhook-broken", /failed calling (?:admission )?webhook|failed to call webhook/i],
  [
    "admission-denied",
    /denied the request|violates PodSecurity|is forbidden|denied by|unable to validate against any/i,
  ],
];

/** Why the scheduler finds no node. Only where all nodes have the same fault is it told by name. */
export const schedulingSigns: readonly StatusSign[] = [
  ["unschedulable-no-nodes", /no nodes available to schedule pods|^0\/0 nodes/i],
  ["unschedulable-resources", /Insufficient [\w./-]+|Too many pods/],
  [
    "unschedulable-taints",
    /had (?:untolerated )?taint|had taints that the pod didn't tolerate|node\(s\) were unschedulable/,
  ],
  [
    "unschedulable-affinity",
    /didn't match (?:Pod's |pod |node )?(?:node )?(?:affinity|selector|anti-affinity|topology)/i,
  ],
];

/** Why an image cannot be pulled: containerd, CRI-O and Docker, with the registry's own words. */
export const imageSigns: readonly StatusSign[] = [
  ["image-rate-limited", /toomanyrequests|429 Too Many Requests|pull rate limit/i],
  ["image-registry-untrusted", /x509: |server gave HTTP response to HTTPS client|tls: failed to verify/i],
  // Docker Hub and containerd do not tell a missing repository from a forbidden one: "may require authorization".
  [
    "image-unauthorized",
    /unauthorized|\b401\b|403 Forbidden|authorization failed|pull access denied|no basic auth credentials|denied: /i,
  ],
  ["image-not-found", /not found|manifest unknown|NotFound/i],
  [
    "image-registry-unreachable",
    /no such host|dial tcp|i\/o timeout|connection refused|TLS handshake timeout|Client\.Timeout|server misbehaving/i,
  ],
];

/** Reasons of a waiting container that is short of its image. */
export const imageReasons =
  /^(?:ErrImagePull|ImagePullBackOff|ErrImageNeverPull|ImageInspectError|RegistryUnavailable|InvalidImageName)$/;

/** Reasons of a container that the runtime could not start. */
export const startReasons = /^(?:RunContainerError|CreateContainerError|StartError|ContainerCannotRun)$/;

/** Events of a pod whose sandbox or volumes cannot be made. */
export const setupReasons: ReadonlyMap<string, CauseId> = new Map([
  ["FailedCreatePodSandBox", "sandbox-failed"],
  ["NetworkNotReady", "sandbox-failed"],
  ["FailedMount", "volume-mount"],
  ["FailedAttachVolume", "volume-mount"],
  ["FailedMapVolume", "volume-mount"],
]);

/** A relay Secret that is not there, in the words of the kubelet. */
export const missingRelaySecret = /secret "(?:[\w.-]+\/)?relay-[\w.-]+" not found/i;

/** The cause that a text tells, or `otherwise`. */
export function causeIn(signs: readonly StatusSign[], text: string, otherwise: CauseId): CauseId {
  return signs.find(([, pattern]) => pattern.test(text))?.[0] ?? otherwise;
}

/** The words by which a cause was told: what a long text is cut around. */
export function wordsOf(signs: readonly StatusSign[], cause: CauseId): RegExp | undefined {
  return signs.find(([id]) => id === cause)?.[1];
}
