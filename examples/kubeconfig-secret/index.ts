import * as pulumi from "@pulumi/pulumi";
import { ClusterConnection, GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";

const config = new pulumi.Config();

// pulumi config set --secret kubeconfig < payments.yaml
// The state holds the content encrypted, because destroy needs it. The connection uses its current context.
const remote = new ClusterConnection("payments", { kubeconfig: config.requireSecret("kubeconfig") });
const management = new ClusterConnection("management", { context: config.require("managementContext") });

const registration = new GlooMeshRelayRegistration("payments", {
  management,
  remote,
  relay: { serverAddress: config.require("relayServerAddress") },
  agent: { repository: config.require("chartRepository") },
});

export const clientCertificate = registration.clientCertificate;
