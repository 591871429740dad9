import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import type { StackState, StateResource } from "../../sandbox/workspace";

/**
 * The state of a version before, for the clusters of now: resources and fields are those of the export that this version made, values are those of the
 * present state wherever it has the field. What only the present version knows is left out, what only the earlier one knew is kept.
 */
export function inEarlierForm(version: string, present: StackState): StackState {
  const file = join(repositoryRoot(), "test", "e2e", "fixtures", `state${version}.json`);
  const earlier = JSON.parse(readFileSync(file, "utf8")) as StackState;
  const byUrn = new Map(present.deployment.resources?.map((resource) => [resource.urn, resource]));
  const resources = earlier.deployment.resources?.map((resource) => withValuesOf(byUrn.get(resource.urn), resource));
  return { ...present, deployment: { ...present.deployment, resources: resources as StateResource[] } };
}

function withValuesOf(present: unknown, earlier: unknown): unknown {
  if (present === undefined) return earlier;
  if (!isMap(earlier) || !isMap(present)) return present;
  return Object.fromEntries(Object.entries(earlier).map(([key, value]) => [key, withValuesOf(present[key], value)]));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
