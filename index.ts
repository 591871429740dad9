// The stack program: registers the clusters of the stack's configuration, wave by wave.

import "./stacks/freshBuild";
// By the package's name, as its users import it.
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

/** The result of each registration in one line, by cluster name in the order of the configuration. */
export const registrations = Object.fromEntries(
  [...clusters.keys()].flatMap((name) => {
    const registration = registered.get(name);
    return registration ? [[name, registrationLine(registration)]] : [];
  }),
);

/** The expiry of each certificate of the management cluster. */
export const certificates = certificateLines(registered.values());

// For a stack without registrations: nothing else in its preview warns of the deregistrations.
logDeregistrations(management, managementNamespace);
