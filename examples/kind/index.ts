import * as pulumi from "@pulumi/pulumi";
import { GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";

// kind creates no load balancer, so the address cannot be read: a node's address in Docker's network, and the node port of the relay server.
const serverAddress = new pulumi.Config().require("relayServerAddress");

const registration = new GlooMeshRelayRegistration("cluster-2", {
  management: { context: "kind-hub" },
  remote: { context: "kind-cluster-2" },
  relay: { serverAddress },
});

export const clientCertificate = registration.clientCertificate;
