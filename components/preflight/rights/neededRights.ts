import type { Generation } from "../../glooMesh/generation";
import type { SecretPlace } from "../../kubernetes/objects";

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

/** The arguments that decide the rights on the management cluster. */
export interface ManagementUse {
  readonly managementNamespace: string;
  /** The Secret with the root CA, if it is read. */
  readonly rootSource: SecretPlace | undefined;
  /** The Secret with the token, if it is copied, temporary or retained. */
  readonly tokenSource: SecretPlace | undefined;
  /** The address is read from the relay server's Service. */
  readonly readsAddress: boolean;
  /** The ingress gateway, if the address is read from its Service and the nodes instead. */
  readonly ingress?: { readonly namespace: string; readonly service: string } | undefined;
  /** The version is read from the relay server's Deployment. */
  readonly readsVersion: boolean;
  /**
   * Service and port of the relay server's metrics for the API server's proxy, such as `enterprise-networking:9091`; undefined unless the
   * proof reads the relay server's count of agents.
   */
  readonly metricsProxy: string | undefined;
}

/** The arguments that decide the rights on the remote cluster. */
export interface RemoteUse {
  readonly namespace: string;
  readonly createNamespace: boolean;
  /** A namespace that someone else created gets the label against Istio's sidecars. */
  readonly labelNamespace: boolean;
  readonly skipCrds: boolean;
  /** The Secrets of the registration. Those in the agent's namespace need no rights of their own. */
  readonly secrets: {
    readonly root: SecretPlace;
    readonly token: SecretPlace;
    readonly client: SecretPlace;
  };
  /** The root CA is copied; otherwise its Secret is read at most. */
  readonly copyRoot: boolean;
  readonly token: "temporary" | "retained" | "provided" | "none";
  readonly certificate: "issued" | "provided" | "none";
}

/** Pulumi's Kubernetes provider uses server-side apply (patch, which may create), reads, and watches what it deletes until it is gone. */
const declared = ["get", "list", "watch", "create", "patch", "delete"];
/** Helm reads, creates, patches and deletes the objects of a chart; it does not wait here (`skipAwait`), so it needs no watch. */
const byHelm = ["get", "create", "patch", "delete"];

/** To create a role, and to bind it, without holding the rights in it. */
export const grantVerbs: readonly string[] = ["escalate", "bind"];

/** The rights that a registration needs on the management cluster. */
export function managementRights(use: ManagementUse, generation: Generation): NeededRight[] {
  const { kubernetesCluster, relayServer } = generation;
  const { managementNamespace: namespace, rootSource, tokenSource, ingress, metricsProxy } = use;
  return merged([
    // The cluster's identity.
    { apiGroup: "", resource: "namespaces", verbs: ["get"], resourceName: "kube-system" },
    // Root CA and token, one key of each.
    ...[rootSource, tokenSource].flatMap((source) => (source ? [namedSecret(source, ["get"])] : [])),
    // The registered name; the list finds the same cluster under another name.
    { apiGroup: kubernetesCluster.group, resource: kubernetesCluster.plural, verbs: declared, namespace },
    // Address and version, unless given as arguments.
    ...(use.readsAddress ? [{ ...core("services"), verbs: ["get"], namespace, resourceName: relayServer.name }] : []),
    ...(ingress
      ? [
          { ...core("services"), verbs: ["get"], namespace: ingress.namespace, resourceName: ingress.service },
          { ...core("nodes"), verbs: ["list"] },
        ]
      : []),
    ...(use.readsVersion
      ? [{ apiGroup: "apps", resource: "deployments", verbs: ["get"], namespace, resourceName: relayServer.name }]
      : []),
    // The relay server's count of connected agents, among its metrics.
    ...(metricsProxy === undefined
      ? []
      : [{ ...core("services"), subresource: "proxy", verbs: ["get"], namespace, resourceName: metricsProxy }]),
  ]);
}

/**
 * The rights that a registration needs on the remote cluster. For the chart's ClusterRole and its binding Kubernetes requires a user who
 * holds the rights in it, or `escalate` and `bind`. Its content is not public, so this lists the latter.
 */
export function remoteRights(use: RemoteUse): NeededRight[] {
  const { namespace } = use;
  const inNamespace = (right: Omit<NeededRight, "namespace">): NeededRight => ({ ...right, namespace });
  return merged([
    // The cluster's identity.
    { apiGroup: "", resource: "namespaces", verbs: ["get"], resourceName: "kube-system" },
    ...namespaceRights(use),
    // Root CA, token and client certificate; and the revisions of the Helm release, which Helm lists, writes, updates and deletes and the
    // preparation marks.
    inNamespace({ ...core("secrets"), verbs: ["get", "list", "watch", "create", "update", "patch", "delete"] }),
    ...secretsElsewhere(use),
    // The proof: the agent is available.
    inNamespace({ apiGroup: "apps", resource: "deployments", verbs: ["get", "list", "watch"] }),
    // The cause of a wait, and the restart of an agent that has to bootstrap again.
    inNamespace({ ...core("pods"), verbs: ["get", "list", "delete"] }),
    inNamespace({ ...core("pods"), subresource: "log", verbs: ["get"] }),
    // The pods of the newest revision, the only ones that are restarted.
    inNamespace({ apiGroup: "apps", resource: "replicasets", verbs: ["list"] }),
    // The chart. The vendor chooses the names of its objects, so no name narrows these.
    inNamespace({ apiGroup: "apps", resource: "deployments", verbs: byHelm }),
    inNamespace({ ...core("serviceaccounts"), verbs: byHelm }),
    inNamespace({ ...core("services"), verbs: byHelm }),
    { apiGroup: "rbac.authorization.k8s.io", resource: "clusterroles", verbs: [...byHelm, ...grantVerbs] },
    { apiGroup: "rbac.authorization.k8s.io", resource: "clusterrolebindings", verbs: byHelm },
    // Helm creates the CRDs of a chart and waits for them; it never changes or deletes them.
    ...(use.skipCrds
      ? []
      : [{ apiGroup: "apiextensions.k8s.io", resource: "customresourcedefinitions", verbs: ["get", "create"] }]),
  ]);
}

function namespaceRights({ namespace, createNamespace, labelNamespace }: RemoteUse): NeededRight[] {
  const named = { ...core("namespaces"), resourceName: namespace };
  if (createNamespace) {
    return [
      { ...named, verbs: ["get", "patch", "delete"] },
      { ...core("namespaces"), verbs: ["create", "list", "watch"] },
    ];
  }
  return [{ ...named, verbs: labelNamespace ? ["get", "patch"] : ["get"] }];
}

/** Secrets that the arguments place in another namespace than the agent's. */
function secretsElsewhere({ namespace, secrets, copyRoot, token, certificate }: RemoteUse): NeededRight[] {
  const rights = [
    certificate === "issued" ? secretRights(secrets.root, copyRoot ? declared : ["get"]) : [],
    // A temporary token is written and removed by this component, a retained one declared.
    token === "none"
      ? []
      : secretRights(
          secrets.token,
          { temporary: ["get", "create", "update", "delete"], retained: declared, provided: ["get"] }[token],
        ),
    // Written by the agent, awaited by the proof, removed when it is bad or on deregistration.
    certificate === "none"
      ? []
      : secretRights(secrets.client, ["get", "list", "watch", ...(certificate === "issued" ? ["delete"] : [])]),
  ];
  return rights.flat().filter((right) => right.namespace !== namespace);
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
