import { isDeepStrictEqual } from "node:util";
import { parseVersion } from "../../base/version";
import type { GivenSettings } from "../../glooMesh/settings";
import type { Finding } from "../findings/finding";
import type { Found } from "./found";
import { tagVersion } from "./serverVersion";

/**
 * Compares the agent's version with the relay server's; the vendor requires equal versions. Another patch version or prerelease is a
 * warning (GMR225), another minor or major version an error (GMR226). Other checks report a string that is no version (GMR003, GMR224).
 */
export function versionSkew(agentVersion: string, server: Found, argument = "agent.version"): Finding | undefined {
  const [agent, hub] = [parseVersion(agentVersion), parseVersion(server.value)];
  if (!agent || !hub || isDeepStrictEqual(agent, hub)) return undefined;
  const where = `[${argument}], ${server.source}`;
  const advice = `set [${argument}] to ${server.value}, or leave it out`;
  if (agent.major === hub.major && agent.minor === hub.minor) {
    return {
      severity: "warning",
      code: "GMR225",
      what: `The agent's version ${agentVersion} differs from the management cluster's ${server.value}`,
      where,
      next: advice,
    };
  }
  return {
    severity: "error",
    code: "GMR226",
    what: `The agent's version ${agentVersion} is of another minor version than the management cluster's ${server.value}`,
    where,
    cause: "the vendor requires equal versions, and promises nothing for different minor versions",
    next: `${advice}; to register anyway, add "GMR226" to [checks.ignore]`,
  };
}

/** The same for the image of the agent, where the chart's values give it a tag: its version is then another one than the chart's. */
export function imageSkews({ imageTags }: Pick<GivenSettings, "imageTags">, server: Found): readonly Finding[] {
  return imageTags.flatMap(({ argument, tag }) => versionSkew(tagVersion(tag) ?? "", server, argument) ?? []);
}
