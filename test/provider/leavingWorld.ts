import { after } from "node:test";
import type { PreparationState } from "../../components/operations/shared/inputs";
import { DynamicProvider } from "../support/dynamicProvider";
import { ours, type World } from "./world";

// What the tests of deregistration share.

/** The dynamic resources. */
export type Name = "preparation" | "bootstrapToken" | "clientCertificate";

/** The agent's namespace as the registration has created it. */
export const namespaceOfOurs = { kind: "Namespace", metadata: { annotations: ours } };

/** The state of each dynamic resource after a run, as far as deletes look at it. */
export function stateOf(world: World, name: Name, changes: Partial<PreparationState> = {}): object {
  if (name === "bootstrapToken") return { ...world.tokenInputs(), bootstraps: 1, writtenAt: "" };
  if (name === "clientCertificate") return world.certificateInputs();
  return { ...world.preparationInputs(), recoveries: 0, ...changes };
}

const running = new Map<string, Promise<DynamicProvider>>();
after(async () => {
  for (const provider of running.values()) await (await provider).stop();
});

/** A process for the operations of one dynamic resource, in a run that allows to leave objects behind or not; its output is cleared. */
export async function processOf(
  name: Name,
  variables: Readonly<Record<string, string>> = {},
): Promise<DynamicProvider> {
  const key = `${name} ${Object.keys(variables)}`;
  const started = running.get(key) ?? DynamicProvider.start(name, undefined, variables);
  running.set(key, started);
  const provider = await started;
  provider.output = "";
  return provider;
}
