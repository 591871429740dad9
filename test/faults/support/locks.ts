import { globSync } from "node:fs";
import type { PulumiWorkspace } from "../../sandbox/workspace";

/** Does what a user does when a run has left a lock behind; tells whether there was one. @param folder of the sandbox */
export async function unlock(folder: string, stack: PulumiWorkspace): Promise<boolean> {
  const locks = globSync(`pulumi/state/.pulumi/locks/**/${stack.stack}/*.json`, { cwd: folder });
  if (locks.length > 0) await stack.command(["cancel", "--yes"]);
  return locks.length > 0;
}
