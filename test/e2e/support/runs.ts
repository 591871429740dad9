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

/** What the stack says of one registration. */
export interface RegistrationOutput {
  readonly state: string;
  readonly proof: string;
  readonly agentVersion: string;
  readonly certificateFingerprint: string;
  readonly certificateNotAfter: string;
  readonly tokenExposureSeconds: number;
}

/** The outputs of a registration. @throws when the stack has none of that name. */
export async function registrationOf(
  stack: { outputs(): Promise<Record<string, unknown>> },
  clusterName: string,
): Promise<RegistrationOutput> {
  const { registrations } = (await stack.outputs()) as { registrations?: Record<string, RegistrationOutput> };
  const found = registrations?.[clusterName];
  assert.ok(found, `the stack has no registration ${clusterName}`);
  return found;
}

/** A run with this variable of the environment set to "true". */
export async function withVariable(
  stack: PulumiWorkspace,
  variable: string,
  run: () => Promise<PulumiResult>,
): Promise<PulumiResult> {
  stack.env[variable] = "true";
  try {
    return await run();
  } finally {
    delete stack.env[variable];
  }
}
