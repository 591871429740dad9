import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import type { SandboxCluster } from "../../sandbox/sandbox";
import { generation } from "./generation";
import { helm } from "./helm";
import type { World } from "./world";

/** Renders the agent's chart and applies it as Argo CD does: without a Helm release, and with its tracking annotation on each object. */
export async function appliedByArgo(
  world: World,
  cluster: SandboxCluster,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const { chartRepository, hub, tools, kubeconfig } = world.sandbox;
  const settings = Object.entries(values).flatMap(([path, value]) => ["--set", `${path}=${value}`]);
  const source = ["--repo", chartRepository.url, "--version", hub.version, "--include-crds", "--no-hooks"];
  const rendered = await helm(world, cluster, ["template", "agent", generation.chart, ...source, ...settings]);
  const objects = parseAllDocuments(rendered)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);
  const items = objects.map((object) => ({
    ...object,
    metadata: { ...object.metadata, annotations: tracked(object) },
  }));
  const words = ["--kubeconfig", kubeconfig, "--context", cluster.name, "apply", "-n", "gloo-mesh", "-f", "-"];
  const applying = promisify(execFile)(tools.kubectl.path, [
    ...words,
    "--server-side",
    "--field-manager",
    "argocd-controller",
  ]);
  applying.child.stdin?.end(JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  await applying;
}

interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
}

function tracked({ kind, metadata }: Rendered): object {
  return { ...metadata.annotations, "argocd.argoproj.io/tracking-id": `agent:${kind}/${metadata.name}` };
}
