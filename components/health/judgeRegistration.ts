import type { CauseId } from "../diagnosis/causes";
import { conclude, type Diagnosis } from "../diagnosis/diagnosis";
import { metricsPlace } from "../glooMesh/connectedAgents";
import { isAvailable } from "../kubernetes/workloads";
import { missingObjectFindings } from "../preflight/remote/missingObjects";
import { causeOfPart } from "./consequences";
import type { HealthView } from "./healthView";
import type { Judge } from "./part";

/** Why the release of an agent is not judged. */
export const providedAgent = "the agent is provided";

// One judge for each part of a registration but the agent itself: judgeAgent.ts has those.

export const judgeObjects: Judge = ({ missing }) => {
  const part = "namespace and root CA";
  const [first] = missingObjectFindings(
    missing.filter(({ step }) => step === "namespace" || step === "root-certificate"),
  );
  return first ? { part, state: "bad", problem: first } : { part, state: "good", detail: "not deleted by anyone" };
};

export const judgeRelease: Judge = (
  { release, settings, agentVersion, where, isByOthers, isAgentInstalled },
  isBad,
) => {
  const part = "Helm release";
  if (!isAgentInstalled) return { part, state: "not looked at", why: providedAgent, isNeeded: false };
  const { releaseName } = settings.agent;
  if (release?.status === "deployed") {
    return { part, state: "good", detail: `${releaseName} ${agentVersion ?? ""}, revision ${release.revision}` };
  }
  const byUp = release ? "run pulumi up, which recovers it" : "run: pulumi up --refresh";
  return {
    part,
    state: "bad",
    follows: release ? undefined : causeOfPart(part, isBad),
    problem: {
      code: "GMR504",
      what: `The Helm release ${releaseName} ${release ? `is ${release.status}` : "does not exist"}`,
      where: `${where.remote}, namespace ${settings.namespace.name}`,
      cause: release ? "a Helm operation failed or was interrupted" : "someone else deleted it",
      next: isByOthers ? registerAgain : byUp,
    },
  };
};

export const judgeKubernetesCluster: Judge = (view) => {
  const { hasKubernetesCluster, approval, settings, where, isByOthers, isAgentInstalled } = view;
  const part = "KubernetesCluster";
  const object = `${settings.managementNamespace}/${settings.clusterName}`;
  if (hasKubernetesCluster)
    return { part, state: "good", detail: approval === undefined ? object : `${object}, ${approval}` };
  if (hasKubernetesCluster === undefined)
    return { part, state: "not looked at", why: "the management cluster cannot be read", isNeeded: true };
  return {
    part,
    state: "bad",
    problem: {
      code: "GMR312",
      what: `The KubernetesCluster ${object} of this registration is gone`,
      where: where.management,
      cause: `someone else deleted it, or it names another cluster${isAgentInstalled ? ": the agent's Helm release exists" : ""}`,
      next: isByOthers ? registerAgain : "restore it with: pulumi up --refresh",
    },
  };
};

export const registerAgain = "register the cluster again with the tool that registered it, helm or meshctl";

export const judgeRelayServer: Judge = (view) => {
  const part = "relay server";
  const { relayServer, answers, serverFaults, count, serverAddress, settings, generation, where, place } = view;
  const deployment = `Deployment ${settings.managementNamespace}/${generation.relayServer.name}`;
  const [fault] = serverFaults;
  if (fault) return { part, state: "bad", problem: fault };
  // What answers with a good certificate, or counts the agent, is the relay server, wherever it runs.
  if (answers) return { part, state: "good", detail: `answers at ${serverAddress}` };
  if (count?.connected) return { part, state: "good", detail: "counts its agents" };
  if (relayServer === "available") return { part, state: "good", detail: `${deployment} is available` };
  if (relayServer === "unknown") {
    const why = `${deployment} cannot be read (grant get on it), and this machine does not reach ${serverAddress ?? "the relay server"}`;
    return { part, state: "not looked at", why, isNeeded: true };
  }
  const { next, id } = conclude({ id: "hub-not-running" }, place);
  return {
    part,
    state: "bad",
    problem: {
      code: "GMR227",
      what: `The relay server ${relayServer === "missing" ? "is not installed" : "is not available"}`,
      where: `${where.management}, ${deployment}`,
      cause:
        relayServer === "missing"
          ? "there is no such Deployment; every agent of this management cluster is cut off"
          : "none of its pods is available; every agent of this management cluster is cut off",
      next,
      rootCause: id,
    },
  };
};

