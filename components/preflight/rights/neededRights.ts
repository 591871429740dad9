import type { Generation } from "../../glooMesh/generation";
import { copiesToken, readsRoot } from "../../glooMesh/modes";
import type { SecretPlace } from "../../kubernetes/objects";
import { type UsedSecret, usedSecrets } from "../remote/usedSecrets";
import type { PreflightRequest } from "../request";

/** Verbs on one kind of objects, in one namespace or in all. */
export interface NeededRight {
  /** Empty for the core group. */
  readonly apiGroup: string;
  /** Plural. */
  readonly resource: string;
  readonly subresource?: string;
  readonly verbs: readonly string[];
  /** Undefined: cluster-wide. */
  readonly namespace?: string;
  /** Undefined: objects of any name. `create`, `list` and `watch` name no object, so a name does not narrow them. */
  readonly resourceName?: string;
}

/** Pulumi's Kubernetes provider uses server-side apply (patch, which may create), reads, and watches what it deletes until it is gone. */
const declared = ["get", "list", "watch", "create", "patch", "delete"];
/** Helm reads, creates, patches and deletes the objects of a chart; it does not wait here (`skipAwait`), so it needs no watch. */
const byHelm = ["get", "create", "patch", "delete"];

/** To create a role, and to bind it, without holding the rights in it. */
export const grantVerbs: readonly string[] = ["escalate", "bind"];

/** The rights that a registration needs on the management cluster. */
export function managementRights({ settings, generation, modes, connected }: PreflightRequest): NeededRight[] {
  const { kubernetesCluster, relayServer } = generation;
  const { managementNamespace: namespace, rootCertificate, token, relay, agent, telemetry } = settings;
  const gateway = telemetry?.endpoint === "discover" ? generation.telemetry?.gateway : undefined;
  const ofServer = (resourceName = relayServer.name) => ({ namespace, verbs: ["get"], resourceName });
  return merged([
    // The cluster's identity.
    { ...core("namespaces"), verbs: ["get"], resourceName: "kube-system" },
    // Root CA and token, one key of each.
    ...(readsRoot(modes) ? [namedSecret(rootCertificate.source, ["get"])] : []),
    ...(copiesToken(modes) ? [namedSecret(token.source, ["get"])] : []),
    // The registered name; the list finds the same cluster under another name.
    {
      apiGroup: kubernetesCluster.group,
      resource: kubernetesCluster.plural,
      verbs: modes.createKubernetesCluster ? declared : ["get", "list"],
      namespace,
    },
    // Address and version, unless given as arguments.
    ...(relay.serverAddress === undefined ? addressRights(relay.ingress, { ...core("services"), ...ofServer() }) : []),
    ...(agent.version === undefined && modes.installAgent
      ? [{ apiGroup: "apps", resource: "deployments", ...ofServer() }]
      : []),
    // The endpoint of the telemetry collector.
    ...(gateway ? [{ ...core("services"), ...ofServer(gateway.service) }] : []),
    // The relay server's count of connected agents, among its metrics, through the API server's proxy.
    ...(connected ? metricsRights(generation, namespace) : []),
  ]);
}

/** The metrics of the Service, or those of every pod, whose names nobody knows before. */
function metricsRights({ relayServer }: Generation, namespace: string): NeededRight[] {
  const { name, metricsPort, metricsByService } = relayServer;
  const proxy = { subresource: "proxy", verbs: ["get"], namespace };
  if (metricsByService) return [{ ...core("services"), ...proxy, resourceName: `${name}:${metricsPort}` }];
  return [
    { ...core("pods"), verbs: ["list"], namespace },
    { ...core("pods"), ...proxy },
  ];
}

/** The address is read from the relay server's Service, or from the ingress gateway's and the nodes. */
function addressRights(ingress: Generation["ingress"] | undefined, relayService: NeededRight): NeededRight[] {
  if (!ingress) return [relayService];
  const { namespace, service } = ingress;
  return [
    { ...core("services"), verbs: ["get"], namespace, resourceName: service },
    { ...core("nodes"), verbs: ["list"] },
  ];
}

/**
 * The rights that a registration needs on the remote cluster. For the chart's ClusterRole and its binding Kubernetes requires a user who
 * holds the rights in it, or `escalate` and `bind`. Its content is not public, so this lists the latter.
 */
