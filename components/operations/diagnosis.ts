import type { AgentState, Pod } from "./agentState";

/** Why there is no certificate yet, with the evidence for it. */
export interface Diagnosis {
  /** A short sentence; two diagnoses with the same cause are the same. */
  readonly cause: string;
  /** A line of the agent's log or status, masked. */
  readonly evidence?: string | undefined;
  readonly next: string;
}

interface Sign {
  readonly pattern: RegExp;
  readonly cause: string;
  readonly next: string;
}

/** What agents write when something is wrong, the more specific first. The texts are grpc-go's and Go's crypto/x509's. */
const signs: readonly Sign[] = [
  {
    pattern: /no such host|server misbehaving|name resolver error|ENOTFOUND|EAI_AGAIN/i,
    cause: "the relay server's name does not resolve on the remote cluster",
    next: "check [relay.serverAddress] and the remote cluster's DNS",
  },
  {
    pattern: /connection refused|ECONNREFUSED/i,
    cause: "the relay server refuses the connection",
    next: "check [relay.serverAddress], and that enterprise-networking runs and is exposed at that port",
  },
  {
    pattern: /no route to host|network is unreachable|EHOSTUNREACH|ENETUNREACH/i,
    cause: "there is no route from the remote cluster to the relay server",
    next: "check network, peering and firewalls between the clusters",
  },
  {
    pattern: /x509: certificate signed by unknown authority|self[- ]signed certificate|unable to (get|verify)/i,
    cause: "the relay server's certificate was not issued by the root CA that was copied",
    next: "check that [relay.serverAddress] leads to this hub's relay server and that its root CA Secret is the current one",
  },
  {
    pattern:
      /x509: certificate is (valid for|not valid for any names)|cannot validate certificate for|ERR_TLS_CERT_ALTNAME/i,
    cause: "the relay server's certificate does not cover the relay authority",
    next: "set [relay.authority] to a name in the relay server's certificate",
  },
  {
    pattern: /x509: certificate has expired or is not yet valid|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/i,
    cause: "the relay server's certificate is expired or not valid yet",
    next: "renew the relay server's certificate on the hub, and compare the clusters' clocks",
  },
  {
    pattern: /code = NotFound|not registered|unknown cluster|no KubernetesCluster/i,
    cause: "the hub does not know the cluster",
    next: "check with: kubectl get kubernetesclusters -A on the management cluster",
  },
  {
    pattern: /code = Unauthenticated|invalid (identity )?token|token (rejected|mismatch|invalid)/i,
    cause: "the relay server rejected the bootstrap token",
    next: "the hub's token may have been replaced: run pulumi up again, which copies it anew",
  },
  {
    pattern: /code = PermissionDenied/i,
    cause: "the relay server refused the client certificate",
    next: "compare the certificate's DNS name with the cluster name on the hub",
  },
  {
    pattern: /deadline exceeded|i\/o timeout|context deadline|ETIMEDOUT/i,
    cause: "the relay server does not answer",
    next: "check firewalls and load balancers between the remote cluster and [relay.serverAddress]",
  },
  {
    pattern: /forbidden: User "system:serviceaccount/i,
    cause: "the agent lacks rights on its own cluster",
    next: "check the chart's ClusterRole and ClusterRoleBinding enterprise-agent",
  },
  {
    pattern: /connected to relay server/i,
    cause: "the agent is connected, with a certificate whose Secret is gone",
    next: "restart the agent, which then asks for another: kubectl delete pod -l app=enterprise-agent",
  },
  {
    pattern: /secrets? "?[\w./-]+"? not found|(missing|empty) (key|token|secret)/i,
    cause: "the agent misses one of its Secrets",
    next: "check with: kubectl get secrets in the agent's namespace",
  },
];

/** Finds the cause in what can be seen of the agent. What is not recognised is said to be unknown, never guessed. */
export function diagnose(state: AgentState): Diagnosis {
  if (!state.deployment) {
    return { cause: "the agent's Deployment does not exist", next: "check the release with: helm list -A" };
  }
  return (
    diagnosePods(state) ??
    diagnoseLog(state.log) ??
    diagnoseCrash(state) ?? {
      cause: "unknown: the agent runs, and says nothing of why it has no certificate",
      evidence: mask(state.log.at(-1)),
      next: `look at the agent's log: kubectl logs deployment/${state.deployment.metadata.name}`,
    }
  );
}

function diagnosePods({ deployment, pods }: AgentState): Diagnosis | undefined {
  if (pods.length === 0) {
    const failure = deployment?.status?.conditions?.find(
      (one) => one.type === "ReplicaFailure" && one.status === "True",
    );
    return {
      cause: failure ? "the cluster does not admit the agent's pod" : "the agent has no pod yet",
      evidence: mask(failure?.message),
      next: failure ? "check quotas and admission policies of the namespace" : "check: kubectl describe deployment",
    };
  }
  for (const pod of pods) {
    const unscheduled = pod.status?.conditions?.find((one) => one.type === "PodScheduled" && one.status === "False");
    if (unscheduled) {
      return {
        cause: "the agent's pod cannot be scheduled",
        evidence: mask(unscheduled.message),
        next: "check nodes, taints and resource requests: kubectl describe pod",
      };
    }
    const waiting = stateOf(pod)?.waiting;
    if (
      waiting?.reason &&
      /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ImageInspectError)$/.test(waiting.reason)
    ) {
      return {
        cause: "the agent's image cannot be pulled",
        evidence: mask(waiting.message ?? waiting.reason),
        next: "check [agent.version], the registry and the pull secret",
      };
    }
    if (waiting?.reason === "CreateContainerConfigError") {
      return {
        cause: "the agent's container cannot be configured",
        evidence: mask(waiting.message),
        next: "check the Secrets and ConfigMaps that the chart's values name",
      };
    }
  }
  return undefined;
}

/** The newest line that says something counts: earlier ones may be about troubles that are over. */
function diagnoseLog(log: readonly string[]): Diagnosis | undefined {
  for (const line of [...log].reverse()) {
    const sign = signs.find(({ pattern }) => pattern.test(line));
    if (sign) return { cause: sign.cause, evidence: mask(line), next: sign.next };
  }
  return undefined;
}

function diagnoseCrash({ pods, log }: AgentState): Diagnosis | undefined {
  for (const pod of pods) {
    const status = pod.status?.containerStatuses?.[0];
    const ended = status?.state?.terminated ?? (status?.state?.waiting ? status.lastState?.terminated : undefined);
    if (!ended || ended.exitCode === 0) continue;
    return {
      cause: `the agent crashes (exit code ${ended.exitCode}, ${status?.restartCount ?? 0} restarts)`,
      evidence: mask(log.at(-1) ?? ended.message),
      next: `look at: kubectl logs --previous ${pod.metadata.name}`,
    };
  }
  return undefined;
}

function stateOf(pod: Pod) {
  return pod.status?.containerStatuses?.[0]?.state;
}

/** Takes out of a line whatever could be a token or a key: long runs of token characters, and UUIDs. */
export function mask(line: string | undefined): string | undefined {
  if (line === undefined || line.trim() === "") return undefined;
  const masked = line
    .trim()
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, "***")
    .replace(/[A-Za-z0-9+/=_]{24,}/g, "***")
    // Names of Kubernetes objects have hyphens too, but no upper-case letters.
    .replace(/[A-Za-z0-9+/=_-]{24,}/g, (run) => (/[A-Z]/.test(run) && /[0-9]/.test(run) ? "***" : run));
  return masked.length > 300 ? `${masked.slice(0, 299)}…` : masked;
}
