import assert from "node:assert/strict";
import type { PulumiResult, PulumiWorkspace } from "../../sandbox/workspace";

/** Everything that the run printed. */
export function textOf({ stdout, stderr }: Pick<PulumiResult, "stdout" | "stderr">): string {
  return `${stdout}\n${stderr}`;
}

export function assertSucceeded(result: PulumiResult): void {
  assert.equal(result.exitCode, 0, textOf(result));
}

/** Asserts that the run failed and told this code, or text that matches. */
export function assertFailed(result: PulumiResult, expected: string | RegExp): void {
  assert.ok(result.exitCode !== 0, `it succeeded: ${textOf(result)}`);
  assert.match(textOf(result), typeof expected === "string" ? new RegExp(`\\b${expected}\\b`) : expected);
}

/** The engine's messages on the resources of this name, of this severity if one is given, without the colours of the log of events. */
export function messagesOn({ events }: Pick<PulumiResult, "events">, name: string, severity?: string): string[] {
  return events.flatMap(({ diagnosticEvent }) => {
    const found = (diagnosticEvent ?? {}) as { urn?: string; severity?: string; message?: string };
    const isWanted = found.urn?.endsWith(`::${name}`) && (severity === undefined || found.severity === severity);
    return isWanted ? [(found.message ?? "").replace(/<\{%[^%]*%\}>/g, "")] : [];
  });
}

/** How many resources the engine changed, by kind of change: create, update, delete, same … */
export function changesOf(result: PulumiResult): Record<string, number> {
  const summaries = result.events.flatMap((event) => {
    const summary = event["summaryEvent"] as { resourceChanges?: Record<string, number> } | undefined;
    return summary?.resourceChanges ? [summary.resourceChanges] : [];
  });
  return summaries.at(-1) ?? {};
}

export function assertNoChanges(result: PulumiResult): void {
  assertSucceeded(result);
  assert.deepEqual(Object.keys(changesOf(result)), ["same"], textOf(result));
}

/** Outputs of one registration; the facts of the certificate are empty without TLS. */
export interface RegistrationOutput {
  readonly proof: string;
  readonly agentVersion: string;
  readonly certificateFingerprint: string;
  readonly certificateNotAfter: string;
  readonly tokenExposureSeconds: number;
}

/** The outputs of a registration, by the name of its component or of its cluster. @throws when the stack's state has none */
export async function registrationOf(
  stack: Pick<PulumiWorkspace, "exportState">,
  name: string,
): Promise<RegistrationOutput> {
  const { resources = [] } = (await stack.exportState()).deployment;
  const found = resources.find(
    ({ type, urn, outputs }) =>
      type === "gloo-mesh-relay:index:GlooMeshRelayRegistration" &&
      (urn.endsWith(`::${name}`) || outputs?.["clusterName"] === name),
  );
  assert.ok(found, `the stack has no registration ${name}`);
  const { clientCertificate, ...outputs } = found.outputs ?? {};
  const { fingerprint = "", notAfter = "" } = (clientCertificate ?? {}) as { fingerprint?: string; notAfter?: string };
  return {
    ...(outputs as unknown as RegistrationOutput),
    certificateFingerprint: fingerprint,
    certificateNotAfter: notAfter,
  };
}

/** The line of the program's output on each registration. */
export async function registrationLines(
  stack: Pick<PulumiWorkspace, "outputs">,
): Promise<Readonly<Record<string, string>>> {
  return (await stack.outputs())["registrations"] as Record<string, string>;
}

/** The first word of each line: proven or failed. */
export async function registrationStates(stack: Pick<PulumiWorkspace, "outputs">): Promise<Record<string, string>> {
  const lines = Object.entries(await registrationLines(stack));
  return Object.fromEntries(lines.map(([name, line]) => [name, line.replace(/:.*/, "")]));
}

/** A run with this variable of the environment set to "true". */
export async function withVariable<T>(stack: PulumiWorkspace, variable: string, run: () => Promise<T>): Promise<T> {
  stack.env[variable] = "true";
  try {
    return await run();
  } finally {
    delete stack.env[variable];
  }
}
