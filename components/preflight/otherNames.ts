import type { Generation } from "../generation";
import type { KubernetesClient } from "../kubernetes/client";
import { unlessRefused } from "../kubernetes/errors";
import type { KubernetesObject, ObjectList } from "../kubernetes/objects";
import { clusterIdentityAnnotation, describeOwner, isOurs, type Ownership, ownerOf } from "../ownership";
import type { Finding } from "./finding";

/** What is asked about the names on the hub. */
export interface NamesQuestion {
  readonly managementNamespace: string;
  readonly clusterName: string;
  /** Identity of the cluster to register. */
  readonly remoteIdentity: string;
  readonly ownership: Ownership;
  /** Marks of all registrations that the program declares in this run. */
  readonly declaredMarks: ReadonlySet<string>;
}

/** A name on the hub, and the mark of the registration that it belongs to. */
export interface RegisteredName {
  readonly name: string;
  readonly mark: string;
}

export interface OtherNames {
  readonly findings: readonly Finding[];
  /** Names that this registration has on the hub beside the one that it wants: those it leaves. */
  readonly formerNames: readonly string[];
  /** Names of the same project and stack whose registration is not declared any more. */
  readonly leaving: readonly RegisteredName[];
}

/**
 * Looks through the other names on the hub. One cluster under two names makes Gloo Mesh configure it twice (solo-io/gloo-mesh#807): GMR213.
 * Its identity is known for what this component has registered; names that others have registered say nothing about theirs.
 */
export async function findOtherNames(
  client: KubernetesClient,
  question: NamesQuestion,
  { kubernetesCluster: { group, version, plural } }: Pick<Generation, "kubernetesCluster">,
): Promise<OtherNames> {
  const { managementNamespace, clusterName, remoteIdentity, ownership, declaredMarks } = question;
  const path = `/apis/${group}/${version}/namespaces/${managementNamespace}/${plural}`;
  // A kind that is not known is GMR207's business, a missing right GMR116's.
  const list = await unlessRefused(client.request<ObjectList<KubernetesObject>>("GET", path));
  const others = (list?.items ?? []).filter(({ metadata }) => metadata.name !== clusterName);
  const doubles = others.filter(
    (other) => !isOurs(other, ownership) && other.metadata.annotations?.[clusterIdentityAnnotation] === remoteIdentity,
  );
  return {
    findings: doubles.map((other) => registeredTwice(client, other, question)),
    formerNames: others.filter((other) => isOurs(other, ownership)).map(({ metadata }) => metadata.name),
    leaving: others.flatMap((other) => {
      const mark = ownerOf(other);
      const isLeaving =
        mark !== undefined &&
        stackOf(mark) === stackOf(ownership.mark) &&
        !declaredMarks.has(mark) &&
        !isOurs(other, ownership);
      return isLeaving ? [{ name: other.metadata.name, mark }] : [];
    }),
  };
}

function registeredTwice(client: KubernetesClient, other: KubernetesObject, question: NamesQuestion): Finding {
  const { name } = other.metadata;
  return {
    code: "GMR213",
    severity: "error",
    what: `The cluster to register as ${question.clusterName} is registered as ${name} already`,
    where: `${client.where}, KubernetesCluster ${question.managementNamespace}/${name}`,
    cause: `${describeOwner(other)}, for the same cluster (kube-system UID ${question.remoteIdentity})`,
    next: "destroy that registration first, in a run of its own; if it is this one under a former name, give that name as an alias",
  };
}

/** Project and stack of a mark `<project>/<stack>/<name>`; the name may hold slashes. */
function stackOf(mark: string): string {
  return mark.split("/").slice(0, 2).join("/");
}
