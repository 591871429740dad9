import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../sandbox/repositoryRoot";
import { PulumiWorkspace } from "../sandbox/workspace";
import type { Field } from "./field";

/** Programs to compare an `up` without changes with. */
export interface Yardsticks {
  /** A program that declares nothing. */
  readonly empty: PulumiWorkspace;
  /** The least program with resources of the same kinds: a Kubernetes provider for each cluster, and one dynamic resource. */
  readonly least: PulumiWorkspace;
}

export async function yardsticks(field: Field): Promise<Yardsticks> {
  return {
    empty: await program(field, "empty", ""),
    least: await program(field, "least", leastProgram(["management", ...field.clusters])),
  };
}

/** Plain JavaScript, so that nothing is transpiled: the fastest that Pulumi's Node runtime can be. */
async function program(field: Field, name: string, source: string): Promise<PulumiWorkspace> {
  const folder = join(field.sandbox.folder, `yardsticks-${field.rtt}`, name);
  await mkdir(folder, { recursive: true });
  const project = `name: ${name}\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: index.js\n`;
  await writeFile(join(folder, "Pulumi.yaml"), project);
  await writeFile(join(folder, "package.json"), JSON.stringify({ name, private: true }));
  await writeFile(join(folder, "index.js"), source);
  await symlink(join(repositoryRoot(), "node_modules"), join(folder, "node_modules"));
  return PulumiWorkspace.create(field.sandbox, { program: folder, stack: field.stackName, config: {} });
}

function leastProgram(contexts: readonly string[]): string {
  return `const kubernetes = require("@pulumi/kubernetes");
const pulumi = require("@pulumi/pulumi");
for (const context of ${JSON.stringify(contexts)}) new kubernetes.Provider(context, { context });
const provider = { create: async () => ({ id: "one", outs: {} }) };
new (class extends pulumi.dynamic.Resource {})(provider, "one", {});
`;
}
