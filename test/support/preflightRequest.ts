import type { ArgumentValues } from "../../components/glooMesh/argumentKinds";
import { type GenerationName, generationOf } from "../../components/glooMesh/generation";
import { modesOf, type PlainArguments } from "../../components/glooMesh/modes";
import { withDefaults } from "../../components/glooMesh/settings";
import type { PreflightRequest } from "../../components/preflight/request";

export const mark = "project/stack/cluster-2";

/** The checks' request for the registration of cluster-2 with these arguments; an alias gives it a previous name. */
export function requestFor(
  args: ArgumentValues & PlainArguments & { readonly generation?: GenerationName } = {},
): PreflightRequest {
  const generation = generationOf(args.generation);
  return {
    settings: withDefaults({ ...args, clusterName: "cluster-2" }, args.selfRegistration ?? false, generation),
    generation,
    ownership: { mark, accepted: [mark, "project/stack/previous"] },
    modes: modesOf(args),
    connected: false,
    counts: false,
    report: () => undefined,
  };
}
