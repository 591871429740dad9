import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation";
import { withoutSelectionAndOutputs } from "../../components/base/internals/automationInternals";
import { DetachedPulumi } from "./detachedPulumi";
import type { Signals } from "./signals";

/** A stack of the program in a folder. */
export interface OpenStack {
  readonly stack: Stack;
  readonly project: string;
  /** What the stack said of itself at the end of its last run; secret outputs read "[secret]". Rejects when there is no such stack. */
  readonly outputs: () => Promise<Readonly<Record<string, unknown>>>;
}

/** @throws when there is no program, or no pulumi that serves. */
export async function openStack(name: string, folder: string, signals: Signals): Promise<OpenStack> {
  const pulumi = await DetachedPulumi.find(signals);
  const workspace = await LocalWorkspace.create({ workDir: folder, pulumiCommand: pulumi });
  const { name: project } = await workspace.projectSettings();
  const outputs = async () => {
    const { stdout } = await pulumi.run(["stack", "output", "--json", "--stack", name], folder, {});
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  // Every command here names its stack.
  return { stack: await Stack.select(name, withoutSelectionAndOutputs(workspace)), project, outputs };
}
