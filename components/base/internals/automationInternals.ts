/**
 * @pulumi/pulumi/automation: keeps the Automation API from selecting the stack, on which the user's own next command would then work, and from reading all outputs with
 * their secrets after each `up`. It has no options for either.
 */
export function withoutSelectionAndOutputs<T extends object>(workspace: T): T {
  return Object.assign(workspace, { selectStack: async () => undefined, stackOutputs: async () => ({}) });
}
