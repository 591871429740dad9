import { GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";

// certificate.yaml is applied to the remote cluster before, or while the run waits: cert-manager writes its Secret.
const registration = new GlooMeshRelayRegistration("cluster-2", {
  management: { context: "prod-hub" },
  remote: { context: "prod-cluster-2" },
  identity: "provided-certificate",
  namespace: { create: false },
  // The stronger proof: that the relay server accepts this certificate.
  proof: { level: "connected" },
});

export const clientCertificate = registration.clientCertificate;
