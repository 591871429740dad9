import { type AgentWorkload, installedWorkload } from "../glooMesh/agentWorkload";
import type { ClusterAccess } from "../kubernetes/access";
import { helm, kubectl } from "../kubernetes/commands";

// Every root cause for which a registration may have no client certificate, in words, with the user's next step.

/** Where the objects of a registration are: what the commands of a next step name. */
export interface RegistrationPlace {
  readonly remote: ClusterAccess;
  readonly management: ClusterAccess;
  /** The agent's namespace on the remote cluster. */
  readonly namespace: string;
  /** Of the agent's container. */
  readonly agentName: string;
  /** Where the agent runs. Default: as the chart installs it. */
  readonly workload?: AgentWorkload | undefined;
  /** Someone else installs the agent, and whoever that is reinstalls it. */
  readonly agentProvided?: boolean | undefined;
  readonly releaseName: string;
  readonly managementNamespace: string;
  readonly relayServerName: string;
}

/** A root cause in words. */
interface CauseText {
  /** A short sentence; it never changes with the evidence. */
  readonly cause: string;
  /** What the user does next: a sentence, or one with commands. */
  readonly next: string | ((commands: Commands) => string);
}

/** The names of one registration, and its commands: for objects in the agent's namespace, and for those of the remote cluster without one. */
interface Commands extends RegistrationPlace, Pick<AgentWorkload, "deploymentName" | "selector"> {
  readonly onAgent: (...words: readonly string[]) => string;
  readonly onRemote: (...words: readonly string[]) => string;
}

/**
 * Every root cause that the diagnosis finds. The ids are stable: tests, documents and reports name them.
 * They are in the order in which a registration can fail: objects, pod, container, network, TLS, relay server.
 */
