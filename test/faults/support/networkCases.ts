import type { FaultCase, Sample } from "../../support/selection";
import { type LastingFault, lasting, latencies, passing } from "./networkFaults";

/** What is going on when the network fails: one of the dynamic resources is made, or the proof waits. */
export type Work = "preparation" | "token" | "proof" | "wait";

export interface NetworkCase extends FaultCase {
  readonly work: Work;
  /** Whose API server it is. */
  readonly side: "remote" | "hub";
  readonly fault:
    | { readonly kind: "lasting"; readonly name: LastingFault }
    | { readonly kind: "latency" | "passing"; readonly name: string }
    | { readonly kind: "half-open watch" };
}

const lastingNames = Object.keys(lasting) as LastingFault[];

function casesOf(work: Work, side: NetworkCase["side"], faults: readonly NetworkCase["fault"][]): NetworkCase[] {
  return faults.map((fault) => ({
    id: `network/${work}/${side === "hub" ? "hub-" : ""}${"name" in fault ? fault.name : "watch-half-open"}`,
    work,
    side,
    fault,
  }));
}

const lastingFaults = lastingNames.map((name) => ({ kind: "lasting", name }) as const);
const latencyFaults = Object.keys(latencies).map((name) => ({ kind: "latency", name }) as const);
const passingFaults = Object.keys(passing).map((name) => ({ kind: "passing", name }) as const);

/** All of them. */
export const networkCases: readonly NetworkCase[] = [
  ...casesOf("preparation", "remote", [...lastingFaults, ...latencyFaults]),
  ...casesOf("token", "remote", [...lastingFaults, ...latencyFaults]),
  ...casesOf("token", "hub", [...lastingFaults, ...latencyFaults]),
  ...casesOf("proof", "remote", lastingFaults),
  ...casesOf("wait", "remote", [...lastingFaults, ...latencyFaults, ...passingFaults, { kind: "half-open watch" }]),
];

/**
 * The sample has every other one that ends at once. What is waited out shows whether the limits are kept, and a machine that is as busy as one that
 * runs all tests at once does not keep them.
 */
export const isNetworkSample: Sample<NetworkCase> = ({ id, work }, index) =>
  index % 2 === 0 && work !== "wait" && !/429|black-hole|half-open|latency/.test(id);
