import { readAgentValues } from "../../components/glooMesh/agentValues";
import type { Generation, ValuePath } from "../../components/glooMesh/generation";
import type { HelmRelease } from "../../components/glooMesh/helmRelease";
import { withDefaults } from "../../components/glooMesh/settings";
import { validateSettings } from "../../components/glooMesh/validateSettings";
import type { Finding } from "../../components/preflight/findings/finding";

/** What the agent's Helm release says of its registration, and what is wrong with it. */
export interface ReleaseIdentity {
  readonly identity: ReturnType<typeof readAgentValues>;
  /** Version of the chart. */
  readonly version: string | undefined;
  readonly findings: readonly Finding[];
}

/**
 * Reads the identity from the values of the agent's release. The remote cluster chose them, and the doctor asks the management cluster with them:
 * if one of them is not valid, none is used, and the findings name those that are not.
 */
export function identityOf(release: HelmRelease | undefined, where: string, generation: Generation): ReleaseIdentity {
  const version = release?.content.chartVersion;
  const identity = readAgentValues(release?.content.values ?? {}, generation);
  const { clusterName = "valid", serverAddress, authority, tls, secrets } = identity;
  const values = {
    clusterName,
    relay: { serverAddress, authority },
    agent: { version },
    rootCertificate: { secret: secrets.root },
    token: { secret: secrets.token },
    clientCertificate: { secret: secrets.client },
  };
  const findings = validateSettings(withDefaults(values, false, generation), { tls }, generation).map((problem) => ({
    ...problem,
    severity: "error" as const,
    where: `${where}, ${helmValue(problem.where, generation)}`,
    next: "correct the value where the agent is installed; until then the doctor ignores all values of the release",
  }));
  if (findings.length === 0) return { identity, version, findings };
  return { identity: readAgentValues({}, generation), version: undefined, findings };
}

/** The value of the chart for an argument in brackets. */
function helmValue(argument: string, { values }: Generation): string {
  const [group = "", ...rest] = argument.replace(/[[\]]/g, "").split(".");
  if (group === "agent") return "version of the chart";
  const paths: Readonly<Record<string, ValuePath>> = {
    clusterName: values.clusterName,
    "relay.serverAddress": values.serverAddress,
    "relay.authority": values.authority,
    rootCertificate: values.rootSecret,
    token: values.tokenSecret,
    clientCertificate: values.clientSecret,
  };
  const [whole, path] = [paths[[group, ...rest].join(".")], paths[group]];
  return `value ${(whole ?? [...(path ?? [group]), ...rest.filter((part) => part !== "secret")]).join(".")}`;
}