export const causes = {
  "deployment-missing": { cause: "the agent's Deployment does not exist", next: reinstall },
  "scaled-to-zero": {
    cause: "the agent's Deployment is scaled to 0",
    next: ({ onAgent, deploymentName }) =>
      `scale it up: ${onAgent("scale", "deployment", deploymentName, "--replicas=1")}`,
  },
  "no-pod": {
    cause: "the agent has no pod yet",
    next: ({ onAgent, deploymentName }) => `check: ${onAgent("describe", "deployment", deploymentName)}`,
  },
  "quota-exceeded": {
    cause: "a quota of the namespace does not admit the agent's pod",
    next: "raise the ResourceQuota, or set the agent's resources in [agent.values]",
  },
  "limit-range": {
    cause: "a LimitRange of the namespace does not admit the agent's pod",
    next: ({ onAgent }) => `set the agent's resources in [agent.values] within: ${onAgent("describe", "limitranges")}`,
  },
  "priority-class-missing": {
    cause: "the agent's pod names a PriorityClass that the cluster does not have",
    next: ({ onRemote }) => `correct it in [agent.values], or create it: ${onRemote("get", "priorityclasses")}`,
  },
  "namespace-terminating": {
    cause: "the agent's namespace is being deleted",
    next: ({ onRemote, namespace }) =>
      `wait until it is gone: ${onRemote("wait", "--for=delete", `namespace/${namespace}`, "--timeout=120s")}; then pulumi up --refresh`,
  },
  "service-account-missing": {
    cause: "the agent's ServiceAccount does not exist",
    next: (commands) => `someone deleted an object of the chart; ${reinstall(commands)}`,
  },
  "admission-webhook-broken": {
    cause: "an admission webhook that must admit the agent's pod does not work",
    next: ({ onRemote }) =>
      `fix the webhook's Service and certificate: ${onRemote("get", "validatingwebhookconfigurations,mutatingwebhookconfigurations")}`,
  },
  "admission-denied": {
    cause: "the cluster does not admit the agent's pod",
    next: "check Pod Security labels and admission policies of the namespace",
  },
  "unschedulable-no-nodes": {
    cause: "the agent's pod cannot be scheduled: the cluster has no nodes",
    next: ({ onRemote }) => `add a node: ${onRemote("get", "nodes")}`,
  },
  "unschedulable-resources": {
    cause: "the agent's pod cannot be scheduled: no node has the resources it asks for",
    next: "add a node, or lower the agent's requests in [agent.values]",
  },
  "unschedulable-taints": {
    cause: "the agent's pod cannot be scheduled: it does not tolerate the nodes' taints",
    next: ({ onRemote }) => `check the taints: ${onRemote("describe", "nodes")}; add tolerations in [agent.values]`,
  },
  "unschedulable-affinity": {
    cause: "the agent's pod cannot be scheduled: no node matches its selector or affinity",
    next: ({ onRemote }) => `check the nodes' labels: ${onRemote("get", "nodes", "--show-labels")}`,
  },
  unschedulable: {
    cause: "the agent's pod cannot be scheduled",
    next: ({ onAgent, selector }) =>
      `check nodes, taints and resource requests: ${onAgent("describe", "pods", "-l", selector)}`,
  },
  "node-not-ready": {
    cause: "the agent's node is not ready",
    next: ({ onRemote }) => `check: ${onRemote("get", "nodes")}`,
  },
  evicted: {
    cause: "the agent's pod was evicted by its node",
    next: ({ onRemote }) => `free the resource that the node lacks: ${onRemote("describe", "nodes")}`,
  },
  "sandbox-failed": {
    cause: "the node cannot set up the agent's pod: sandbox or pod network fails",
    next: "check the CNI plugin and the container runtime of the node",
  },
  "volume-mount": { cause: "a volume of the agent's pod cannot be mounted", next: checkPods },
  "init-container": { cause: "an init container of the agent's pod fails", next: checkSidecars },
  sidecar: { cause: "a sidecar in the agent's pod fails", next: checkSidecars },
  "image-invalid": {
    cause: "the name of the agent's image is not valid",
    next: "check [agent.version] and [agent.values]",
  },
  "image-not-found": {
    cause: "the agent's image cannot be pulled: the registry does not have it",
    next: "check [agent.version] and the registry in [agent.values]",
  },
  "image-platform": {
    cause: "the agent's image cannot be pulled: it does not exist for the platform of the node",
    next: ({ onRemote }) =>
      `let the agent run on nodes of another architecture, by a nodeSelector in [agent.values]: ${onRemote("get", "nodes", "-L", "kubernetes.io/arch")}`,
  },
  "image-unauthorized": {
    cause: "the agent's image cannot be pulled: the registry refuses access",
    next: "check the pull secret in [agent.values], and that the image exists",
  },
  "image-rate-limited": {
    cause: "the agent's image cannot be pulled: the registry's rate limit is reached",
    next: "wait, or use a pull secret or a mirror in [agent.values]",
  },
  "image-registry-untrusted": {
    cause: "the agent's image cannot be pulled: the nodes do not trust the registry's certificate",
    next: "add the registry's CA to the container runtime of the nodes",
  },
  "image-registry-unreachable": {
    cause: "the agent's image cannot be pulled: the nodes do not reach the registry",
    next: "check DNS, proxy and firewall between the nodes and the registry",
  },
  "image-pull": {
    cause: "the agent's image cannot be pulled",
    next: "check [agent.version], the registry and the pull secret",
  },
  "container-config": {
    cause: "the agent's container cannot be configured",
    next: "check the Secrets and ConfigMaps that the chart's values name, and its security context",
  },
  "container-start": {
    cause: "the agent's container cannot be started",
    next: ({ onRemote }) =>
      `check that the image fits the node's architecture and has the command: ${onRemote("get", "nodes", "-L", "kubernetes.io/arch")}`,
  },
  starting: { cause: "the agent's pod is still starting", next: checkPods },
  "out-of-memory": {
    cause: "the agent was killed because it needs more memory than its limit",
    next: "raise the memory limit in [agent.values]",
  },
  panic: { cause: "the agent crashes with a Go panic", next: checkCrash },
  crash: { cause: "the agent crashes", next: checkCrash },
  "crds-missing": {
    cause: "CRDs of the agent's chart are missing on the remote cluster",
    next: ({ onRemote }) => `install the CRDs of the chart, or do not skip them: ${onRemote("get", "crds")}`,
  },
  "rights-missing": {
    cause: "the agent lacks rights on its own cluster",
    next: ({ onAgent, namespace, agentName }) =>
      `check the ClusterRole and ClusterRoleBinding of the agent's chart: ${onAgent("auth", "can-i", "--list", `--as=system:serviceaccount:${namespace}:${agentName}`)}`,
  },
  "api-unreachable": {
    cause: "the agent does not reach the API server of its own cluster",
    next: "check network policies and the Service kubernetes in the namespace default",
  },
  "api-rate-limited": {
    cause: "the API server of the remote cluster limits the agent's requests",
    next: "wait; check the load of the API server and its flow schemas",
  },
  "secret-missing": {
    cause: "the agent misses one of its Secrets",
    next: ({ onAgent }) => `run pulumi up --refresh, which copies them again; check with: ${onAgent("get", "secrets")}`,
  },
  "secret-unusable": {
    cause: "the agent cannot use the content of one of its Secrets",
    next: "run pulumi up --refresh, which copies them again; a client certificate that you provide must fit its key",
  },
  "token-empty": {
    cause: "the agent's bootstrap token is empty",
    next: "check the key of the token Secret on both clusters; then run pulumi up --refresh",
  },
  "address-unusable": {
    cause: "the agent cannot use the relay address it was given",
    next: "give [relay.serverAddress] as host:port",
  },
  dns: {
    cause: "the relay server's name does not resolve on the remote cluster",
    next: "check [relay.serverAddress] and the remote cluster's DNS",
  },
  refused: { cause: "the relay server refuses the connection", next: checkServer },
  "no-route": {
    cause: "there is no route from the remote cluster to the relay server",
    next: "check network, peering and firewalls between the clusters",
  },
  "connection-blocked": {
    cause: "the agent's node does not permit the connection to the relay server",
    next: ({ onAgent }) =>
      `check network policies for outgoing traffic, and the firewall of the node: ${onAgent("get", "networkpolicies")}`,
  },
  "no-answer": {
    cause: "the relay server does not answer",
    next: "check firewalls and load balancers between the remote cluster and [relay.serverAddress]",
  },
  "connection-broken": {
    cause: "the connection to the relay server breaks before it is established",
    next: "check load balancers and proxies on the way (they must pass TLS through), and [relay.authority] where they route by name",
  },
  "plaintext-mismatch": {
    cause: "one side speaks TLS and the other does not",
    next: 'check that [identity] is "none" exactly where the relay server works without TLS, and that [relay.serverAddress] is the port of gRPC',
  },
  "proxy-answers": {
    cause: "a proxy or load balancer answers in place of the relay server",
    next: ({ relayServerName }) =>
      `check the listener at [relay.serverAddress]: it must pass gRPC to ${relayServerName}`,
  },
  "other-service": {
    cause: "a gRPC server answers, but not this version's relay server",
    next: "check [relay.serverAddress], and that management cluster and agent have the same version",
  },
  "tls-refused": {
    cause: "agent and relay server do not agree on TLS",
    next: ({ relayServerName }) =>
      `check that [relay.serverAddress] leads to ${relayServerName} itself, and TLS versions, ciphers and client certificates of load balancers and proxies on the way`,
  },
  "server-name-unknown": {
    cause: "what answers at the relay address knows no server by the name of the relay authority",
    next: "set [relay.authority] to the name by which the listener at [relay.serverAddress] routes",
  },
  "unknown-authority": {
    cause: "the relay server's certificate was not issued by the root CA that was copied",
    next: "check that [relay.serverAddress] leads to the relay server of this management cluster, and that its root CA Secret is the current one",
  },
  "san-mismatch": {
    cause: "the relay server's certificate does not cover the relay authority",
    next: "set [relay.authority] to a name in the relay server's certificate",
  },
  "server-certificate-expired": {
    cause: "the relay server's certificate is expired",
    next: "renew the relay server's certificate on the management cluster",
  },
  "server-certificate-not-yet-valid": {
    cause: "the relay server's certificate is not valid yet",
    next: "compare the clocks of the nodes of both clusters",
  },
  "server-certificate-validity": {
    cause: "the relay server's certificate is expired or not valid yet",
    next: "renew the relay server's certificate on the management cluster, and compare the clusters' clocks",
  },
  "server-certificate-unusable": {
    cause: "the relay server's certificate, or one of its CAs, may not be used as it is",
    next: "reissue the relay server's certificate on the management cluster, with the extended key usage serverAuth, from a CA without other limits",
  },
  "client-certificate-refused": {
    cause: "the relay server refused the client certificate",
    next: "compare the certificate's DNS name with the cluster name on the management cluster, and its issuer with the root CA there",
  },
  "credentials-rejected": {
    cause: "the relay server rejected the agent's credentials, token or client certificate",
    next: "run pulumi up again, which copies the token again; compare the certificate with the cluster name",
  },
  "token-rejected": {
    cause: "the relay server rejected the bootstrap token",
    next: "the token on the management cluster may have been replaced: run pulumi up again, which copies it again",
  },
  "cluster-unknown": {
    cause: "the management cluster does not know the cluster",
    next: ({ management }) =>
      `check on the management cluster: ${kubectl(management, undefined, "get", "kubernetesclusters", "-A")}`,
  },
  "hub-not-running": {
    cause: "the relay server is not running on the management cluster",
    next: ({ management, managementNamespace, relayServerName }) =>
      `check on the management cluster: ${kubectl(management, managementNamespace, "get", "deployment,pods", "-l", `app=${relayServerName}`)}`,
  },
  "certificate-secret-gone": {
    cause: "the agent is connected, with a certificate whose Secret is gone",
    next: "run pulumi up, which copies the token and restarts the agent; do not restart it by hand: without a token it gets no other certificate",
  },
  unknown: {
    cause: "unknown: the agent runs, and its log gives no reason for the missing certificate",
    next: ({ onAgent, deploymentName }) => `read the agent's log: ${onAgent("logs", `deployment/${deploymentName}`)}`,
  },
} as const satisfies Record<string, CauseText>;

