import "./stacks/freshBuild";
// By its name, as any user of the package imports it.
import { ClusterConnection, GlooMeshRelayRegistration, logDeregistrations } from "gloo-mesh-relay-registration";
import { readConfiguration } from "./stacks/configuration";
import { certificateLines, registrationLine } from "./stacks/outputs";
import { wavesOf } from "./stacks/waves";

const { kubeconfig, managementContext, managementNamespace, clusters } = readConfiguration();

const management = new ClusterConnection("management", {
  ...(kubeconfig ? { kubeconfig } : {}),
  context: managementContext,
});

const registered = new Map<string, GlooMeshRelayRegistration>();
let previousWave: GlooMeshRelayRegistration[] = [];
for (const wave of wavesOf(clusters)) {
  const members = wave.map(([clusterName, { context, kubeconfig: own, wave: _, ...settings }]) => {
    const file = own ?? kubeconfig;
    const remote = settings.selfRegistration
      ? management
      : new ClusterConnection(clusterName, { ...(file ? { kubeconfig: file } : {}), context: context ?? clusterName });
    const registration = new GlooMeshRelayRegistration(
      clusterName,
      { ...settings, clusterName, management, remote, ...(managementNamespace ? { managementNamespace } : {}) },
      previousWave.length > 0 ? { dependsOn: previousWave } : {},
    );
    registered.set(clusterName, registration);
    return registration;
  });
  previousWave = members;
}

/** What became of each registration, one line by cluster name in the order of the configuration. */
export const registrations = Object.fromEntries(
  [...clusters.keys()].flatMap((name) => {
    const registration = registered.get(name);
    return registration ? [[name, registrationLine(registration)]] : [];
  }),
);

/** When the certificates of the management cluster end. */
export const certificates = certificateLines(registered.values());

// With no registration left, nothing else in the preview warns of the deregistrations.
logDeregistrations(management, managementNamespace);
