import { GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";

const registration = new GlooMeshRelayRegistration("cluster-2", {
  management: { context: "prod-hub" },
  remote: { context: "prod-cluster-2" },
});

export const clientCertificate = registration.clientCertificate;
