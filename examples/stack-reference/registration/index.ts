import * as pulumi from "@pulumi/pulumi";
import { ClusterConnection, GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";

const config = new pulumi.Config();
const clusters = new pulumi.StackReference(config.require("clusterStack"));

// The output is a secret of the other stack, and stays a secret here.
const remote = new ClusterConnection("payments", { kubeconfig: clusters.requireOutput("kubeconfig").apply(String) });
const management = new ClusterConnection("management", { context: config.require("managementContext") });

const registration = new GlooMeshRelayRegistration("payments", {
  management,
  remote,
  relay: { serverAddress: config.require("relayServerAddress") },
  agent: { repository: config.require("chartRepository") },
});

export const clientCertificate = registration.clientCertificate;
