import { ClusterConnection, GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";

const management = new ClusterConnection("management", { context: "prod-hub" });

const canary = new GlooMeshRelayRegistration("canary", { management, remote: { context: "prod-canary" } });

// They start when the canary is proven; the checks of all clusters run at once, in the preview too.
const others = ["prod-eu", "prod-us"].map(
  (name) => new GlooMeshRelayRegistration(name, { management, remote: { context: name } }, { dependsOn: [canary] }),
);

export const proofs = [canary, ...others].map(({ proof }) => proof);
