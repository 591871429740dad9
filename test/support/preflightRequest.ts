import type { ArgumentValues } from "../../components/glooMesh/argumentKinds";
import { enterpriseAgent } from "../../components/glooMesh/generation";
import { modesOf, type PlainArguments } from "../../components/glooMesh/modes";
import { withDefaults } from "../../components/glooMesh/settings";
import type { PreflightRequest } from "../../components/preflight/request";

export const mark = "project/stack/cluster-2";

/** The checks' request for the registration of cluster-2 with these arguments; an alias gives it a previous name. */
export function requestFor(args: ArgumentValues & PlainArguments = {}): PreflightRequest {
  return {
    settings: withDefaults({ ...args, clusterName: "cluster-2" }, args.selfRegistration ?? false),
    generation: enterpriseAgent,
    ownership: { mark, accepted: [mark, "project/stack/previous"] },
    modes: modesOf(args),
    connected: false,
    counts: false,
    report: () => undefined,
  };
}
