import * as pulumi from "@pulumi/pulumi";
import { isMap } from "../base/json";
import { kindFaults } from "../glooMesh/argumentFaults";
import { type ArgumentValues, argumentTree, pick, settingsTree } from "../glooMesh/argumentKinds";
import { type GivenSettings, withDefaults } from "../glooMesh/settings";
import type { GlooMeshRelayRegistrationArgs } from "./arguments";
import { RegistrationResourceError } from "./resourceError";
import { knownPart } from "./unknownOutputs";

const opaqueTree = argumentTree(({ opaque }) => opaque === true);

/**
 * The values of the arguments of a registration `name`; nothing is looked up. Values of another kind than their argument's are an error on
 * `parent`: GMR013.
 */
export function readArguments(
  args: GlooMeshRelayRegistrationArgs,
  name: string,
  parent: pulumi.Resource,
): pulumi.Output<GivenSettings> {
  // Only the kind of the opaque values counts, and whether the chart's ask for no TLS.
  const opaque = pulumi.unsecret(knownPart(pulumi.output(valuesIn(args, opaqueTree))));
  return pulumi.all([valuesIn(args, settingsTree), opaque]).apply(([values, { value }]) => {
    const faults = [...kindFaults(values, settingsTree), ...kindFaults(value, opaqueTree)];
    if (faults.length > 0) throw new RegistrationResourceError(faults, parent);
    const given = values as ArgumentValues;
    const { agent } = value as ArgumentValues;
    return withDefaults(
      { ...given, clusterName: given.clusterName ?? name, agent: { ...given.agent, values: agent?.values } },
      args.selfRegistration ?? false,
    );
  });
}

/** The arguments that a preview does not know yet; the opaque ones are not among them. */
export function unknownArguments(args: GlooMeshRelayRegistrationArgs): pulumi.Output<readonly string[]> {
  return knownPart(pulumi.output(valuesIn(args, settingsTree))).apply(({ unknown }) => unknown);
}

/** An Output in the place of a map is a value: it is looked into once it is known. */
function valuesIn(args: GlooMeshRelayRegistrationArgs, tree: typeof settingsTree): unknown {
  return pick(args, tree, (value) => isMap(value) && !pulumi.Output.isInstance(value));
}
