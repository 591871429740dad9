import type { DoctorReport } from "../../../cli/doctor/doctorReport";
import type { FakeKubeApi } from "../../support/fakeKubeApi";
import type { FaultCase } from "../../support/selection";

/** One way in which the remote cluster of two answers, and what the doctor must report beside that it ends. */
export interface HostileCase extends FaultCase {
  /** Scripts the remote cluster, which has a good registration. */
  readonly turn: (remote: FakeKubeApi) => void;
  readonly check?: (report: DoctorReport) => void;
}

/** Where the remote cluster stores what the doctor reads. */
export const places = {
  identity: "/namespaces/kube-system",
  namespace: "/namespaces/gloo-mesh",
  root: "/secrets/relay-root-tls-secret",
  client: "/secrets/relay-client-tls-secret",
  releases: "/namespaces/gloo-mesh/secrets",
  deployment: "/deployments/enterprise-agent",
  pods: "/pods",
  log: "/log",
  events: "/events",
} as const;

type Answered = Exclude<ReturnType<FakeKubeApi["intervene"]>, undefined>;

/** Answers the reads of one place. */
export function answers(place: keyof typeof places, answer: Answered): HostileCase["turn"] {
  return (remote) => {
    remote.intervene = ({ verb, path }) =>
      ["get", "list"].includes(verb) && path.endsWith(places[place]) ? answer : undefined;
  };
}

/** Answers every read. */
export function answersAll(answer: Answered): HostileCase["turn"] {
  return (remote) => {
    remote.intervene = () => answer;
  };
}

export const ok = (body: string | object | Buffer): Answered => ({ status: 200, body });
