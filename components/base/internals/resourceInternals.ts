// @pulumi/pulumi, resource.ts: members of every Resource that its types do not declare.

interface Internals {
  readonly __name?: string;
  readonly __pulumiType: string;
  readonly __parentResource?: object;
  readonly __aliases?: readonly object[];
}

/** What the constructor of a resource has noted. */
export interface ResourceFacts {
  readonly name: string;
  readonly type: string;
  readonly parent: object | undefined;
  /** URNs as Outputs or strings: of each own alias, which transformations have changed already. Those of the parents are not among them. */
  readonly aliases: readonly unknown[];
}

export function factsOfResource(resource: object): ResourceFacts {
  const { __name, __pulumiType, __parentResource, __aliases } = resource as Internals;
  return { name: __name ?? "", type: __pulumiType, parent: __parentResource, aliases: __aliases ?? [] };
}
