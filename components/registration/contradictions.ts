import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { isMap } from "../base/json";
import type { Problem } from "../base/problems";
import { kindFault, kindFaults, limitFaults } from "../glooMesh/argumentFaults";
import { argumentTree } from "../glooMesh/argumentKinds";
import { generationOf } from "../glooMesh/generation";
import type { IdentityMode } from "../glooMesh/modes";
import type { GlooMeshRelayRegistrationArgs } from "./arguments";

const plainTree = argumentTree(({ plain }) => plain === true);

/**
 * Problems with the arguments that need no lookup: providers in the options (GMR005), clusters that are no connections (GMR013), plain
 * arguments of another kind (GMR013) or outside their closed set (GMR012), and arguments that contradict each other (GMR008).
 */
export function findContradictions(
  args: GlooMeshRelayRegistrationArgs,
  opts: pulumi.ComponentResourceOptions,
): readonly Problem[] {
  // A string such as "false", or an Output, is truthy in JavaScript: with one, contradictions cannot be judged.
  const kinds = kindFaults(args, plainTree);
  const plain = kinds.length > 0 ? kinds : limitFaults(args, plainTree);
  return [...misplacedProviders(opts), ...connectionFaults(args), ...(plain.length > 0 ? plain : contradictions(args))];
}

/** The options cannot carry two providers of one package: one of them would silently not apply. */
function misplacedProviders(opts: pulumi.ComponentResourceOptions): Problem[] {
  const list = opts.providers ?? [];
  const given = [...(Array.isArray(list) ? list : Object.values(list)), ...(opts.provider ? [opts.provider] : [])];
  if (!given.some((provider) => Provider.isInstance(provider))) return [];
  return [
    {
      code: "GMR005",
      what: "A Kubernetes provider was passed through the resource options",
      where: "[opts.provider], [opts.providers]",
      cause: "a registration works on two clusters, and the options can carry only one provider of a package",
      next: "give the clusters as [management] and [remote]",
    },
  ];
}

/** A missing connection, or a value of another kind, would mean the current context. */
function connectionFaults({ management, remote }: GlooMeshRelayRegistrationArgs): Problem[] {
  return Object.entries({ management, remote })
    .filter(([, given]) => !pulumi.Resource.isInstance(given) && !(isMap(given) && !pulumi.Output.isInstance(given)))
    .map(([argument]) => kindFault(argument, "ClusterConnection, or map with its arguments"));
}

/** The arguments that cannot be set together with another one, and why. */
type Exclusion = readonly [
  reason: string | false | undefined,
  excluded: Readonly<Record<string, unknown>>,
  cause: string,
];

function contradictions(args: GlooMeshRelayRegistrationArgs): Problem[] {
  const { identity, selfRegistration, namespace, relay, rootCertificate, token, clientCertificate, proof } = args;
  const { agent, crds, checks, kubernetesCluster } = args;
  const generation = generationOf(args.generation);
  const ofGeneration = `generation ${JSON.stringify(generation.name)}`;
  const self = selfRegistration && "selfRegistration";
  const ownRoot = rootCertificate?.provided && "rootCertificate.provided";
  const address = isSet(relay?.serverAddress) && "relay.serverAddress";
  const mode = (one: IdentityMode) => identity === one && `identity ${JSON.stringify(one)}`;
  const ofManagement = {
    identity: mode("retained-token") || mode("provided-token"),
    "token.secret": token?.secret,
    "rootCertificate.provided": rootCertificate?.provided,
    "rootCertificate.secret": rootCertificate?.secret,
    "namespace.create": namespace?.create,
    "namespace.disableIstioInjection": namespace?.disableIstioInjection,
  };
  // In a mode that copies nothing, an argument about the copies would silently not apply.
  const copies = {
    rootCertificate: isAnySet(rootCertificate),
    token: isAnySet(token),
    "proof.chainToRoot": proof?.chainToRoot,
  };
  const certificate = { clientCertificate: isAnySet(clientCertificate) };
  const reissue = { "clientCertificate.reissue": clientCertificate?.reissue };
  const providedAgent = agent?.provided && "agent.provided";
  const { provided: _, ...ofRelease } = agent ?? {};
  const installation = {
    ...Object.fromEntries(Object.entries(ofRelease).map(([key, value]) => [`agent.${key}`, value])),
    crds: isAnySet(crds),
  };
  const ownTrust = "the agent verifies the relay server by the ca.crt in its certificate's Secret";
  const exclusions: readonly Exclusion[] = [
    [self, ofManagement, "the namespace, the root CA and the token are those of the management cluster"],
    [self, reissue, "nothing is deleted that may belong to the management cluster"],
    [
      mode("simple-tls"),
      { ...certificate, "proof.chainToRoot": proof?.chainToRoot, "token.secret.namespace": token?.secret?.namespace },
      "the agent has no certificate, and a pod reads Secrets of its own namespace alone",
    ],
    [
      !generation.simpleTls && ofGeneration,
      { identity: mode("simple-tls") },
      "it knows no relay without client certificates",
    ],
    [mode("none"), { ...copies, ...certificate }, "without TLS there is no certificate, no root CA and no token"],
    [mode("provided-certificate"), copies, `${ownTrust}, and needs neither root CA nor token`],
    [mode("provided-certificate"), reissue, "the relay server does not issue this certificate"],
    [ownRoot, { "rootCertificate.source": rootCertificate?.source }, "a provided Secret is not copied"],
    [mode("provided-token"), { "token.source": token?.source }, "a provided Secret is not copied"],
    [!generation.crds && ofGeneration, { crds: isAnySet(crds) }, "the agent's chart contains the CRDs"],
    [
      generation.crds && ofGeneration,
      { "agent.skipCrds": agent?.skipCrds },
      "the CRDs have a release of their own, see [crds]",
    ],
    [providedAgent, installation, "whoever installs the agent decides on it"],
    [
      providedAgent,
      { takeOver: args.takeOver },
      "the agent stays with whoever installs it, and what else exists of it can be declared as provided, too",
    ],
    [
      providedAgent,
      { "checks.unhealthy": checks?.unhealthy === "heal" },
      "what heals is a change of the agent's Deployment, which belongs to whoever installs it",
    ],
    [
      kubernetesCluster?.provided && "kubernetesCluster.provided",
      { clusterDomain: args.clusterDomain },
      "whoever creates the KubernetesCluster decides on it",
    ],
    [address, { "relay.ingress": relay?.ingress }, "the address is either given or read"],
  ];
  return exclusions.flatMap(exclude);
}

/** True if any argument of a group is set. */
function isAnySet(group: object | undefined): boolean {
  return Object.values(group ?? {}).some(isSet);
}

/** Null, an empty value of a configuration, counts as not set. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

/** One problem for each argument that is set although `reason` gives it no meaning. */
function exclude([reason, excluded, cause]: Exclusion): Problem[] {
  if (!reason) return [];
  return Object.entries(excluded)
    .filter(([, value]) => isSet(value))
    .map(([argument]) => ({
      code: "GMR008",
      what: `[${argument}] cannot be set together with ${reason}`,
      where: `[${argument}]`,
      cause,
      next: `leave ${argument} out, or ${reason}`,
    }));
}
