import type { Policies, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";

// This folder is copied into other projects: it knows the registrations by the types and names of their resources, which are contract, and imports nothing of the package.

const registration = "gloo-mesh-relay:index:GlooMeshRelayRegistration";
const proof = "pulumi-nodejs:dynamic/gloo-mesh-relay:ClientCertificate";
const secret = "kubernetes:core/v1:Secret";
const release = "kubernetes:helm.sh/v3:Release";

/** Values of the agent's charts that turn TLS off: of 1.0, 1.1 and later, and 2.x. */
const insecureValues = [
  ["relay", "insecure"],
  ["global", "insecure"],
  ["glooAgent", "insecure"],
  ["common", "insecure"],
];

export const relayTls: ResourceValidationPolicy = {
  name: "relay-tls",
  description: "The relay of a registration uses TLS: its identity mode is not none.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, urn, name, props }, report) => {
    if (!isChild(urn)) return;
    const insecure = type === release && insecureValues.some((path) => valueAt(props["values"], path) === true);
    // A provided agent has no release here. Without any certificate, root CA and token there is no TLS; an agent with simple TLS is always proven by its connection.
    const { certificate, rootCertificate, agentProvided, level } = props;
    const provided =
      type === proof && agentProvided === true && certificate === "none" && rootCertificate === "" && level === "agent";
    if (insecure || provided) report(`${registrationOf(urn, name)} uses no TLS: anyone can impersonate this cluster.`);
  },
};

export const noRetainedToken: ResourceValidationPolicy = {
  name: "no-retained-token",
  description: "The bootstrap token is not kept on the remote cluster: with it anyone can register a cluster.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, urn, name }, report) => {
    if (type !== secret || !isChild(urn) || !name.endsWith("-bootstrap-token")) return;
    report(
      `${registrationOf(urn, name)} keeps the token in a Secret. The identity mode one-time-token removes it after the proof.`,
    );
  },
};

export const connectedInProduction: ResourceValidationPolicy = {
  name: "connected-in-production",
  description:
    "Registrations of production are proven by the connection that the relay server counts, not by the agent alone.",
  enforcementLevel: "mandatory",
  configSchema: {
    properties: {
      stacks: {
        type: "array",
        items: { type: "string" },
        default: ["prod", "production"],
        description:
          "Names of the stacks of production; each also stands for the names that continue it after a hyphen, such as prod-eu.",
      },
    },
  },
  validateResource: ({ type, urn, name, props, getConfig }, report) => {
    if (type !== proof || !isChild(urn)) return;
    const [, stack = ""] = /^urn:pulumi:([^:]*)::/.exec(urn) ?? [];
    const { stacks } = getConfig<{ stacks: readonly string[] }>();
    if (!stacks.some((one) => stack === one || stack.startsWith(`${one}-`)) || props["level"] === "connected") return;
    report(`${registrationOf(urn, name)} is proven at the level "${props["level"]}". Set proof.level to "connected".`);
  },
};

export const certificateExpiry: StackValidationPolicy = {
  name: "certificate-expiry",
  description: "No certificate of a registration expires soon, as its last run has read them.",
  // Not mandatory by default: the run that renews a certificate must not be stopped because it is due.
  enforcementLevel: "advisory",
  configSchema: {
    properties: {
      days: { type: "integer", minimum: 1, default: 30, description: "Days before the end of a certificate." },
    },
  },
  validateStack: ({ resources, getConfig }, report) => {
    const { days } = getConfig<{ days: number }>();
    for (const { type, urn, name, props } of resources) {
      if (type !== registration) continue;
      for (const { kind, subject, notAfter } of certificatesOf(props["certificates"])) {
        const left = Math.floor((Date.parse(notAfter) - Date.now()) / 86_400_000);
        if (left < days)
          report(`The ${kind} certificate ${subject} of ${name} expires in ${left} days, at ${notAfter}.`, urn);
      }
    }
  },
};

export const policies: Policies = [relayTls, noRetainedToken, connectedInProduction, certificateExpiry];

interface Certificate {
  readonly kind: string;
  readonly subject: string;
  readonly notAfter: string;
}

/** In a preview of a registration that is new or changes, its outputs are unknown. */
function certificatesOf(output: unknown): readonly Certificate[] {
  return Array.isArray(output) ? (output as readonly Certificate[]) : [];
}

/** Whether a resource was declared by a registration: its type follows the component's in the URN. */
function isChild(urn: string): boolean {
  return urn.includes(`${registration}$`);
}

/** The registration's name, with which the names of its resources begin. */
function registrationOf(urn: string, name: string): string {
  const suffix = urn.includes(`$${secret}::`)
    ? "-bootstrap-token"
    : urn.includes(`$${proof}::`)
      ? "-client-certificate"
      : "-agent";
  return name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
}

function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined),
    values,
  );
}
