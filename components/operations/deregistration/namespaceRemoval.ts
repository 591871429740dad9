import { formatProblem, problemsOf, RegistrationError } from "../../base/problems";
import { someOf } from "../../base/text";
import { type GenerationName, generationOf } from "../../glooMesh/generation";
import { describeOwner, isOurs, type KeptMarks, ownershipOf } from "../../glooMesh/ownership";
import type { FoundObject } from "../../kubernetes/apiKinds";
import type { KubernetesClient } from "../../kubernetes/client";
import { kubectl } from "../../kubernetes/commands";
import { goesWithAnother, listCustomResources } from "../../kubernetes/customResources";
import { removeIf } from "../../kubernetes/guardedWrites";
import { isOfTheCluster, listContents } from "../../kubernetes/namespaceContents";
import { type KubernetesObject, paths } from "../../kubernetes/objects";
import type { Condition } from "../../kubernetes/workloads";
import { interruptionSignal } from "../shared/interruption";
import { report } from "../shared/report";
import { followUntil, Troubles } from "../shared/waiting";

interface OwnNamespace extends KeptMarks {
  readonly namespace: string;
  readonly generation?: GenerationName;
  /** A Helm release of this registration that stays installed without its records. */
  readonly goesWithIt?: string | undefined;
}

/**
 * Removes the namespace that a registration created, unless it holds objects of someone else, which would be deleted with it. Reports a namespace
 * that is kept with GMR603. Throws GMR309 when it is not gone in time.
 *
 * An object that somebody creates between the check and the delete is lost; Kubernetes has no "delete if empty".
 */
export async function removeNamespace(client: KubernetesClient, own: OwnNamespace): Promise<void> {
  const { namespace } = own;
  let reason: string | undefined;
  let isOwn = false;
  const isMeant = async (found: NamespaceObject) => {
    if (found.metadata.deletionTimestamp !== undefined) return false;
    isOwn = isOurs(found, ownershipOf(own));
    reason = isOwn ? await reasonToKeep(client, own) : describeOwner(found);
    return reason === undefined;
  };
  await removeIf(client, paths.namespace(namespace), isMeant, { signal: interruptionSignal() });
  if (reason !== undefined) reportKept(client, namespace, reason, isOwn);
  else await untilGone(client, namespace);
}

interface NamespaceObject extends KubernetesObject {
  readonly spec?: { readonly finalizers?: readonly string[] };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

async function reasonToKeep(client: KubernetesClient, own: OwnNamespace): Promise<string | undefined> {
  try {
    const [contents, customResources] = await Promise.all([
      foreignContents(client, own),
      foreignCustomResources(client, own),
    ]);
    return contents ?? customResources;
  } catch (error) {
    const missing = problemsOf(error)?.find(({ code }) => code === "GMR116");
    if (!missing) throw error;
    return `its contents cannot be listed: ${missing.what}`;
  }
}

async function foreignContents(client: KubernetesClient, own: OwnNamespace): Promise<string | undefined> {
  const contents = await listContents(client, own.namespace, interruptionSignal());
  const isOwn = (object: FoundObject) => isOurs(object, ownershipOf(own)) || isRecordOf(object, own.goesWithIt);
  return holding(contents.filter((object) => !isOwn(object) && !isOfTheCluster(object)));
}

/** Whether an object is the record of a revision of this Helm release. */
function isRecordOf({ kind, metadata: { labels = {} } }: FoundObject, releaseName: string | undefined): boolean {
  return kind === "Secret" && releaseName !== undefined && labels["owner"] === "helm" && labels["name"] === releaseName;
}

async function foreignCustomResources(client: KubernetesClient, own: OwnNamespace): Promise<string | undefined> {
  const ignored = generationOf(own.generation).customGroups;
  const { objects, unread } = await listCustomResources(client, own.namespace, ignored, interruptionSignal());
  const foreign = holding(objects.filter((object) => !isOurs(object, ownershipOf(own)) && !goesWithAnother(object)));
  return foreign ?? (unread.length === 0 ? undefined : `its custom resources cannot be listed: ${someOf(unread, 5)}`);
}

function holding(foreign: readonly FoundObject[]): string | undefined {
  if (foreign.length === 0) return undefined;
  const names = foreign.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  return `it holds objects that someone else created: ${someOf(names, 5)}`;
}

function reportKept(client: KubernetesClient, namespace: string, cause: string, isOwn: boolean): void {
  const line = formatProblem({
    code: "GMR603",
    what: `The namespace ${namespace} is kept`,
    where: client.where,
    cause,
    next: isOwn
      ? `when nobody needs its contents any more: ${kubectl(client.access, undefined, "delete", "namespace", namespace)}`
      : "nothing to do: whoever owns it removes it",
  });
  report(`warning: ${line}`);
}

/** Limit of the wait until a deleted namespace is gone. */
const limitSeconds = 60;

async function untilGone(client: KubernetesClient, namespace: string): Promise<void> {
  const interruption = interruptionSignal();
  const limit = AbortSignal.timeout(limitSeconds * 1000);
  let last: NamespaceObject | undefined;
  const isGone = (object: NamespaceObject | undefined) => {
    last = object;
    return object === undefined ? true : undefined;
  };
  try {
    const wait = { client, signal: AbortSignal.any([interruption, limit]), troubles: new Troubles() };
    await followUntil(wait, paths.namespaces, namespace, isGone);
  } catch (error) {
    if (interruption.aborted || !limit.aborted) throw error;
    throw new RegistrationError({
      code: "GMR309",
      what: `The namespace ${namespace} is still being deleted after ${limitSeconds} s`,
      where: client.where,
      cause: whatHolds(last),
      next: `see what holds it: ${kubectl(client.access, undefined, "get", "namespace", namespace, "-o", "yaml")}; then run it again`,
    });
  }
}

/** What keeps the namespace, by the conditions that the namespace controller writes into its status, and by its finalizers. */
function whatHolds(namespace: NamespaceObject | undefined): string {
  const conditions = (namespace?.status?.conditions ?? []).filter(({ status }) => status === "True");
  const holders = conditions.map(({ type, message }) => message || type);
  const finalizers = (namespace?.spec?.finalizers ?? []).filter((one) => one !== "kubernetes");
  if (finalizers.length > 0) holders.push(`finalizers ${finalizers.join(", ")}`);
  return holders.join("; ") || "the cluster's namespace controller has not processed it yet";
}
