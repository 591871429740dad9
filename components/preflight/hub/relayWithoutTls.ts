import type { GivenSettings } from "../../glooMesh/settings";
import type { Finding } from "../findings/finding";

/** A relay without TLS was asked for; it is said in each run, to whoever reads it: GMR214, a warning. */
export function relayWithoutTls({ clusterName }: Pick<GivenSettings, "clusterName">): Finding {
  return {
    code: "GMR214",
    severity: "warning",
    what: `The relay of ${clusterName} works without TLS`,
    where: "[relay.insecure]",
    cause: "nobody proves who he is: whoever reaches the relay server can pass for this cluster, and read along",
    next: "leave [relay.insecure] out where more than a trial runs",
  };
}
