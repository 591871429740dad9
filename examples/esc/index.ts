import * as pulumi from "@pulumi/pulumi";
import { GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";

const config = new pulumi.Config();

// No kubeconfig here: the environment writes it to a file for the duration of the run, and KUBECONFIG has the path of that file.
const registration = new GlooMeshRelayRegistration("payments", {
  management: { context: config.require("managementContext") },
  remote: { context: config.require("remoteContext") },
  relay: { serverAddress: config.require("relayServerAddress") },
  agent: { repository: config.require("chartRepository") },
});

export const clientCertificate = registration.clientCertificate;
