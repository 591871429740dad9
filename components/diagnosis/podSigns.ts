import type { CauseId } from "./causes";

/** A root cause, and the messages of the control plane that show it. In a list of signs the first match counts. */
export type StatusSign = readonly [cause: CauseId, pattern: RegExp];

/** Why an API server does not admit the pod: messages of kube-apiserver's admission plugins, and of policy engines behind webhooks. */
export const admissionSigns: readonly StatusSign[] = [
  ["quota-exceeded", /exceeded quota|failed quota|insufficient quota to match/i],
  ["namespace-terminating", /because it is being terminated/i],
  ["priority-class-missing", /no PriorityClass with name/i],
  [
    "limit-range",
    /(?:minimum|maximum) [\w./-]+ usage per (?:Container|Pod)\b|[\w./-]+ max limit to request ratio per (?:Container|Pod)\b/i,
  ],
  ["service-account-missing", /error looking up service account|serviceaccounts? "[^"]*" not found/i],
  ["admission-webhook-broken", /failed calling (?:admission )?webhook|failed to call webhook/i],
  [
    "admission-denied",
    /denied the request|violates PodSecurity|is forbidden|denied by|unable to validate against any/i,
  ],
];

/** Why the scheduler finds no node. A fault counts only if all nodes have it. */
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

/** Why an image cannot be pulled: messages of containerd, CRI-O and Docker, and of the registry in them. */
export const imageSigns: readonly StatusSign[] = [
  ["image-rate-limited", /toomanyrequests|429 Too Many Requests|pull rate limit/i],
  ["image-registry-untrusted", /x509: |server gave HTTP response to HTTPS client|tls: failed to verify/i],
  [
    "image-platform",
    /no match for platform|no matching manifest for|no image found in (?:manifest list|image index) for architecture|does not match the (?:detected|specified) (?:host )?platform/i,
  ],
  // Docker Hub and containerd do not distinguish a missing repository from a forbidden one: "may require authorization".
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

/** Reasons of a pod that has failed. */
export const failureReasons: readonly StatusSign[] = [
  ["evicted", /^Evicted$/],
  ["unschedulable-resources", /^OutOf/],
  ["unschedulable", /^(?:NodeAffinity|Taint)/],
  ["node-not-ready", /^(?:NodeShutdown|Terminated|Shutdown|NodeLost)$/],
];

/** Reasons of a container that waits for its image. */
export const imageReasons =
  /^(?:ErrImagePull|ImagePullBackOff|ErrImageNeverPull|ImageInspectError|RegistryUnavailable|InvalidImageName)$/;

/** Reasons of a container that the runtime could not start. */
export const startReasons = /^(?:RunContainerError|CreateContainerError|StartError|ContainerCannotRun)$/;

/** Events of a pod whose sandbox or volumes cannot be set up. */
export const setupReasons: ReadonlyMap<string, CauseId> = new Map([
  ["FailedCreatePodSandBox", "sandbox-failed"],
  ["NetworkNotReady", "sandbox-failed"],
  ["FailedMount", "volume-mount"],
  ["FailedAttachVolume", "volume-mount"],
  ["FailedMapVolume", "volume-mount"],
]);

/** The kubelet's message about a missing relay Secret. */
export const missingRelaySecret = /secret "(?:[\w.-]+\/)?relay-[\w.-]+" not found/i;

/** The sign that a message shows: a cause and its pattern, or nothing. */
export function signIn(signs: readonly StatusSign[], message = ""): StatusSign | readonly [] {
  return signs.find(([, pattern]) => pattern.test(message)) ?? [];
}
