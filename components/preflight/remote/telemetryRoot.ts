import type { Finding } from "../findings/finding";
import type { PreflightRequest } from "../request";
import type { RemoteObjects } from "./remoteObjects";

/**
 * Warns about a telemetry collector without the root CA by which it verifies its gateway: GMR338. An agent with a provided certificate has another trust, so that
 * the registration does not copy the root CA; the agent works all the same.
 */
export function checkTelemetryRoot(
  { where, root }: Pick<RemoteObjects, "where" | "root">,
  { settings, generation, modes }: PreflightRequest,
): Finding | undefined {
  if (!generation.telemetry || !settings.telemetry?.verifies || modes.certificate !== "provided" || root)
    return undefined;
  const { namespace, name } = settings.rootCertificate.secret;
  return {
    code: "GMR338",
    severity: "warning",
    what: "The telemetry collector has no root CA by which it can verify the gateway",
    where: `${where}, Secret ${namespace}/${name}`,
    cause: "it reads this Secret, which is not copied for an agent with a certificate of its own",
    next: `create the Secret with ${generation.rootSecret.key}, or set ${generation.telemetry.skipVerify.join(".")} in [agent.values]; the agent works without it`,
  };
}
