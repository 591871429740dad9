import type { Problem, ProblemCode } from "../base/problems";
import type { SecretPlace } from "../kubernetes/objects";
import type { Modes } from "./modes";
import { isDnsName, relayAddressFault } from "./relayAddress";
import type { GivenSettings } from "./settings";

/** Everything that is wrong with the values, all at once; an empty list when nothing is. */
export function validateSettings(settings: GivenSettings, modes: Pick<Modes, "certificate">): Problem[] {
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
  const { serverAddress, agentVersion } = settings;
  check(
    "GMR002",
    "relay.serverAddress",
    `The relay server address ${quote(serverAddress ?? "")} cannot be used`,
    serverAddress === undefined ? undefined : relayAddressFault(serverAddress),
    "give host:port, such as 172.18.0.2:31179, or leave it out to have it read from the hub",
  );
  check(
    "GMR003",
    "agent.version",
    `The agent version ${quote(agentVersion ?? "")} cannot be used`,
    agentVersion === undefined ? undefined : versionFault(agentVersion),
    "give the version of enterprise-networking on the hub, such as 1.0.4, or leave it out to have it read there",
  );
  check(
    "GMR004",
    "relay.authority",
    `The relay authority ${quote(settings.authority)} cannot be used`,
    isDnsName(settings.authority) || isOfBadNamespace(settings) ? undefined : "it is not a DNS name",
    "give the name in the relay server's certificate, such as enterprise-networking.gloo-mesh",
  );
  check(
    "GMR009",
    "clusterDomain",
    `The cluster domain ${quote(settings.clusterDomain)} cannot be used`,
    isDnsName(settings.clusterDomain) ? undefined : "it is not a DNS name",
    "give the local DNS domain of the remote cluster, such as cluster.local",
  );
  check(
    "GMR012",
    "proof.level",
    `The level of proof ${quote(settings.level)} is not known`,
    ["agent", "connected"].includes(settings.level) ? undefined : "known are agent and connected",
    "give agent or connected",
  );
  for (const [argument, name] of namespacesOf(settings)) {
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
  check(
    "GMR008",
    "agent.values",
    "The chart's values turn TLS off",
    settings.insecureByValues && modes.certificate !== "none" ? "nobody would prove who he is" : undefined,
    "set relay.insecure if that is meant, or take the value out",
  );
  for (const [argument, { name, key }] of secretsOf(settings)) {
    const fault = isDnsName(name) && name === name.toLowerCase() ? undefined : "it is not a name of a Secret";
    check("GMR006", `${argument}.name`, `The Secret ${quote(name)} cannot be used`, fault, "give the name of a Secret");
    const keyFault =
      key === undefined || /^[-._a-zA-Z0-9]{1,253}$/.test(key) ? undefined : "it is not a key of a Secret";
    check(
      "GMR006",
      `${argument}.key`,
      `The key ${quote(key ?? "")} cannot be used`,
      keyFault,
      "give a key of the Secret",
    );
  }
  return problems;
}

/** The default authority ends with the namespace: where that cannot be used, one problem is enough. */
function isOfBadNamespace({ authority, managementNamespace }: GivenSettings): boolean {
  return dnsLabelFault(managementNamespace) !== undefined && authority.endsWith(`.${managementNamespace}`);
}

type Names = readonly (readonly [argument: string, name: string])[];

function namespacesOf({ managementNamespace, namespace, ingress, ...settings }: GivenSettings): Names {
  return [
    ["managementNamespace", managementNamespace],
    ["namespace.name", namespace],
    ...secretsOf(settings)
      .filter(([, { namespace: own }]) => own !== managementNamespace && own !== namespace)
      .map(([argument, { namespace: own }]) => [`${argument}.namespace`, own] as const),
    ...(ingress
      ? ([
          ["relay.ingress.namespace", ingress.namespace],
          ["relay.ingress.service", ingress.service],
        ] as const)
      : []),
  ];
}

function secretsOf({
  secrets,
}: Pick<GivenSettings, "secrets">): readonly (readonly [string, SecretPlace & { key?: string }])[] {
  return [
    ["rootCertificate.source", secrets.rootSource],
    ["rootCertificate.secret", secrets.root],
    ["token.source", secrets.tokenSource],
    ["token.secret", secrets.token],
    ["clientCertificate.secret", secrets.client],
  ];
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