export const judgeCertificate: Judge = (view, isBad) => {
  const part = "client certificate";
  const { certificate: verdict, diagnosis, settings, where, isByOthers, isCertificateProvided } = view;
  if (verdict === undefined)
    return { part, state: "not looked at", why: "the relay works without client certificates", isNeeded: false };
  if (verdict.accepted) {
    return { part, state: "good", detail: `for ${verdict.facts.dnsNames.join(", ")}, until ${verdict.facts.notAfter}` };
  }
  const { namespace, name: secret } = settings.clientCertificate.secret;
  const seen = isKnown(diagnosis) ? diagnosis : undefined;
  const byUp = isByOthers ? registerAgain : "run pulumi up, which has one issued";
  const remedy = isCertificateProvided ? "provide a valid one in this Secret" : byUp;
  const { missing, fault } = verdict;
  const follows = missing ? causeOfPart(part, isBad) : undefined;
  return {
    part,
    state: "bad",
    follows,
    problem: {
      code: missing ? "GMR501" : "GMR502",
      what: missing ? "The relay agent has no client certificate" : "The client certificate is not acceptable",
      where: `${where.remote}, Secret ${namespace}/${secret}`,
      cause: seen ? `${fault}; the agent: ${words(seen)}` : fault,
      next: missing && seen && !follows ? stepsBefore(seen, remedy) : remedy,
      ...(missing && seen ? { rootCause: seen.id } : {}),
    },
  };
};

/** A connected agent that lost its Secret needs the remedy alone, which its own next step names. */
function stepsBefore({ id, next }: Diagnosis, remedy: string): string {
  return id === "certificate-secret-gone" ? next : `${next}; then ${remedy}`;
}

export const judgeConnection: Judge = (view, isBad) => {
  const part = "relay connection";
  const { count, settings, generation, where, serverAddress, deployment, diagnosis } = view;
  const follows = causeOfPart(part, isBad);
  // An agent that is not available has a fault of its own, which explains the count.
  const seen =
    isKnown(diagnosis) && isAvailable(deployment) && !harmlessCauses.has(diagnosis.id) ? diagnosis : undefined;
  if (count === undefined) {
    const log = seen ? `, and the agent says: ${words(seen)}` : "";
    const why = `the relay server's count of agents is not read${log}`;
    return { part, state: "not looked at", why, isNeeded: seen !== undefined && !follows, follows };
  }
  if (count.connected) return { part, state: "good", detail: "counted as connected" };
  return {
    part,
    state: "bad",
    follows,
    problem: {
      code: "GMR508",
      what: "The relay server does not count the agent as connected",
      where: `${where.management}, ${metricsPlace(settings.managementNamespace, generation)}`,
      cause: seen ? `${count.words}; the agent: ${words(seen)}` : count.words,
      next:
        seen?.next ??
        `check that ${serverAddress ?? "the address"}, which the agent is given, leads to this relay server`,
      ...(seen ? { rootCause: seen.id } : {}),
    },
  };
};

/** Causes that do no harm to an agent that is available. */
const harmlessCauses: ReadonlySet<CauseId> = new Set(["starting", "no-pod"]);

/** Whether the diagnosis names a cause. */
export function isKnown(diagnosis: HealthView["diagnosis"]): diagnosis is Diagnosis {
  return diagnosis !== undefined && diagnosis.id !== "unknown";
}

export function words({ cause, evidence }: Diagnosis): string {
  return evidence === undefined ? cause : `${cause}: ${evidence}`;
}
