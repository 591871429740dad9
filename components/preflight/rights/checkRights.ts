import { limiter } from "../../base/async";
import type { KubernetesClient } from "../../kubernetes/client";
import { unlessRefused } from "../../kubernetes/errors";
import type { Finding } from "../findings/finding";
import { grantOfOthers, type NeededRight, namelessVerbs } from "./neededRights";
import { roleManifest } from "./roleManifest";

export interface RightsAnswer {
  /** At most one, GMR116. */
  readonly findings: readonly Finding[];
  /** The needed rights that the user has not, with only the verbs that are missing. */
  readonly missing: readonly NeededRight[];
  /** YAML that grants them, to be told beside the finding; undefined when nothing is missing. */
  readonly manifest: string | undefined;
}

/**
 * Asks the API server whether the kubeconfig's user may do what the run will need: GMR116, an error. A SelfSubjectAccessReview is a POST,
 * but stores nothing. An administrator is known by one question; for others each verb is asked by itself.
 *
 * Where the API server does not answer such a question nothing is found: what is missing then shows when it is needed.
 */
export async function checkRights(
  client: KubernetesClient,
  needs: readonly NeededRight[],
  options: {
    /** The user, as the commands of the manifest are to name it. */
    readonly user?: string;
    /** The namespace that the run is to make, where it does. */
    readonly namespaceToMake?: string | undefined;
  } = {},
): Promise<RightsAnswer> {
  const everything = await ask(client, { group: "*", resource: "*", verb: "*" });
  if (everything !== false) return { findings: [], missing: [], manifest: undefined };

  const questions = needs.flatMap((right) => right.verbs.map((verb) => ({ right, verb })));
  const limit = limiter(atOnce);
  const answers = await Promise.all(
    questions.map(({ right, verb }) => limit(() => ask(client, attributesOf(right, verb)))),
  );
  const missing = needs
    .map((right) => ({
      ...right,
      verbs: questions.flatMap((one, index) => (one.right === right && answers[index] === false ? [one.verb] : [])),
    }))
    .filter(({ verbs }) => verbs.length > 0);
  if (missing.length === 0) return { findings: [], missing, manifest: undefined };
  // A user who holds all the rights in the chart's ClusterRole needs neither, and nobody can tell from here: no reason to stop.
  const mayDo = missing.every(({ verbs }) => verbs.every((verb) => grantOfOthers.includes(verb)));
  const finding: Finding = {
    code: "GMR116",
    severity: mayDo ? "warning" : "error",
    what: `Rights ${mayDo ? "may be" : "are"} missing: ${missing.map(describeRight).join("; ")}`,
    where: client.where,
    cause: `the API server says that the kubeconfig's user may not do this, and the run will need it${grantHint(missing)}`,
    next: "let an administrator of the cluster apply the Role that is told beside this message and bind it to the user (kubectl auth whoami)",
  };
  return { findings: [finding], missing, manifest: `${placeOf(client)}${roleManifest(missing, options)}` };
}

/** Two clusters may be told one after the other: each manifest says for which it is, and is a document of its own. */
function placeOf({ where }: KubernetesClient): string {
  return `---\n# For ${where}: an administrator applies it there.\n`;
}

/** Who holds all rights in the chart's ClusterRole needs no right to grant them; which these are, is not known here. */
function grantHint(missing: readonly NeededRight[]): string {
  const verbs = new Set(missing.flatMap((right) => right.verbs));
  if (!grantOfOthers.some((verb) => verbs.has(verb))) return "";
  return `; ${grantOfOthers.join(" and ")} are for the ClusterRole of the agent's chart: a user who holds all the rights in it can do without`;
}

/** Reviews that are under way at one time. */
const atOnce = 8;

/** ResourceAttributes of authorization.k8s.io/v1. */
interface Attributes {
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly verb: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/** The attributes that the API server would make of the request itself. */
function attributesOf(right: NeededRight, verb: string): Attributes {
  const { apiGroup: group, resource, subresource } = right;
  const name = namelessVerbs.has(verb) ? undefined : right.resourceName;
  // A request for a namespace counts as one in that namespace, so that a Role in it can grant it.
  const namespace = resource === "namespaces" ? name : right.namespace;
  return { group, resource, subresource, verb, namespace, name };
}

/** Undefined where there is no answer. */
async function ask(client: KubernetesClient, resourceAttributes: Attributes): Promise<boolean | undefined> {
  const body = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes },
  };
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const review = await unlessRefused(client.request<{ status?: { allowed?: unknown } }>("POST", path, { body }));
  const allowed = review?.status?.allowed;
  return typeof allowed === "boolean" ? allowed : undefined;
}

/** Such as `create, patch secrets in gloo-mesh` and `get namespaces "kube-system"`. */
function describeRight({ apiGroup, resource, subresource, verbs, namespace, resourceName }: NeededRight): string {
  const kind = `${resource}${apiGroup === "" ? "" : `.${apiGroup}`}${subresource === undefined ? "" : `/${subresource}`}`;
  return [
    verbs.join(", "),
    kind,
    ...(resourceName === undefined ? [] : [`"${resourceName}"`]),
    ...(namespace === undefined ? [] : [`in ${namespace}`]),
  ].join(" ");
}
