import * as pulumi from "@pulumi/pulumi";
import { isMap, mapWith, mergeDeep } from "../base/json";
import { kindFaults } from "../glooMesh/argumentFaults";
import { type ArgumentValues, argumentTree, pick, settingsTree } from "../glooMesh/argumentKinds";
import { generationOf } from "../glooMesh/generation";
import { type GivenSettings, withDefaults } from "../glooMesh/settings";
import type { GlooMeshRelayRegistrationArgs } from "./arguments";
import { RegistrationResourceError } from "./resourceError";
import { knownPart } from "./unknownOutputs";

const opaqueTree = argumentTree(({ opaque }) => opaque === true);

/**
 * The argument values of the registration `name`, with their defaults, before any lookup. Values of another kind than the argument's are an
 * error on `parent`: GMR013.
 */
export function readArguments(
  args: GlooMeshRelayRegistrationArgs,
  name: string,
  parent: pulumi.Resource,
): pulumi.Output<GivenSettings> {
  // Of the opaque values only the kind counts, whether the chart's values turn TLS off, and which credentials are given.
  const opaque = pulumi.unsecret(knownPart(pulumi.output(valuesIn(args, opaqueTree))));
  return pulumi.all([valuesIn(args, settingsTree), opaque]).apply(([values, { value, unknown }]) => {
    const faults = [...kindFaults(values, settingsTree), ...kindFaults(value, opaqueTree)];
    if (faults.length > 0) throw new RegistrationResourceError(faults, parent);
    const given = values as ArgumentValues;
    const { agent } = value as ArgumentValues;
    const later = Object.fromEntries(unknown.map((path) => [path.replace(/^agent\./, ""), "known in the run"]));
    const { repositoryUsername, repositoryPassword } = { ...agent, ...later };
    const opaqueOnes = { values: withPlaceholders(agent?.values, unknown), repositoryUsername, repositoryPassword };
    return withDefaults(
      { ...given, clusterName: given.clusterName ?? name, agent: { ...given.agent, ...opaqueOnes } },
      args.selfRegistration ?? false,
      generationOf(args.generation),
    );
  });
}

/** The chart's further values; one that a preview does not know yet counts as given. */
function withPlaceholders(
  values: Readonly<Record<string, unknown>> | undefined,
  unknown: readonly string[],
): Readonly<Record<string, unknown>> | undefined {
  const prefix = "agent.values.";
  return unknown
    .filter((path) => path.startsWith(prefix))
    .reduce<typeof values>(
      (merged, path) => mergeDeep(merged ?? {}, mapWith(path.slice(prefix.length).split("."), "known in the run")),
      values,
    );
}

/** The arguments that a preview does not know yet, without the opaque ones. */
export function unknownArguments(args: GlooMeshRelayRegistrationArgs): pulumi.Output<readonly string[]> {
  return knownPart(pulumi.output(valuesIn(args, settingsTree))).apply(({ unknown }) => unknown);
}

/** The values of a tree's arguments. An Output in the place of a map counts as a value: its fields are read once it is known. */
function valuesIn(args: GlooMeshRelayRegistrationArgs, tree: typeof settingsTree): unknown {
  return pick(args, tree, (value) => isMap(value) && !pulumi.Output.isInstance(value));
}
