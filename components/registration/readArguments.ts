import * as pulumi from "@pulumi/pulumi";
import { argumentOf, kindFaults } from "../glooMesh/argumentKinds";
import type { Generation } from "../glooMesh/generation";
import type { Modes } from "../glooMesh/modes";
import { type ArgumentValues, type GivenSettings, withDefaults } from "../glooMesh/settings";
import type { GlooMeshRelayRegistrationArgs } from "./arguments";
import { RegistrationResourceError } from "./resourceError";
import { knownPart } from "./unknownOutputs";

/** The values of the arguments; nothing is looked up. Values of another kind than their argument's are an error on `parent`: GMR013. */
export function readArguments(
  args: GlooMeshRelayRegistrationArgs,
  generation: Generation,
  parent: pulumi.Resource,
): pulumi.Output<GivenSettings> {
  // Of the chart's values it is only looked whether they are a map, and ask for no TLS: neither a secret nor an unknown value in them makes
  // all the rest so.
  const chartValues = pulumi.unsecret(knownPart(pulumi.output(args.agent?.values)));
  return pulumi.all([givenBy(args), chartValues]).apply(([said, { value }]) => {
    const values = { ...said, values: value as ArgumentValues["values"] };
    const faults = kindFaults(values);
    if (faults.length > 0) throw new RegistrationResourceError(faults, parent);
    return withDefaults(values, args.selfRegistration ?? false, generation);
  });
}

/** The arguments, as a program writes them, that a preview does not know yet; the chart's values are not among them. */
export function unknownArguments(args: GlooMeshRelayRegistrationArgs): pulumi.Output<readonly string[]> {
  return knownPart(givenBy(args)).apply(({ unknown }) => unknown.map(argumentOf));
}

/** What the arguments say, but for the chart's values. */
function givenBy(args: GlooMeshRelayRegistrationArgs) {
  return pulumi.output({
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
}

/** What the plain choices among the arguments decide. */
export function modesOf(args: GlooMeshRelayRegistrationArgs): Modes {
  const selfRegistration = args.selfRegistration ?? false;
  const certificate = args.relay?.insecure ? "none" : args.clientCertificate?.provided ? "provided" : "issued";
  // A hub that registers itself has root CA and token already, in their own Secrets.
  const copies = certificate === "issued" && !selfRegistration;
  return {
    selfRegistration,
    createNamespace: (args.namespace?.create ?? true) && !selfRegistration,
    disableIstioInjection: args.namespace?.disableIstioInjection ?? false,
    certificate,
    copyRoot: copies && !args.rootCertificate?.provided,
    token: !copies ? "none" : args.token?.provided ? "provided" : args.token?.retain ? "retained" : "lent",
  };
}
