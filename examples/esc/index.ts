import * as pulumi from "@pulumi/pulumi";
import { ClusterConnection, GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";

const config = new pulumi.Config();

// No kubeconfig here: the environment writes it to a file for the time of the run, and KUBECONFIG names that file.
const management = new ClusterConnection("management", { context: config.require("managementContext") });
const remote = new ClusterConnection("payments", { context: config.require("remoteContext") });

const registration = new GlooMeshRelayRegistration("payments", {
  clusterName: "payments",
  management,
  remote,
  relay: { serverAddress: config.require("relayServerAddress") },
  agent: { repository: config.require("chartRepository") },
});

export const certificateNotAfter = registration.certificateNotAfter;
