import { defaultGeneration } from "../../../../components/glooMesh/generation";
import { withDefaults } from "../../../../components/glooMesh/settings";
import type { HealthView } from "../../../../components/health/healthView";
import type { Deployment, Pod } from "../../../../components/kubernetes/workloads";
import { accepted } from "../plan/example";

const image = "gcr.io/gloo-mesh/enterprise-agent:1.0.4";

/** The manifest of the agent's release. */
export const manifest = `---
apiVersion: v1
kind: ServiceAccount
metadata: { name: enterprise-agent }
---
# Source: enterprise-agent/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: enterprise-agent
spec:
  selector: { matchLabels: { app: enterprise-agent } }
  template:
    metadata:
      labels: { app: enterprise-agent }
      annotations: { prometheus.io/port: "9091" }
    spec:
      serviceAccountName: enterprise-agent
      containers:
        - name: enterprise-agent
          image: ${image}
          args: [--verbose=false, --metrics-port=9091]
          env:
            - { name: POD_NAMESPACE, value: gloo-mesh }
            - { name: TOKEN, value: secret-of-the-user }
          resources: { requests: { cpu: 1000m, memory: 128Mi }, limits: {} }
          securityContext: null
`;

/** The pod template as an API server stores it, with its defaults. */
export const template = {
  metadata: {
    labels: { app: "enterprise-agent" },
    annotations: { "prometheus.io/port": "9091", restartedAt: "today" },
  },
  spec: {
    serviceAccountName: "enterprise-agent",
    restartPolicy: "Always",
    containers: [
      { name: "istio-proxy", image: "istio" },
      {
        name: "enterprise-agent",
        image,
        args: ["--verbose=false", "--metrics-port=9091"],
        env: [
          { name: "ADDED", value: "1" },
          { name: "POD_NAMESPACE", value: "gloo-mesh" },
          { name: "TOKEN", value: "secret-of-the-user" },
        ],
        resources: { requests: { cpu: "1", memory: "128Mi" } },
      },
    ],
  },
};

/** The agent's Deployment with this pod template and number of replicas, all of them available. */
export function deployment(present: object = template, replicas = 1): Deployment {
  return {
    metadata: { name: "enterprise-agent", generation: 1 },
    spec: { replicas, template: present as NonNullable<NonNullable<Deployment["spec"]>["template"]> },
    status: { observedGeneration: 1, replicas, updatedReplicas: replicas, availableReplicas: replicas },
  };
}

const pod: Pod = {
  metadata: { name: "enterprise-agent-1" },
  status: { containerStatuses: [{ name: "enterprise-agent", ready: true, restartCount: 0, state: { running: {} } }] },
};

/** A healthy registration of cluster-2, with changes over it. */
export function view(changes: Partial<HealthView> = {}): HealthView {
  const access = (context: string) => ({ kubeconfig: undefined, context });
  return {
    settings: withDefaults({ clusterName: "cluster-2" }, false, defaultGeneration),
    generation: defaultGeneration,
    place: {
      remote: access("cluster-2"),
      management: access("hub"),
      namespace: "gloo-mesh",
      agentName: "enterprise-agent",
      releaseName: "enterprise-agent",
      managementNamespace: "gloo-mesh",
      relayServerName: "enterprise-networking",
    },
    where: { remote: 'context "cluster-2"', management: 'context "hub"' },
    agentVersion: "1.0.4",
    serverAddress: "relay:9900",
    isAgentInstalled: true,
    isByOthers: false,
    missing: [],
    release: {
      secret: { metadata: { name: "sh.helm.release.v1.enterprise-agent.v1" } },
      revision: 1,
      status: "deployed",
      created: new Date(0),
      recorded: true,
      takenOver: false,
      incarnation: undefined,
      owner: "urn",
      copiedMark: undefined,
      content: { description: undefined, chartVersion: "1.0.4", defaults: {}, values: {}, manifest },
    },
    hasKubernetesCluster: true,
    approval: undefined,
    relayServer: "available",
    answers: true,
    serverFaults: [],
    deployment: deployment(),
    pods: [pod],
    diagnosis: undefined,
    certificate: accepted,
    isCertificateProvided: false,
    count: undefined,
    ...changes,
  };
}
