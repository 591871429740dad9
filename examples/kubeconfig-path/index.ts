import * as pulumi from "@pulumi/pulumi";
import { ClusterConnection, GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";

const config = new pulumi.Config();
const kubeconfig = config.require("kubeconfig");

// The state keeps path and context. Every machine that runs Pulumi brings its own credentials at this path.
const management = new ClusterConnection("management", { kubeconfig, context: config.require("managementContext") });
const remote = new ClusterConnection("payments", { kubeconfig, context: config.require("remoteContext") });

const registration = new GlooMeshRelayRegistration("payments", {
  clusterName: "payments",
  management,
  remote,
  relay: { serverAddress: config.require("relayServerAddress") },
  agent: { repository: config.require("chartRepository") },
});

export const certificateNotAfter = registration.certificateNotAfter;
