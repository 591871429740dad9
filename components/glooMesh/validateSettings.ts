import type { Problem, ProblemCode } from "../base/problems";
import { isOfMinorSince, parseVersion } from "../base/version";
import type { SecretPlace } from "../kubernetes/objects";
import { limitFaults, quote } from "./argumentFaults";
import { settingsTree } from "./argumentKinds";
import { credentialsIn } from "./chartSource";
import { type Generation, generationNames, generations } from "./generation";
import type { Modes } from "./modes";
import { isDnsName, relayAddressFault } from "./relayAddress";
import type { GivenSettings } from "./settings";

/** Reports all faults of the values at once. */
export function validateSettings(
  settings: GivenSettings,
  modes: Pick<Modes, "tls">,
  { versions, relayServer }: Generation,
): Problem[] {
  const problems: Problem[] = [];
  const check = (code: ProblemCode, argument: string, what: string, fault: string | undefined, next: string) => {
    if (fault !== undefined) problems.push({ code, what, where: `[${argument}]`, cause: fault, next });
  };

  check(
    "GMR001",
    "clusterName",
    `The cluster name ${quote(settings.clusterName)} cannot be used`,
    dnsLabelFault(settings.clusterName),
    "set [clusterName], whose default is the resource's name, to lower-case letters, digits and hyphens, at most 63 characters",
  );
  const { serverAddress, authority } = settings.relay;
  const { version } = settings.agent;
  check(
    "GMR002",
    "relay.serverAddress",
    `The relay server address ${quote(serverAddress ?? "")} cannot be used`,
    serverAddress === undefined ? undefined : relayAddressFault(serverAddress),
    "give host:port, such as 172.18.0.2:31179, or omit it to have it read from the management cluster",
  );
  check(
    "GMR003",
    "agent.version",
    `The agent version ${quote(version ?? "")} cannot be used`,
    version === undefined ? undefined : versionFault(version, versions),
    `give the version of ${relayServer.name} on the management cluster, such as ${versions.example}, or omit it to have it read from there`,
  );
  check(
    "GMR004",
    "relay.authority",
    `The relay authority ${quote(authority)} cannot be used`,
    isDnsName(authority.replace(/\.$/, "")) || isOfBadNamespace(settings) ? undefined : "it is not a DNS name",
    `give the name in the relay server's certificate, such as ${relayServer.name}.gloo-mesh`,
  );
  check(
    "GMR009",
    "clusterDomain",
    `The cluster domain ${quote(settings.clusterDomain)} cannot be used`,
    isDnsName(settings.clusterDomain) ? undefined : "it is not a DNS name",
    "give the local DNS domain of the remote cluster, such as cluster.local",
  );
  for (const [argument, name] of labelsOf(settings)) {
    const [noun, example] = argument.endsWith(".service")
      ? ["Service", "istio-ingressgateway"]
      : ["namespace", "gloo-mesh"];
    const next = `give the name of a ${noun}, such as ${example}`;
    check("GMR006", argument, `The ${noun} ${quote(name)} cannot be used`, dnsLabelFault(name), next);
  }
  problems.push(...limitFaults(settings, settingsTree));
  check(
    "GMR008",
    "agent.values",
    "The chart's values turn TLS off",
    settings.insecureByValues && modes.tls !== "none" ? "neither side would prove its identity" : undefined,
    'set [identity] to "none" if that is intended, or remove the value',
  );
  for (const argument of ["repository", "chart"] as const) {
    const found = credentialsIn(settings.agent[argument]);
    check(
      "GMR014",
      `agent.${argument}`,
      "The URL of the agent's chart cannot be used",
      found && `it contains ${found}, which Pulumi's state, messages and logs would show`,
      "remove it from the URL, and set [agent.repositoryUsername] and [agent.repositoryPassword]",
    );
  }
  const [credential, another] = settings.agent.credentials;
  check(
    "GMR008",
    `agent.${credential}`,
    "User and password of the chart's repository are not both set",
    credential && !another ? "Helm sends neither without the other" : undefined,
    "set [agent.repositoryUsername] and [agent.repositoryPassword], or neither",
  );
  for (const [argument, { name, key }] of secretsOf(settings)) {
    const fault = isDnsName(name) && name === name.toLowerCase() ? undefined : "it is not a valid name of a Secret";
    check("GMR006", `${argument}.name`, `The Secret ${quote(name)} cannot be used`, fault, "give the name of a Secret");
    const keyFault =
      key === undefined || /^[-._a-zA-Z0-9]{1,253}$/.test(key) ? undefined : "it is not a valid key of a Secret";
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

/** Whether the authority is only wrong because of the namespace in it: then the problem of the namespace is enough. */
function isOfBadNamespace({ relay, managementNamespace }: GivenSettings): boolean {
  return dnsLabelFault(managementNamespace) !== undefined && relay.authority.endsWith(`.${managementNamespace}`);
}

type Names = readonly (readonly [argument: string, name: string])[];

/** The names that must be DNS labels: those of namespaces, and of a Service. */
function labelsOf(settings: GivenSettings): Names {
  const { managementNamespace, namespace, relay } = settings;
  return [
    ["managementNamespace", managementNamespace],
    ["namespace.name", namespace.name],
    ...secretsOf(settings)
      .filter(([, { namespace: own }]) => own !== managementNamespace && own !== namespace.name)
      .map(([argument, { namespace: own }]) => [`${argument}.namespace`, own] as const),
    ...(relay.ingress
      ? ([
          ["relay.ingress.namespace", relay.ingress.namespace],
          ["relay.ingress.service", relay.ingress.service],
        ] as const)
      : []),
  ];
}

function secretsOf({
  rootCertificate,
  token,
  clientCertificate,
}: GivenSettings): readonly (readonly [string, SecretPlace & { key?: string }])[] {
  return [
    ["rootCertificate.source", rootCertificate.source],
    ["rootCertificate.secret", rootCertificate.secret],
    ["token.source", token.source],
    ["token.secret", token.secret],
    ["clientCertificate.secret", clientCertificate.secret],
  ];
}

/** Why a string is not a DNS label (RFC 1123); undefined if it is one. */
export function dnsLabelFault(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (name.length > 63) return `it has ${name.length} characters`;
  if (name.includes("_")) return "it holds an underscore";
  if (/[A-Z]/.test(name)) return "it holds an upper-case letter";
  if (!/^[a-z0-9-]+$/.test(name)) return "it holds a character other than a-z, 0-9 and -";
  if (name.startsWith("-") || name.endsWith("-")) return "it starts or ends with a hyphen";
  return undefined;
}

function versionFault(version: string, versions: Generation["versions"]): string | undefined {
  if (version === "") return "it is empty";
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/.test(version)) {
    return "it is not a version of three numbers";
  }
  return versionOutside(version, versions);
}

/** Why a version is not one of a generation; undefined if it is, and for what is no version. */
export function versionOutside(version: string, { since }: Generation["versions"]): string | undefined {
  const found = parseVersion(version);
  if (!found || (found.major === since.major && isOfMinorSince(found, since))) return undefined;
  const other = Object.values(generations).find(({ versions }) => versions.since.major === found.major);
  if (other && isOfMinorSince(found, other.versions.since)) return `[generation] "${other.name}" has this version`;
  return other
    ? `Gloo Mesh ${found.major}.${found.minor} is not supported by its vendor any more, and not here: the first version is ${found.major}.${other.versions.since.minor}`
    : `it is of no generation that is known here: ${generationNames.join(", ")}`;
}
