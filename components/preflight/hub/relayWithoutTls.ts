import type { GivenSettings } from "../../glooMesh/settings";
import type { Finding } from "../findings/finding";

/** Warns on each run about a relay without TLS: GMR214. */
export function relayWithoutTls({ clusterName }: Pick<GivenSettings, "clusterName">): Finding {
  return {
    code: "GMR214",
    severity: "warning",
    what: `The relay of ${clusterName} works without TLS`,
    where: "[identity]",
    cause:
      "no peer authentication: anyone who reaches the relay server can impersonate this cluster, and read its traffic",
    next: "leave [identity] out, except for a trial",
  };
}
