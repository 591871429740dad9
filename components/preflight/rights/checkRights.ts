import { limiter } from "../../base/async";
import type { KubernetesClient } from "../../kubernetes/client";
import { kubectl } from "../../kubernetes/commands";
import { unlessRefused } from "../../kubernetes/errors";
import type { Finding } from "../findings/finding";
import { grantVerbs, type NeededRight, namelessVerbs } from "./neededRights";
import { roleManifest } from "./roleManifest";

/**
 * Asks the API server whether the kubeconfig's user has the rights that the run needs: GMR116, an error. A SelfSubjectAccessReview is a POST,
 * but stores nothing. One question recognizes an administrator; for other users each verb is a question.
 *
 * If the API server does not answer such a question, nothing is found: a missing right then shows when it is needed.
 * `report` gets YAML that grants the missing rights, to be logged beside the finding.
 */
export async function checkRights(
  client: KubernetesClient,
  needs: readonly NeededRight[],
  report: (manifest: string) => void,
  namespaceToMake?: string,
): Promise<Finding | undefined> {
  const everything = await ask(client, { group: "*", resource: "*", verb: "*" });
  if (everything !== false) return undefined;

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
  if (missing.length === 0) return undefined;
  // Names the cluster, since the manifests of two clusters may follow each other; each is a YAML document.
  const heading = `---\n# For ${client.where}: to be applied there by an administrator.\n`;
  report(`${heading}${roleManifest(missing, client.access, namespaceToMake)}`);
  const verbs = missing.flatMap((right) => right.verbs);
  const isToGrant = (verb: string) => grantVerbs.includes(verb);
  // A user who holds all the rights in the chart's ClusterRole needs neither verb, and their content is unknown here: no reason to stop.
  const mayDo = verbs.every(isToGrant);
  const hint = verbs.some(isToGrant)
    ? `; ${grantVerbs.join(" and ")} are for the ClusterRole of the agent's chart: a user who holds all the rights in it needs neither`
    : "";
  return {
    code: "GMR116",
    severity: mayDo ? "warning" : "error",
    what: `Rights ${mayDo ? "may be" : "are"} missing: ${missing.map(describeRight).join("; ")}`,
    where: client.where,
    cause: `the API server says that the kubeconfig's user may not do this, and the run needs it${hint}`,
    next: `let an administrator of the cluster apply the Role that is logged beside this message and bind it to the user of: ${kubectl(client.access, undefined, "auth", "whoami")}`,
  };
}

/** Concurrent reviews. */
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

/** The attributes that the API server derives from the request itself. */
function attributesOf(right: NeededRight, verb: string): Attributes {
  const { apiGroup: group, resource, subresource } = right;
  const name = namelessVerbs.has(verb) ? undefined : right.resourceName;
  // A request for a namespace counts as one in that namespace, so that a Role in it can grant it.
  const namespace = resource === "namespaces" ? name : right.namespace;
  return { group, resource, subresource, verb, namespace, name };
}

/** Whether the user has the right; undefined without an answer. */
async function ask(client: KubernetesClient, resourceAttributes: Attributes): Promise<boolean | undefined> {
  const body = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes },
  };
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const review = await unlessRefused(
    client.request<{ status?: { allowed?: unknown } }>("POST", path, { body, isRead: true }),
  );
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
