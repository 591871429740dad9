import "./stacks/compileCache";
import "./stacks/freshBuild";
// By its name, as any user of the package imports it: built code starts sooner than sources that are transpiled at each run.
import { Cluster, GlooMeshRelayRegistration, tellLeaving } from "gloo-mesh-relay-registration";
import { readConfiguration } from "./stacks/configuration";

const { kubeconfig, managementContext, managementNamespace, clusters } = readConfiguration();

const management = new Cluster("management", { ...(kubeconfig ? { kubeconfig } : {}), context: managementContext });

/** What each registration proved, by cluster name. */
export const registrations = Object.fromEntries(
  [...clusters].map(([clusterName, { context, kubeconfig: own, ...settings }]) => {
    const file = own ?? kubeconfig;
    const remote = settings.selfRegistration
      ? management
      : new Cluster(clusterName, { ...(file ? { kubeconfig: file } : {}), context: context ?? clusterName });
    const registration = new GlooMeshRelayRegistration(clusterName, {
      ...settings,
      clusterName,
      management,
      remote,
      ...(managementNamespace ? { managementNamespace } : {}),
    });
    return [
      clusterName,
      {
        proof: registration.proof,
        agentVersion: registration.agentVersion,
        certificateFingerprint: registration.certificateFingerprint,
        certificateNotAfter: registration.certificateNotAfter,
        tokenExposureSeconds: registration.tokenExposureSeconds,
      },
    ];
  }),
);

// With no registration left, nobody else says in the preview which ones leave.
tellLeaving(management, managementNamespace);
