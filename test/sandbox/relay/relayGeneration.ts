import type * as k8s from "@kubernetes/client-node";
import { adminDefinition, multiclusterDefinition } from "./definitions";

/** A product generation of Gloo Mesh Enterprise: 1.0 to 1.2, or 2.3 and later. */
export type GenerationName = "1.x" | "2.x";

/** What differs between the generations, as far as the sandbox stands in for it. */
export interface RelayGeneration {
  readonly name: GenerationName;
  /** Version of a hub that is given none. */
  readonly defaultVersion: string;
  /** Name of the relay server's Deployment, Service, ServiceAccount and container, its label `app`, and the last part of its image. */
  readonly server: string;
  /** The same of the relay agent. */
  readonly agent: string;
  /** Ports of the server's container, by name. */
  readonly containerPorts: Readonly<Record<string, number>>;
  /** Ports of the Service beside `grpc`, by name. */
  readonly servicePorts: Readonly<Record<string, number>>;
  /** How the metrics are reached through the proxy of the API server. */
  readonly metricsOf: "services" | "pods";
  readonly kubernetesCluster: CustomResource;
  /** What the Go program has to know; `generation.go` documents it. */
  readonly program: Readonly<Record<string, string | boolean>>;
}

/** The custom resource by which a management cluster knows a cluster. */
export interface CustomResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** The CRD as the product of this version ships it. */
  readonly definition: (version: string) => k8s.V1CustomResourceDefinition;
}

const plural = "kubernetesclusters";

/** Another generation is another row. */
export const generations: Readonly<Record<GenerationName, RelayGeneration>> = {
  "1.x": {
    name: "1.x",
    defaultVersion: "1.0.4",
    server: "enterprise-networking",
    agent: "enterprise-agent",
    containerPorts: { grpc: 9900, http: 9091 },
    servicePorts: { http: 9091 },
    metricsOf: "services",
    kubernetesCluster: {
      group: "multicluster.solo.io",
      version: "v1alpha1",
      plural,
      definition: multiclusterDefinition,
    },
    program: {
      server: "enterprise-networking",
      clusters: "multicluster.solo.io/v1alpha1",
      unregistered: "cluster %s not registered",
    },
  },
  "2.x": {
    name: "2.x",
    defaultVersion: "2.14.0",
    server: "gloo-mesh-mgmt-server",
    agent: "gloo-mesh-agent",
    containerPorts: { grpc: 9900, healthcheck: 8090, stats: 9091 },
    servicePorts: { healthcheck: 8090 },
    metricsOf: "pods",
    kubernetesCluster: { group: "admin.gloo.solo.io", version: "v2", plural, definition: adminDefinition },
    program: {
      server: "gloo-mesh-mgmt-server",
      clusters: "admin.gloo.solo.io/v2",
      unregistered: "cluster %s is not registered",
      warms: true,
      approves: true,
      mayIssueNothing: true,
      renews: true,
      checksNames: true,
      sharedToken: true,
    },
  },
};

/** Ports of the relay server in the pod network, the same in every generation. */
export const relayPorts = { grpc: 9900, metrics: 9091 } as const;
