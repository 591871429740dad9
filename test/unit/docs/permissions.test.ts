import assert from "node:assert/strict";
import { test } from "node:test";
import { managementRights, type NeededRight, remoteRights } from "../../../components/preflight/rights/neededRights";
import { documentedRoles, type Side } from "../../faults/permissions/document";
import { requestFor } from "../../support/preflightRequest";

// The Roles of the document are the rights that the checks ask for: neither more nor less.

const needed: Readonly<Record<Side, NeededRight[]>> = {
  "Management cluster": managementRights(requestFor()),
  "Remote cluster": remoteRights(requestFor({ namespace: { create: false } })),
};

const lines = (rights: readonly NeededRight[]) =>
  rights
    .flatMap(({ apiGroup, resource, subresource, namespace, resourceName, verbs }) =>
      verbs.map((verb) => [namespace, apiGroup, resource, subresource, resourceName, verb].join(" ")),
    )
    .sort();

for (const side of ["Management cluster", "Remote cluster"] as const) {
  test(`docs/reference/permissions.md has the rights for the ${side.toLowerCase()} that the checks ask for`, () => {
    const documented = documentedRoles(side).flatMap(({ metadata, rules }) =>
      rules.map(({ apiGroups, resources, resourceNames, verbs }): NeededRight => {
        const [resource = "", subresource] = (resources?.[0] ?? "").split("/");
        return {
          apiGroup: apiGroups?.[0] ?? "",
          resource,
          verbs,
          ...(subresource === undefined ? {} : { subresource }),
          ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
          ...(resourceNames === undefined ? {} : { resourceName: resourceNames[0] ?? "" }),
        };
      }),
    );
    assert.deepEqual(lines(documented), lines(needed[side]));
  });
}
