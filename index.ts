import "./stacks/freshBuild";
// By its name, as any user of the package imports it.
import { ClusterConnection, GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";
import { logDeregistrations } from "./components/registration/logPlan";
import { readConfiguration } from "./stacks/configuration";
import { certificateLines, registrationLine } from "./stacks/outputs";
import { wavesOf } from "./stacks/waves";

const configuration = readConfiguration();
const { managementNamespace, clusters } = configuration;
const management = new ClusterConnection("management", configuration.management);

const registered = new Map<string, GlooMeshRelayRegistration>();
let previous: GlooMeshRelayRegistration[] = [];
for (const wave of wavesOf(clusters)) {
  previous = wave.map(([clusterName, { remote, wave: _, ...settings }]) => {
    const registration = new GlooMeshRelayRegistration(
      clusterName,
      {
        ...settings,
        management,
        remote: settings.selfRegistration ? management : new ClusterConnection(clusterName, remote),
        ...(managementNamespace ? { managementNamespace } : {}),
      },
      previous.length > 0 ? { dependsOn: previous } : {},
    );
    registered.set(clusterName, registration);
    return registration;
  });
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
