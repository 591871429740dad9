import "./stacks/freshBuild";
// By its name, as any user of the package imports it.
import { ClusterConnection, GlooMeshRelayRegistration, logDeregistrations } from "gloo-mesh-relay-registration";
import { readConfiguration } from "./stacks/configuration";
import { outputOf } from "./stacks/outputs";
import { wavesOf } from "./stacks/waves";

const { kubeconfig, managementContext, managementNamespace, clusters } = readConfiguration();

const management = new ClusterConnection("management", {
  ...(kubeconfig ? { kubeconfig } : {}),
  context: managementContext,
});

const registered = new Map<string, GlooMeshRelayRegistration>();
let former: GlooMeshRelayRegistration[] = [];
for (const wave of wavesOf(clusters)) {
  const members = wave.map(([clusterName, { context, kubeconfig: own, wave: _, ...settings }]) => {
    const file = own ?? kubeconfig;
    const remote = settings.selfRegistration
      ? management
      : new ClusterConnection(clusterName, { ...(file ? { kubeconfig: file } : {}), context: context ?? clusterName });
    const registration = new GlooMeshRelayRegistration(
      clusterName,
      { ...settings, clusterName, management, remote, ...(managementNamespace ? { managementNamespace } : {}) },
      former.length > 0 ? { dependsOn: former } : {},
    );
    registered.set(clusterName, registration);
    return registration;
  });
  former = members;
}

/** What each registration proved, by cluster name in the order of the configuration. */
export const registrations = Object.fromEntries(
  [...clusters.keys()].flatMap((name) => {
    const registration = registered.get(name);
    return registration ? [[name, outputOf(registration)]] : [];
  }),
);

// With no registration left, nobody else says in the preview which ones leave.
logDeregistrations(management, managementNamespace);
