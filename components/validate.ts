import type { Problem, ProblemCode } from "./problems";
import { isDnsName, relayAddressFault } from "./relayAddress";

/** The arguments once their values are known, with defaults filled in. */
export interface Settings {
  readonly clusterName: string;
  readonly clusterDomain: string;
  readonly managementNamespace: string;
  readonly namespace: string;
  readonly serverAddress: string;
  readonly authority: string;
  readonly agentVersion: string;
  readonly timeoutSeconds: number;
  readonly abandonedAfterSeconds: number;
}

/** Everything that is wrong with the values, all at once; an empty list when nothing is. */
export function validateSettings(settings: Settings): Problem[] {
  const problems: Problem[] = [];
  const check = (code: ProblemCode, argument: string, what: string, fault: string | undefined, next: string) => {
    if (fault !== undefined) problems.push({ code, what, where: `[${argument}]`, cause: fault, next });
  };

  check(
    "GMR001",
    "clusterName",
    `The cluster name ${quote(settings.clusterName)} cannot be used`,
    dnsLabelFault(settings.clusterName),
    "choose lower-case letters, digits and hyphens, at most 63 characters",
  );
  check(
    "GMR002",
    "relay.serverAddress",
    `The relay server address ${quote(settings.serverAddress)} cannot be used`,
    relayAddressFault(settings.serverAddress),
    "give host:port, such as 172.18.0.2:31179",
  );
  check(
    "GMR003",
    "agent.version",
    `The agent version ${quote(settings.agentVersion)} cannot be used`,
    versionFault(settings.agentVersion),
    "give the version of enterprise-networking on the hub, such as 1.0.4",
  );
  check(
    "GMR004",
    "relay.authority",
    `The relay authority ${quote(settings.authority)} cannot be used`,
    isDnsName(settings.authority) ? undefined : "it is not a DNS name",
    "give the name in the relay server's certificate, such as enterprise-networking.gloo-mesh",
  );
  check(
    "GMR009",
    "clusterDomain",
    `The cluster domain ${quote(settings.clusterDomain)} cannot be used`,
    isDnsName(settings.clusterDomain) ? undefined : "it is not a DNS name",
    "give the local DNS domain of the remote cluster, such as cluster.local",
  );
  for (const [argument, name] of [
    ["managementNamespace", settings.managementNamespace],
    ["namespace.name", settings.namespace],
  ] as const) {
    check(
      "GMR006",
      argument,
      `The namespace ${quote(name)} cannot be used`,
      dnsLabelFault(name),
      "give the name of a namespace, such as gloo-mesh",
    );
  }
  for (const [argument, seconds] of [
    ["proof.timeoutSeconds", settings.timeoutSeconds],
    ["agent.abandonedAfterSeconds", settings.abandonedAfterSeconds],
  ] as const) {
    check(
      "GMR007",
      argument,
      `The number of seconds ${quote(String(seconds))} cannot be used`,
      Number.isFinite(seconds) && seconds >= 1 && seconds <= 3600 ? undefined : "it is not from 1 to 3600",
      "give seconds from 1 to 3600",
    );
  }
  return problems;
}

/** Says what keeps a text from being a DNS label (RFC 1123), or undefined. */
export function dnsLabelFault(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (name.length > 63) return `it has ${name.length} characters`;
  if (name.includes("_")) return "it holds an underscore";
  if (/[A-Z]/.test(name)) return "it holds an upper-case letter";
  if (!/^[a-z0-9-]+$/.test(name)) return "it holds a character other than a-z, 0-9 and -";
  if (name.startsWith("-") || name.endsWith("-")) return "it starts or ends with a hyphen";
  return undefined;
}

/** Drops the `v` that image tags and releases carry and chart versions do not. */
export function normaliseVersion(version: string): string {
  return version.replace(/^v(?=[0-9])/, "");
}

function versionFault(version: string): string | undefined {
  if (version === "") return "it is empty";
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/.test(version)) {
    return "it is not a version of three numbers";
  }
  return version.startsWith("1.") ? undefined : "this release registers clusters of Gloo Mesh Enterprise 1.x";
}

function quote(value: string): string {
  const shown = value.length > 80 ? `${value.slice(0, 77)}...` : value;
  return JSON.stringify(shown);
}
