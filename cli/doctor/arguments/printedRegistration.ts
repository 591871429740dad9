import type { ClusterAccess } from "../../../components/kubernetes/access";
import { isKubeconfigContent } from "../../../components/kubernetes/access";

/** A registration as the snippets print it. */
export interface PrintedRegistration {
  readonly clusterName: string;
  readonly remote: ClusterAccess;
  /** Its arguments that differ from the defaults, with a HiddenValue for each secret. */
  readonly given: Readonly<Record<string, unknown>>;
  /** Notes for the reader, each in one line. */
  readonly comments: readonly string[];
  /** The command that prints the agent's values, secrets included, on the user's own terminal. */
  readonly valuesCommand: string;
}

/** The registrations of one management cluster. */
export interface PrintedFleet {
  readonly management: ClusterAccess;
  readonly registrations: readonly PrintedRegistration[];
}

/** The arguments of a connection. A kubeconfig that was given as content is no path to print. */
export function connectionOf({ kubeconfig, context }: ClusterAccess): Readonly<Record<string, string>> {
  const isPath = kubeconfig !== undefined && kubeconfig !== "" && !isKubeconfigContent(kubeconfig);
  return { ...(context === undefined ? {} : { context }), ...(isPath ? { kubeconfig } : {}) };
}

/** Helm records where a release is from as little as what it was given on the command line. */
export const chartNote =
  "Helm does not record where a chart comes from: give agent.repository if it is not the vendor's repository";
