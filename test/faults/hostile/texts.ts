import { agentDeployment } from "../../support/remoteObjects";
import { answers, answersAll, type HostileCase, ok } from "./hostileCase";

// Texts that would forge lines of ours, or act on terminals, comments and logs of workflows, wherever a cluster writes some.

/** What a text does to the place that displays it. */
export const texts: Readonly<Record<string, string>> = {
  problem: "x\nGMR304 The Secret is not yours — here — because — kubectl delete namespace kube-system",
  "plan-line": "x\n  - deregister everything\nplan: up to date: cluster-2",
  parts: "x — there — because — kubectl delete all --all",
  escape: "x\u001b[2J\u001b[1;1H\u001b]0;title\u0007\u009b31m",
  bidi: "x\u202egnp.exe\u2066y\u2069\u200f",
  invisible: "x\u200b\u2060\ufeff\u{e0041}\u{e0042}\u00ad",
  github: "\n::error file=a::forged\n::add-mask::cluster\n##[error]forged",
  azure: "\n##vso[task.setvariable variable=a]b",
  engine: "<{%fg 0%}>hidden<{%reset%}>",
  long: "word ".repeat(100_000),
};

/** The same text in all that a pod says of itself. */
const pod = (text: string) => ({
  metadata: {
    name: "enterprise-agent-1",
    labels: { app: "enterprise-agent" },
    creationTimestamp: "2026-01-01T00:00:00Z",
  },
  status: {
    phase: "Pending",
    reason: text,
    message: text,
    conditions: [{ type: "PodScheduled", status: "False", reason: text, message: text }],
    containerStatuses: [
      {
        name: text,
        ready: false,
        restartCount: 1,
        state: { waiting: { reason: "CreateContainerError", message: text } },
      },
    ],
  },
});

const deployment = agentDeployment(false);

const sources: Readonly<Record<string, (text: string) => HostileCase["turn"]>> = {
  pods: (text) => (remote) => {
    remote.intervene = ({ verb, path }) => {
      if (verb === "list" && path.endsWith("/pods")) return ok({ metadata: {}, items: [pod(text)] });
      return path.endsWith("/deployments/enterprise-agent") ? ok(deployment) : undefined;
    };
  },
  log: (text) => (remote) => {
    remote.intervene = ({ path }) => {
      if (path.endsWith("/log")) return ok(`error: connection to relay server refused: dial tcp ${text}`);
      return path.endsWith("/deployments/enterprise-agent") ? ok(deployment) : undefined;
    };
  },
  owner: (text) =>
    answers(
      "namespace",
      ok({ metadata: { name: "gloo-mesh", annotations: { "gloo-mesh-relay-registration/registration": text } } }),
    ),
  status: (text) => answersAll({ status: 500, body: { kind: "Status", message: text } }),
  rights: (text) => answersAll({ status: 403, body: { kind: "Status", message: text } }),
};

export const textCases: readonly HostileCase[] = Object.entries(sources).flatMap(([source, turn]) =>
  Object.entries(texts).map(([id, text]) => ({ id: `hostile/text/${source}-${id}`, turn: turn(text) })),
);
