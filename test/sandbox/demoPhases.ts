import type { DemoRunResult } from "./demoRun";
import type { PulumiWorkspace } from "./workspace";

/** A part of an `up` and how long it took. */
export interface Phase {
  readonly name: string;
  readonly milliseconds: number;
}

/**
 * Splits the time of an `up`: what Pulumi's output tells by the arrival of its lines, and wait and proof as the proof itself measured
 * them (the longest of the registrations, which run at the same time).
 */
export async function phasesOf(up: DemoRunResult, workspace: PulumiWorkspace): Promise<Phase[]> {
  const first = (pattern: RegExp) => up.lines.find(({ text }) => pattern.test(text))?.at ?? 0;
  const last = (pattern: RegExp) => up.lines.findLast(({ text }) => pattern.test(text))?.at ?? 0;
  const declared = first(/:Preparation .* creating/);
  const installed = last(/:Release .* created/);
  const proven = last(/:ClientCertificate .* created/);
  const { deployment } = await workspace.exportState();
  const outputs = (deployment.resources ?? [])
    .filter(({ type }) => type.endsWith(":ClientCertificate"))
    .map((one) => one.outputs ?? {});
  const seconds = outputs.map((values) => (values["seconds"] ?? {}) as Readonly<Record<string, number>>);
  const longest = (sumOf: readonly string[]) =>
    Math.max(0, ...seconds.map((one) => sumOf.reduce((sum, phase) => sum + (one[phase] ?? 0), 0))) * 1000;
  return [
    { name: "engine, program and its checks", milliseconds: declared },
    { name: "preparation, namespace … agent", milliseconds: installed - declared },
    { name: "wait for the client certificate (longest)", milliseconds: longest(["certificate"]) },
    {
      name: "proof: agent available, token removed (longest)",
      milliseconds: longest(["agent", "token", "connection"]),
    },
    { name: "end of the engine", milliseconds: up.milliseconds - proven },
    { name: "total", milliseconds: up.milliseconds },
  ];
}
