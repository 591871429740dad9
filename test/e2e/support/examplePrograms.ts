import { cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { PulumiWorkspace, type WorkspaceOptions } from "../../sandbox/workspace";
import { officialPlugins, type World } from "./world";

/** A stack of a program of examples/, copied to a folder of its own in which the package is installed by its name. */
export async function exampleStack(
  { sandbox }: World,
  example: string,
  options: Omit<WorkspaceOptions, "program" | "stack">,
): Promise<PulumiWorkspace> {
  const name = example.replaceAll("/", "-");
  const program = join(sandbox.folder, `example-${name}`);
  await cp(join(repositoryRoot(), "examples", example), program, { recursive: true });
  const modules = join(program, "node_modules");
  await mkdir(modules);
  await symlink(join(repositoryRoot(), "node_modules", "@pulumi"), join(modules, "@pulumi"));
  await symlink(repositoryRoot(), join(modules, "gloo-mesh-relay-registration"));
  return PulumiWorkspace.create(sandbox, {
    ...options,
    program,
    stack: "test",
    ...(officialPlugins ? { officialPlugins } : {}),
  });
}
