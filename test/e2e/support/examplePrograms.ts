import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { PulumiWorkspace, type WorkspaceOptions } from "../../sandbox/workspace";
import { officialPlugins, type World } from "./world";

/**
 * A stack of a program of examples/, copied to a folder of its own in which the package is installed by its name.
 *
 * @param onSandbox whether the program names neither relay address nor chart repository, since it keeps to the defaults: then its registrations get
 * the sandbox's
 */
export async function exampleStack(
  { sandbox }: World,
  example: string,
  options: Omit<WorkspaceOptions, "program" | "stack">,
  onSandbox = false,
): Promise<PulumiWorkspace> {
  const name = example.replaceAll("/", "-");
  const program = join(sandbox.folder, `example-${name}`);
  await cp(join(repositoryRoot(), "examples", example), program, { recursive: true });
  const modules = join(program, "node_modules");
  await mkdir(modules);
  await symlink(join(repositoryRoot(), "node_modules", "@pulumi"), join(modules, "@pulumi"));
  await symlink(repositoryRoot(), join(modules, "gloo-mesh-relay-registration"));
  if (onSandbox) await useSandbox(sandbox, program);
  return PulumiWorkspace.create(sandbox, {
    ...options,
    program,
    stack: "test",
    ...(officialPlugins ? { officialPlugins } : {}),
  });
}

/** Gives the registrations of a copied program what they would have by default on a cluster of the product. */
export async function useSandbox({ relayAddress, chartRepository }: World["sandbox"], program: string): Promise<void> {
  const [relay, agent] = [{ serverAddress: relayAddress }, { repository: chartRepository.url }];
  const wrapper = `import { GlooMeshRelayRegistration as Registration } from "gloo-mesh-relay-registration";
export * from "gloo-mesh-relay-registration";
export class GlooMeshRelayRegistration extends Registration {
  constructor(name: string, args: any, opts?: any) {
    super(name, { relay: ${JSON.stringify(relay)}, agent: ${JSON.stringify(agent)}, ...args }, opts);
  }
}
`;
  await writeFile(join(program, "onSandbox.ts"), wrapper);
  const index = join(program, "index.ts");
  const text = await readFile(index, "utf8");
  await writeFile(index, text.replace('from "gloo-mesh-relay-registration"', 'from "./onSandbox"'));
}
