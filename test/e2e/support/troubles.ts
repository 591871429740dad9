import assert from "node:assert/strict";
import type { ProblemCode } from "../../../components/base/problems";
import { type CauseId, causes, nextStep } from "../../../components/diagnosis/causes";
import type { EngineEvent, PulumiResult } from "../../sandbox/workspace";
import { generation } from "./generation";
import { textOf } from "./runs";
import type { ClusterSettings } from "./world";

/** Seconds by which a run may outlast the limit of its wait. */
const graceSeconds = 5;

/** Something that keeps a registration from being proven, and what has to be said of it. */
export interface Trouble {
  /** What the user would call it. */
  readonly title: string;
  readonly cause: CauseId;
  readonly evidence: RegExp;
  /** What the stack says of the cluster beside its place and limit. */
  readonly settings?: ClusterSettings;
  /** Default: GMR501, no certificate. */
  readonly code?: ProblemCode;
  /** Brings the trouble about, before the run. */
  readonly begin?: () => Promise<unknown>;
  /** Ends it, after the run. */
  readonly end?: () => Promise<unknown>;
}

/** Asserts that the run failed for this registration in time, with code, cause, evidence and next step, and without a secret. */
export function assertTold(
  result: PulumiResult,
  clusterName: string,
  trouble: Trouble,
  limitSeconds: number,
  kubeconfig: string,
): void {
  const line = problemOf(result, clusterName);
  const { cause } = causes[trouble.cause];
  const next = nextStep(trouble.cause, {
    remote: { kubeconfig, context: clusterName },
    management: { kubeconfig, context: "management" },
    namespace: "gloo-mesh",
    agentName: generation.agentName,
    releaseName: generation.releaseName,
    managementNamespace: "gloo-mesh",
    relayServerName: generation.relayServer.name,
  });
  assert.ok(line.startsWith(`${trouble.code ?? "GMR501"} `), line);
  const [, , why, then] = line.split(" — ");
  assert.ok(why?.startsWith(cause), line);
  assert.match(why ?? "", trouble.evidence, line);
  // A crash names the pod.
  if (trouble.cause !== "crash") assert.ok(then?.startsWith(next), line);
  // Some steps name the run themselves.
  if (!next.includes("pulumi up"))
    assert.match(then ?? "", /; then run pulumi up again, which resumes from here$/, line);
  assert.doesNotMatch(line, /-----BEGIN|-----END/, line);
  const seconds = secondsOf(result, clusterName);
  assert.ok(seconds <= limitSeconds + graceSeconds, `${clusterName} took ${seconds} s`);
}

/** The causes that were told while the run waited for this registration, in their order and without repetitions. */
export function causesTold(result: PulumiResult, clusterName: string): string[] {
  // Pulumi prints each line once as it comes and once more at the end.
  const [asItCame = ""] = result.stdout.split("\nDiagnostics:");
  const lines = asItCame.matchAll(new RegExp(`\\b${clusterName} \\d+/\\d+ s: ([\\w-]+): `, "g"));
  const told = [...lines].map(([, id = ""]) => id);
  return told.filter((id, index) => id !== told[index - 1]);
}

/** The line of the problem that the proof of a registration ended with. */
function problemOf(result: PulumiResult, clusterName: string): string {
  const found = new RegExp(`GMR50\\d [^\\n]*, cluster ${clusterName}, [^\\n]*`).exec(textOf(result))?.[0];
  assert.ok(found, `nothing is told of ${clusterName}: ${textOf(result)}`);
  return found;
}

/** How long the engine worked on the proof of a registration, to the second. */
function secondsOf({ events }: PulumiResult, clusterName: string): number {
  const at = (kind: string): number => {
    const of = (event: EngineEvent): boolean => {
      const told = event[kind] as { metadata?: { urn?: string } } | undefined;
      return told?.metadata?.urn?.endsWith(`::${clusterName}-client-certificate`) ?? false;
    };
    const event = events.find(of);
    assert.ok(event, `no ${kind} of ${clusterName}`);
    return event.timestamp;
  };
  return at("resOpFailedEvent") - at("resourcePreEvent");
}
