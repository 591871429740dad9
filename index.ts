import "./stacks/compileCache";
import "./stacks/freshBuild";
// By its name, as any user of the package imports it: built code starts sooner than sources that are transpiled at each run.
import { Cluster, GlooMeshRelayRegistration } from "gloo-mesh-relay-registration";
import { readConfiguration } from "./stacks/configuration";

const configuration = readConfiguration();
const { kubeconfig, managementContext } = configuration;

const management = new Cluster("management", { ...(kubeconfig ? { kubeconfig } : {}), context: managementContext });

/** What each registration proved, by cluster name. */
export const registrations = Object.fromEntries(
  [...configuration.clusters].map(([clusterName, settings]) => {
    const file = settings.kubeconfig ?? kubeconfig;
    const remote = settings.selfRegistration
      ? management
      : new Cluster(clusterName, { ...(file ? { kubeconfig: file } : {}), context: settings.context ?? clusterName });
    const registration = new GlooMeshRelayRegistration(clusterName, {
      clusterName,
      management,
      remote,
      ...(settings.clusterDomain ? { clusterDomain: settings.clusterDomain } : {}),
      namespace: {
        ...(settings.namespace ? { name: settings.namespace } : {}),
        ...(settings.createNamespace === undefined ? {} : { create: settings.createNamespace }),
      },
      relay: { serverAddress: configuration.relayServerAddress },
      agent: {
        version: configuration.agentVersion,
        ...(configuration.chartRepository ? { repository: configuration.chartRepository } : {}),
        ...(configuration.abandonedAfterSeconds === undefined
          ? {}
          : { abandonedAfterSeconds: configuration.abandonedAfterSeconds }),
      },
      token: { retain: settings.retainToken ?? false },
      proof: settings.timeoutSeconds === undefined ? {} : { timeoutSeconds: settings.timeoutSeconds },
      selfRegistration: settings.selfRegistration ?? false,
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