/** Id of a root cause. */
export type CauseId = keyof typeof causes;

/** What the user does next about a cause. */
export function nextStep(id: CauseId, place: RegistrationPlace): string {
  const { next }: CauseText = causes[id];
  if (typeof next === "string") return next;
  const { remote, namespace, workload, agentName } = place;
  return next({
    ...place,
    ...(workload ?? installedWorkload(agentName)),
    onAgent: (...words) => kubectl(remote, namespace, ...words),
    onRemote: (...words) => kubectl(remote, undefined, ...words),
  });
}

function checkServer({ relayServerName }: Commands): string {
  return `check [relay.serverAddress], and that ${relayServerName} runs and is exposed at that port`;
}

function reinstall({ remote, namespace, releaseName, agentProvided }: Commands): string {
  if (agentProvided) return "have it installed by whoever provides the agent: the proof waits for it";
  return `reinstall the chart: ${helm(remote, namespace, "uninstall", releaseName)}; then pulumi up --refresh`;
}

function checkPods({ onAgent, selector }: Commands): string {
  return `check the events: ${onAgent("describe", "pods", "-l", selector)}`;
}

function checkSidecars({ onAgent, selector }: Commands): string {
  const logs = onAgent("logs", "-l", selector, "--all-containers");
  return `for an injected container: set [namespace.disableIstioInjection]; read the logs: ${logs}`;
}

function checkCrash({ onAgent, deploymentName }: Commands): string {
  return `read the log: ${onAgent("logs", `deployment/${deploymentName}`, "--previous")}`;
}
