import * as pulumi from "@pulumi/pulumi";
import { ClusterConnection, GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";

const config = new pulumi.Config("mesh");
const management = new ClusterConnection("management", { context: config.require("managementContext") });

/** The context of each cluster, by its name in Gloo Mesh. */
const clusters = config.getObject<Record<string, string>>("clusters") ?? {};

export const proofs = Object.fromEntries(
  Object.entries(clusters).map(([name, context]) => {
    const registration = new GlooMeshRelayRegistration(name, { management, remote: { context } });
    return [name, registration.proof];
  }),
);
