import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../../sandbox/repositoryRoot";
import { PulumiWorkspace } from "../../sandbox/workspace";
import { officialPlugins, type World } from "./world";

/**
 * A stack of a program of the test's own, which uses the package as its users do: by its name, from a folder of its own. For what the
 * repository's program does not do, such as giving a registration another name.
 *
 * @param name of the project and of the stack
 * @param source of the program, as CommonJS; `config` is the stack's configuration
 */
export async function ownProgram(
  world: World,
  name: string,
  source: string,
  config: Readonly<Record<string, string | object>>,
): Promise<PulumiWorkspace> {
  const { sandbox } = world;
  const program = join(sandbox.folder, `program-${name}`);
  const modules = join(program, "node_modules");
  await mkdir(modules, { recursive: true });
  await symlink(join(repositoryRoot(), "node_modules", "@pulumi"), join(modules, "@pulumi"));
  await symlink(repositoryRoot(), join(modules, "gloo-mesh-relay-registration"));
  await writeFile(join(program, "Pulumi.yaml"), `name: ${name}\n${runtime}main: index.js\n`);
  await writeFile(join(program, "package.json"), JSON.stringify({ name }));
  await writeSource({ program }, source);
  return PulumiWorkspace.create(sandbox, {
    program,
    stack: name,
    config,
    ...(officialPlugins ? { officialPlugins } : {}),
  });
}

/** Replaces the source of a program of a test's own. */
export function writeSource({ program }: Pick<PulumiWorkspace, "program">, source: string): Promise<void> {
  return writeFile(join(program, "index.js"), `${header}\n${source}`);
}

// Plain JavaScript needs no compiler in each run; test/teams/package.test.ts has a program that Pulumi compiles.
const runtime = "runtime:\n  name: nodejs\n  options:\n    typescript: false\n";

// As the repository's own index.js does, without a formatter of stack traces, which takes longer than the program itself.
const header = `
Error.prepareStackTrace = undefined;
const pulumi = require("@pulumi/pulumi");
const { ClusterConnection, GlooMeshRelayRegistration } = require("gloo-mesh-relay-registration");
// Not public: what the program of this repository uses beside the package.
const { logDeregistrations } = require(${JSON.stringify(join(repositoryRoot(), "bin/components/registration/logPlan"))});
const config = new pulumi.Config();
`;
