/**
 * @pulumi/pulumi/automation: keeps the Automation API from selecting the stack, which would change the stack that the user's own next command works on, and from reading
 * all outputs with their secrets after each `up`. It has no options for these.
 */
export function withoutSelectionAndOutputs<T extends object>(workspace: T): T {
  return Object.assign(workspace, { selectStack: async () => undefined, stackOutputs: async () => ({}) });
}
