import * as pulumi from "@pulumi/pulumi";
import type { GlooMeshRelayRegistrationArgs } from "./arguments";
import type { Generation } from "./generation";
import { type GivenSettings, withDefaults } from "./settings";

/** The values of the arguments; nothing is looked up. */
export function settingsOf(args: GlooMeshRelayRegistrationArgs, generation: Generation): pulumi.Output<GivenSettings> {
  const said = pulumi.output({
    clusterName: args.clusterName,
    clusterDomain: args.clusterDomain,
    managementNamespace: args.managementNamespace,
    namespace: args.namespace?.name,
    serverAddress: args.relay?.serverAddress,
    ingress: args.relay?.ingress,
    authority: args.relay?.authority,
    agentVersion: args.agent?.version,
    chart: args.agent?.chart,
    chartRepository: args.agent?.repository,
    skipCrds: args.agent?.skipCrds,
    values: args.agent?.values,
    rootSource: args.rootCertificate?.source,
    root: args.rootCertificate?.secret,
    tokenSource: args.token?.source,
    token: args.token?.secret,
    client: args.clientCertificate?.secret,
    chainToRoot: args.proof?.chainToRoot,
    reissue: args.clientCertificate?.reissue,
    level: args.proof?.level,
    timeoutSeconds: args.proof?.timeoutSeconds,
    abandonedAfterSeconds: args.agent?.abandonedAfterSeconds,
    ignoredChecks: args.checks?.ignore,
  });
  return said.apply((values) => withDefaults(values, args.selfRegistration ?? false, generation));
}
