import * as pulumi from "@pulumi/pulumi";
import type { GlooMeshRelayRegistrationArgs } from "./arguments";
import type { Generation } from "./generation";
import { RegistrationResourceError } from "./resourceError";
import { type GivenSettings, withDefaults } from "./settings";
import { kindFaults } from "./valueKinds";

/** The values of the arguments; nothing is looked up. Values of another kind than their argument's are an error on `parent`: GMR013. */
export function settingsOf(
  args: GlooMeshRelayRegistrationArgs,
  generation: Generation,
  parent: pulumi.Resource,
): pulumi.Output<GivenSettings> {
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
  return said.apply((values) => {
    const faults = kindFaults(values);
    if (faults.length > 0) throw new RegistrationResourceError(faults, parent);
    return withDefaults(values, args.selfRegistration ?? false, generation);
  });
}
