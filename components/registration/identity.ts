import * as pulumi from "@pulumi/pulumi";
import { settled } from "../base/internals/outputInternals";
import { factsOfResource, type ResourceFacts } from "../base/internals/resourceInternals";
import { earlierMarkOf, parseUrn, type UrnParts } from "../glooMesh/mark";
import type { Ownership } from "../glooMesh/ownership";

/**
 * The marks by which a registration recognises its objects: its URN, those of its aliases in every form that Pulumi knows, and for each the mark that
 * earlier versions wrote; and the mark of the registration that is taken over.
 */
export function identityOf(component: pulumi.Resource, takeOver: boolean | string = false): pulumi.Output<Ownership> {
  // Without their dependencies: a child that depends on its component would wait for all children, itself included.
  const urn = settled(component.urn);
  const aliases = settled(aliasesOf(component));
  return pulumi.all([urn, aliases]).apply(([urn = "", aliases = []]) => {
    // A preview may not know an alias yet.
    const urns = [urn, ...aliases];
    const earlier = urns.flatMap((one) => earlierMarkOf(one) ?? []);
    const own = [...urns, ...earlier];
    const takesFrom = typeof takeOver === "string" && !own.includes(takeOver) ? takeOver : undefined;
    const accepted = [...new Set([...own, ...(takesFrom === undefined ? [] : [takesFrom])])];
    return { mark: urn, accepted, ...(takeOver === false ? {} : { takesOver: true, takesFrom }) };
  });
}

/** The URNs of a resource's aliases, with those that it inherits from its parents. */
function aliasesOf(resource: object): pulumi.Output<string[]> {
  const { name, type, parent, aliases } = factsOfResource(resource);
  const own = pulumi.all(aliases as pulumi.Input<string>[]);
  if (parent === undefined) return own;
  const { name: parentName } = factsOfResource(parent);
  return pulumi.all([own, aliasesOf(parent)]).apply(([own, parents]) => {
    const selves = [{ name, type }, ...own.flatMap(partsOf)];
    const inherited = parents
      .flatMap(partsOf)
      .flatMap((parent) => selves.map((self) => inheritedAlias(self, parentName, parent)));
    return [...own, ...inherited];
  });
}

type NameAndType = Pick<ResourceFacts, "name" | "type">;

/** The parts of a URN, with the resource's own type; none of what is no URN. */
function partsOf(urn: string): (UrnParts & NameAndType)[] {
  const parts = parseUrn(urn);
  return parts ? [{ ...parts, type: parts.types.slice(parts.types.lastIndexOf("$") + 1) }] : [];
}

/** A child's URN under an alias of its parent. As for Pulumi itself, a child's name that begins with its parent's changes with it. */
function inheritedAlias(child: NameAndType, parentName: string, parent: UrnParts): string {
  const follows = parentName !== "" && child.name.startsWith(parentName);
  const name = follows ? parent.name + child.name.slice(parentName.length) : child.name;
  const parentTypes = parent.types === "pulumi:pulumi:Stack" ? "" : `${parent.types}$`;
  return `urn:pulumi:${parent.stack}::${parent.project}::${parentTypes}${child.type}::${name}`;
}
