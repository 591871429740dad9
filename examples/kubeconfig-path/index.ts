import * as pulumi from "@pulumi/pulumi";
import { GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";

const config = new pulumi.Config();
const kubeconfig = config.require("kubeconfig");

// The state holds path and context. Each machine that runs Pulumi needs its own credentials at this path.
const registration = new GlooMeshRelayRegistration("payments", {
  management: { kubeconfig, context: config.require("managementContext") },
  remote: { kubeconfig, context: config.require("remoteContext") },
  relay: { serverAddress: config.require("relayServerAddress") },
  agent: { repository: config.require("chartRepository") },
});

export const clientCertificate = registration.clientCertificate;
