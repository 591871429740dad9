import { count } from "../base/text";
import type { CauseId } from "../diagnosis/causes";
import { diagnose } from "../diagnosis/diagnosis";
import { isAvailable } from "../kubernetes/workloads";
import { causeOfPart } from "./consequences";
import { providedAgent, words } from "./judgeRegistration";
import type { HealthPart, Judge } from "./part";
import { type TemplateEdit, templateEdits } from "./templateEdits";

// The judges of the agent itself: its Deployment against the release, and whether it is available.

export const judgeTemplate: Judge = ({ release, deployment, settings, where, isByOthers, isAgentInstalled }) => {
  const part = "pod template";
  if (!isAgentInstalled) return { part, state: "not looked at", why: providedAgent, isNeeded: false };
  if (!release || !deployment) {
    const missing = release ? "the Deployment" : "the Helm release";
    return { part, state: "not looked at", why: `${missing} does not exist`, isNeeded: false, follows: "Helm release" };
  }
  const edits = templateEdits(release.content.manifest, deployment);
  if (edits.length === 0) return { part, state: "good", detail: "as the Helm release has it" };
  return {
    part,
    state: "bad",
    problem: {
      code: "GMR319",
      what: "The agent's Deployment was edited: it differs from its Helm release",
      where: `${where.remote}, Deployment ${settings.namespace.name}/${deployment.metadata.name}`,
      cause: edits.map(describeEdit).join("; "),
      next: isByOthers
        ? "restore it with the tool that registered the cluster, helm or meshctl"
        : 'put the change into [agent.values]; or run pulumi up with [checks.unhealthy: "heal"], which has Helm restore it',
    },
  };
};

function describeEdit({ field, values, writer }: TemplateEdit): string {
  const by = writer === undefined ? "" : ` (written by ${writer})`;
  return `${field}${values ? ` ${values[0]} → ${values[1]}` : ""}${by}`;
}

export const judgeAgent: Judge = (view, isBad) => {
  const part = "agent";
  const { deployment, pods, settings, generation, where, place } = view;
  if (isAvailable(deployment)) {
    return { part, state: "good", detail: `available, ${count(deployment?.status?.replicas ?? 0, "pod")}` };
  }
  const seen = pods === undefined ? "pods not readable" : count(pods.length, "pod");
  const diagnosis = view.diagnosis ?? diagnose({ deployment, pods: pods ?? [], log: [], events: [] }, place);
  const follows = causeOfPart(part, isBad, (cause) => causesBehind[cause]?.has(diagnosis.id) ?? true);
  return {
    part,
    state: "bad",
    follows,
    problem: {
      code: "GMR503",
      what: "The relay agent is not available",
      where: `${where.remote}, Deployment ${settings.namespace.name}/${deployment?.metadata.name ?? generation.agentName}, ${seen}`,
      cause: words(diagnosis),
      next: diagnosis.next,
      rootCause: diagnosis.id,
    },
  };
};

/** Causes that may come from the management cluster: without relay server or KubernetesCluster an agent of 1.x crashes. */
const ofManagement: ReadonlySet<CauseId> = new Set([
  "crash",
  "unknown",
  "starting",
  "refused",
  "no-answer",
  "connection-broken",
  "hub-not-running",
  "cluster-unknown",
]);

/** What a fault of these parts may look like; that of any other part explains every agent that is not available. */
const causesBehind: Readonly<Partial<Record<HealthPart, ReadonlySet<CauseId>>>> = {
  // An agent without its root CA ends as soon as it starts.
  "namespace and root CA": new Set(["secret-missing", "crash", "unknown", "starting"]),
  "relay server": ofManagement,
  KubernetesCluster: ofManagement,
};
