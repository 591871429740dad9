import { copiesToken } from "../../glooMesh/modes";
import { describeOwner, isOurs, ownerOf } from "../../glooMesh/ownership";
import type { Finding } from "../findings/finding";
import { leftoverCertificate } from "./leftoverCertificate";
import type { RemoteExpectation, RemoteObjects } from "./remoteObjects";

/**
 * Finds what stands in the way under the names that the registration will use: GMR303 to GMR307 and GMR309, errors; and what an earlier
 * registration left: GMR311, a warning. `registered` says that the hub has the KubernetesCluster of this very registration.
 */
export function judgeRemoteObjects(found: RemoteObjects, expected: RemoteExpectation, registered = false): Finding[] {
  const namespace = judgeNamespace(found, expected);
  // What is in a namespace that is leaving, leaves too.
  if (namespace?.code === "GMR309") return [namespace];
  const foreign = foreignRelease(found, expected);
  const leftover = leftoverCertificate(found, expected, registered);
  return [
    ...(namespace ? [namespace] : []),
    ...foreignSecrets(found, expected),
    ...(foreign ? [foreign] : []),
    ...(leftover ? [leftover] : []),
  ];
}

/** All that there is to look at where the namespace and the Secrets are the hub's own: GMR305. */
export function judgeRelease(found: RemoteObjects, expected: RemoteExpectation): Finding[] {
  const foreign = foreignRelease(found, expected);
  return foreign ? [foreign] : [];
}

/** Objects of a registration are never to be removed by hand: Pulumi would still delete what then has their names. */
const leaveFirst =
  "destroy that registration first, in a run of its own; if it is this one under a former name, give that name as an alias";

function judgeNamespace({ where, namespace }: RemoteObjects, expected: RemoteExpectation): Finding | undefined {
  const { settings, ownership, createNamespace } = expected;
  const error = { where, severity: "error" as const };
  if (!namespace) {
    if (createNamespace) return undefined;
    return {
      ...error,
      code: "GMR306",
      what: `The namespace ${settings.namespace.name} does not exist`,
      cause: "[namespace.create: false] is given",
      next: "make the namespace first, or let the registration make it",
    };
  }
  if (namespace.metadata.deletionTimestamp !== undefined) {
    return {
      ...error,
      code: "GMR309",
      what: `The namespace ${settings.namespace.name} is being deleted`,
      cause: "an earlier destroy is not at its end, or a finalizer holds the namespace",
      next: `wait until it is gone: kubectl wait --for=delete namespace/${settings.namespace.name} --timeout=120s`,
    };
  }
  if (createNamespace && !isOurs(namespace, ownership)) {
    return {
      ...error,
      code: "GMR303",
      what: `The namespace ${settings.namespace.name} exists and was not made by this registration`,
      cause: describeOwner(namespace),
      next:
        ownerOf(namespace) === undefined
          ? "give [namespace.create: false] to use it as it is; it then stays on destroy"
          : leaveFirst,
    };
  }
  if (!createNamespace && isOurs(namespace, ownership)) {
    return {
      ...error,
      code: "GMR307",
      what: `The namespace ${settings.namespace.name} was made by this registration, which now gives it up`,
      where: `${where}, [namespace.create]`,
      cause: "Pulumi deletes what is no longer declared: the namespace would go, with the agent in it",
      next: "leave [namespace.create] as it was; to move the agent, destroy the registration and make it anew",
    };
  }
  return undefined;
}

function foreignSecrets({ where, root, token }: RemoteObjects, expected: RemoteExpectation): Finding[] {
  const { ownership, copyRoot } = expected;
  const { settings } = expected;
  const written = [
    ...(copyRoot ? [{ secret: root, place: settings.rootCertificate.secret }] : []),
    ...(copiesToken(expected) ? [{ secret: token, place: settings.token.secret }] : []),
  ];
  return written.flatMap(({ secret, place: { namespace, name } }): Finding[] => {
    if (!secret || isOurs(secret, ownership)) return [];
    return [
      {
        code: "GMR304",
        severity: "error",
        what: "A Secret under the name that the registration needs exists already",
        where: `${where}, Secret ${namespace}/${name}`,
        cause: `${describeOwner(secret)}; meshctl leaves such Secrets behind`,
        next:
          ownerOf(secret) === undefined
            ? `if it is a leftover: kubectl -n ${namespace} delete secret ${name}`
            : leaveFirst,
      },
    ];
  });
}

function foreignRelease(
  { where, release }: Pick<RemoteObjects, "where" | "release">,
  { settings, generation, ownership }: RemoteExpectation,
): Finding | undefined {
  if (!release || release.status === "uninstalled" || isOurs(release, ownership)) return undefined;
  return {
    code: "GMR305",
    severity: "error",
    what: `A Helm release ${generation.releaseName} exists already (revision ${release.revision}, ${release.status})`,
    where: `${where}, namespace ${settings.namespace.name}`,
    cause:
      release.owner === undefined
        ? "it was installed with helm or meshctl"
        : `it belongs to the registration ${release.owner}`,
    next:
      release.owner === undefined
        ? `remove it first: helm -n ${settings.namespace.name} uninstall ${generation.releaseName}`
        : leaveFirst,
  };
}