export function remoteRights(request: PreflightRequest): NeededRight[] {
  const namespace = request.settings.namespace.name;
  const inNamespace = (right: Omit<NeededRight, "namespace">): NeededRight => ({ ...right, namespace });
  return merged([
    // The cluster's identity.
    { ...core("namespaces"), verbs: ["get"], resourceName: "kube-system" },
    ...namespaceRights(request),
    // Root CA, token and client certificate; and the revisions of the Helm release, which Helm lists, writes, updates and deletes and the
    // preparation marks.
    inNamespace({ ...core("secrets"), verbs: ["get", "list", "watch", "create", "update", "patch", "delete"] }),
    ...secretsElsewhere(request),
    // The proof: the agent is available.
    inNamespace({ apiGroup: "apps", resource: "deployments", verbs: ["get", "list", "watch"] }),
    // The cause of a wait, and the restart of an agent that has to bootstrap again.
    inNamespace({ ...core("pods"), verbs: ["get", "list", "delete"] }),
    inNamespace({ ...core("pods"), subresource: "log", verbs: ["get"] }),
    // The pods of the newest revision, the only ones that are restarted.
    inNamespace({ apiGroup: "apps", resource: "replicasets", verbs: ["list"] }),
    ...(request.modes.installAgent ? chartRights(request, inNamespace) : []),
  ]);
}

/** For the chart. The vendor chooses the names of its objects, so no name narrows these. */
function chartRights(
  request: PreflightRequest,
  inNamespace: (right: Omit<NeededRight, "namespace">) => NeededRight,
): NeededRight[] {
  return [
    inNamespace({ apiGroup: "apps", resource: "deployments", verbs: byHelm }),
    inNamespace({ ...core("serviceaccounts"), verbs: byHelm }),
    inNamespace({ ...core("services"), verbs: byHelm }),
    { apiGroup: "rbac.authorization.k8s.io", resource: "clusterroles", verbs: [...byHelm, ...grantVerbs] },
    { apiGroup: "rbac.authorization.k8s.io", resource: "clusterrolebindings", verbs: byHelm },
    ...crdRights(request),
  ];
}

function crdRights({ settings, generation, modes }: PreflightRequest): NeededRight[] {
  const crds = { apiGroup: "apiextensions.k8s.io", resource: "customresourcedefinitions" };
  // As templates of a chart, which Helm changes; the list shows whose they are.
  if (modes.installCrds) return [{ ...crds, verbs: ["get", "list", "create", "patch"] }];
  // Helm creates the CRDs of a folder `crds` and waits for them; it never changes or deletes them.
  return generation.crds || settings.agent.skipCrds ? [] : [{ ...crds, verbs: ["get", "create"] }];
}

function namespaceRights({ settings, modes }: PreflightRequest): NeededRight[] {
  const named = { ...core("namespaces"), resourceName: settings.namespace.name };
  if (modes.createNamespace) {
    return [
      { ...named, verbs: ["get", "patch", "delete"] },
      { ...core("namespaces"), verbs: ["create", "list", "watch"] },
    ];
  }
  // With `disableIstioInjection`, a namespace that someone else created gets the label against Istio's sidecars.
  return [{ ...named, verbs: modes.disableIstioInjection ? ["get", "patch"] : ["get"] }];
}

/** Secrets that the arguments place in another namespace than the agent's, whose rights cover those in it. */
function secretsElsewhere(request: PreflightRequest): NeededRight[] {
  return usedSecrets(request)
    .filter(({ namespace }) => namespace !== request.settings.namespace.name)
    .flatMap((used) => secretRights(used, verbsOn(used)));
}

function verbsOn({ kind, origin }: UsedSecret): readonly string[] {
  if (origin === "declared") return declared;
  // Written and removed by this component.
  if (origin === "temporary") return ["get", "create", "update", "delete"];
  // Awaited by the proof; one of the agent is removed when it is bad or on deregistration.
  if (kind === "certificate") return ["get", "list", "watch", ...(origin === "agent" ? ["delete"] : [])];
  return ["get"];
}

/** Narrows the verbs on the object itself to its name; the others cannot be narrowed. */
function secretRights(place: SecretPlace, verbs: readonly string[]): NeededRight[] {
  const wide = verbs.filter((verb) => namelessVerbs.has(verb));
  const narrow = verbs.filter((verb) => !namelessVerbs.has(verb));
  return [
    namedSecret(place, narrow),
    ...(wide.length === 0 ? [] : [{ ...core("secrets"), verbs: wide, namespace: place.namespace }]),
  ];
}

/** The verbs whose request names no object. */
export const namelessVerbs: ReadonlySet<string> = new Set(["create", "list", "watch"]);

function namedSecret({ name, namespace }: SecretPlace, verbs: readonly string[]): NeededRight {
  return { ...core("secrets"), verbs, namespace, resourceName: name };
}

function core(resource: string): Pick<NeededRight, "apiGroup" | "resource"> {
  return { apiGroup: "", resource };
}

/** Joins the verbs of rights on the same objects, in the order of their first occurrence. */
function merged(rights: readonly NeededRight[]): NeededRight[] {
  const byObjects = new Map<string, NeededRight>();
  for (const right of rights) {
    const { apiGroup, resource, subresource, namespace, resourceName } = right;
    const key = JSON.stringify([apiGroup, resource, subresource, namespace, resourceName]);
    const verbs = [...new Set([...(byObjects.get(key)?.verbs ?? []), ...right.verbs])];
    byObjects.set(key, { ...right, verbs });
  }
  return [...byObjects.values()];
}
