import * as pulumi from "@pulumi/pulumi";
import { ClusterConnection, GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";

/** The context of each cluster, by its name in Gloo Mesh. */
const clusters = new pulumi.Config().requireObject<Record<string, string>>("clusters");

// One connection, so that all registrations share one Kubernetes provider for the management cluster.
const management = new ClusterConnection("management", { context: "prod-hub" });

export const proofs = Object.fromEntries(
  Object.entries(clusters).map(([name, context]) => {
    const registration = new GlooMeshRelayRegistration(name, { management, remote: { context } });
    return [name, registration.proof];
  }),
);
