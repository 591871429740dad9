import { LocalWorkspace, type OutputMap, Stack } from "@pulumi/pulumi/automation";
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
  // `pulumi stack select` would change which stack the user's own next command works on; every command here names its stack.
  workspace.selectStack = async () => undefined;
  // The Automation API would read all outputs with their secrets, after each `up`.
  workspace.stackOutputs = async (): Promise<OutputMap> => ({});
  return { stack: await Stack.select(name, workspace), project, outputs };
}
