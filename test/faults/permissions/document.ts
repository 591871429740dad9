import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as k8s from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { repositoryRoot } from "../../sandbox/repositoryRoot";

/** The clusters of the document, as its headings name them. */
export const sides = ["Management cluster", "Remote cluster"] as const;
export type Side = (typeof sides)[number];

export interface DocumentedRole extends k8s.V1Role {
  readonly kind: "Role" | "ClusterRole";
  readonly metadata: k8s.V1ObjectMeta & { readonly name: string };
  readonly rules: k8s.V1PolicyRule[];
}

/** The Roles of docs/reference/permissions.md for one of the clusters. @throws when the document has none */
export function documentedRoles(side: Side): DocumentedRole[] {
  const page = readFileSync(join(repositoryRoot(), "docs", "reference", "permissions.md"), "utf8");
  const section = page.split(/^## /m).find((one) => one.startsWith(`${side}\n`)) ?? "";
  const text = /^```yaml\n([\s\S]+?)^```/m.exec(section)?.[1];
  if (text === undefined) throw new Error(`docs/reference/permissions.md has no Roles for the ${side}`);
  return parseAllDocuments(text).map((one) => one.toJS() as DocumentedRole);
}

/** One verb of the document. */
export interface Grant {
  readonly side: Side;
  readonly kind: DocumentedRole["kind"];
  /** Position of its rule in the Role. */
  readonly rule: number;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly resourceName: string | undefined;
}

/** Every verb of every rule. */
export function grants(): Grant[] {
  return sides.flatMap((side) =>
    documentedRoles(side).flatMap(({ kind, rules }) =>
      rules.flatMap(({ verbs, apiGroups, resources, resourceNames }, rule) =>
        verbs.map((verb) => ({
          side,
          kind,
          rule,
          verb,
          group: apiGroups?.[0] ?? "",
          resource: resources?.[0] ?? "",
          resourceName: resourceNames?.[0],
        })),
      ),
    ),
  );
}

/** A Role without one of its verbs. */
export function without(role: DocumentedRole, { rule, verb }: Grant): DocumentedRole {
  const rules = role.rules.map((one, index) =>
    index === rule ? { ...one, verbs: one.verbs.filter((other) => other !== verb) } : one,
  );
  // A rule without verbs is none.
  return { ...role, rules: rules.filter(({ verbs }) => verbs.length > 0) };
}
