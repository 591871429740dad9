import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation";
import { withoutSelectionAndOutputs } from "../../components/base/internals/automationInternals";
import { type KnownRegistration, registrationsIn } from "../report/registrationFacts";
import { DetachedPulumi } from "./detachedPulumi";
import type { Signals } from "./signals";

/** Opens a stack of the program in a folder. @throws when the folder has no program, or PATH no pulumi that is new enough */
export async function openStack(name: string, folder: string, signals: Signals) {
  const pulumi = await DetachedPulumi.find(signals);
  const workspace = await LocalWorkspace.create({ workDir: folder, pulumiCommand: pulumi });
  const { name: project } = await workspace.projectSettings();
  /** Its registrations in the state, by name. Rejects when the stack does not exist. */
  const registrations = async (): Promise<ReadonlyMap<string, KnownRegistration>> => {
    // Without --show-secrets: secret values are encrypted.
    const { stdout } = await pulumi.run(["stack", "export", "--stack", name], folder, {});
    return registrationsIn(JSON.parse(stdout));
  };
  // Every command names its stack, so none needs to be selected.
  return { stack: await Stack.select(name, withoutSelectionAndOutputs(workspace)), project, registrations };
}
