import * as pulumi from "@pulumi/pulumi";
import { settled } from "../base/internals/outputInternals";
import { factsOfResource } from "../base/internals/resourceInternals";
import { earlierMarkOf } from "../glooMesh/mark";
import type { Ownership } from "../glooMesh/ownership";

/**
 * The marks by which a registration recognises its objects: its URN, those of its aliases in every form that Pulumi knows, and for each the mark that
 * earlier versions wrote.
 */
export function identityOf(component: pulumi.Resource): pulumi.Output<Ownership> {
  // Without their dependencies: a child that depends on its component would wait for all children, itself included.
  const urn = settled(component.urn);
  const aliases = settled(aliasesOf(component));
  return pulumi.all([urn, aliases]).apply(([urn = "", aliases = []]) => {
    // A preview may not know an alias yet.
    const urns = [urn, ...aliases];
    const earlier = urns.flatMap((one) => earlierMarkOf(one) ?? []);
    return { mark: urn, accepted: [...new Set([...urns, ...earlier])] };
  });
}

/** The URNs of a resource's aliases, with those that it inherits from its parents. */
function aliasesOf(resource: object): pulumi.Output<string[]> {
  const { name, type, parent, aliases } = factsOfResource(resource);
  const own = pulumi.all(aliases as pulumi.Input<string>[]);
  if (parent === undefined) return own;
  const { name: parentName } = factsOfResource(parent);
  return pulumi.all([own, aliasesOf(parent)]).apply(([own, parents]) => {
    const selves = [{ name, type }, ...own.map(typeAndName)];
    const inherited = parents.flatMap((parentAlias) =>
      selves.map((self) => inheritedAlias(self.name, self.type, parentName, parentAlias)),
    );
    return [...own, ...inherited];
  });
}

/** A child's URN under an alias of its parent. As for Pulumi itself, a child's name that begins with its parent's changes with it. */
function inheritedAlias(name: string, type: string, parentName: string, parentAlias: string): string {
  const [urn = "", stack = "", types = "", ...names] = parentAlias.split("::");
  const follows = parentName !== "" && name.startsWith(parentName);
  const child = follows ? names.join("::") + name.slice(parentName.length) : name;
  const parentTypes = types === "pulumi:pulumi:Stack" ? "" : `${types}$`;
  return [urn, stack, `${parentTypes}${type}`, child].join("::");
}

function typeAndName(urn: string): { readonly type: string; readonly name: string } {
  const [, , types = "", ...name] = urn.split("::");
  return { type: types.slice(types.lastIndexOf("$") + 1), name: name.join("::") };
}
