import { copiesToken } from "../../glooMesh/modes";
import { describeOwner, isOurs, ownerOf } from "../../glooMesh/ownership";
import { helm, kubectl } from "../../kubernetes/commands";
import type { Finding } from "../findings/finding";
import { leftoverCertificate } from "./leftoverCertificate";
import type { RemoteExpectation, RemoteObjects } from "./remoteObjects";

/**
 * Finds objects of other owners under the names that the registration will use: GMR303 to GMR307 and GMR309, errors; and the client
 * certificate of an earlier registration: GMR311, a warning. `registered`: the KubernetesCluster of this registration exists.
 */
export function judgeRemoteObjects(found: RemoteObjects, expected: RemoteExpectation, registered = false): Finding[] {
  const namespace = judgeNamespace(found, expected);
  // A namespace that is being deleted takes its objects with it.
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

/** Checks the release alone, for a self-registration, whose namespace and Secrets belong to the management cluster: GMR305. */
export function judgeRelease(found: RemoteObjects, expected: RemoteExpectation): Finding[] {
  const foreign = foreignRelease(found, expected);
  return foreign ? [foreign] : [];
}

/** No advice to delete another registration's objects by hand: its stack would later delete what then has their names. */
const destroyFirst =
  "destroy that registration first, in a run of its own; if it is this one under a previous name, give that name as an alias";

function judgeNamespace({ where, access, namespace }: RemoteObjects, expected: RemoteExpectation): Finding | undefined {
  const { settings, ownership, createNamespace } = expected;
  const error = { where, severity: "error" as const };
  if (!namespace) {
    if (createNamespace) return undefined;
    return {
      ...error,
      code: "GMR306",
      what: `The namespace ${settings.namespace.name} does not exist`,
      cause: "[namespace.create: false] is given",
      next: `create it first: ${kubectl(access, undefined, "create", "namespace", settings.namespace.name)}; or leave [namespace.create] out`,
    };
  }
  if (namespace.metadata.deletionTimestamp !== undefined) {
    return {
      ...error,
      code: "GMR309",
      what: `The namespace ${settings.namespace.name} is being deleted`,
      cause: "an earlier destroy has not finished, or a finalizer blocks it",
      next: `wait until it is gone: ${kubectl(access, undefined, "wait", "--for=delete", `namespace/${settings.namespace.name}`, "--timeout=120s")}`,
    };
  }
  if (createNamespace && !isOurs(namespace, ownership)) {
    return {
      ...error,
      code: "GMR303",
      what: `The namespace ${settings.namespace.name} exists and was not created by this registration`,
      cause: describeOwner(namespace),
      next:
        ownerOf(namespace) === undefined
          ? "give [namespace.create: false] to use it as it is; it then stays on destroy"
          : destroyFirst,
    };
  }
  if (!createNamespace && isOurs(namespace, ownership)) {
    return {
      ...error,
      code: "GMR307",
      what: `The namespace ${settings.namespace.name} was created by this registration, which no longer declares it`,
      where: `${where}, [namespace.create]`,
      cause: "Pulumi deletes what is no longer declared: the namespace, with the agent in it",
      next: "leave [namespace.create] as it was; to move the agent, destroy the registration and create it again",
    };
  }
  return undefined;
}

function foreignSecrets({ where, access, root, token }: RemoteObjects, expected: RemoteExpectation): Finding[] {
  const { settings, ownership, copyRoot } = expected;
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
        what: "A Secret with the name that the registration needs exists already",
        where: `${where}, Secret ${namespace}/${name}`,
        cause: `${describeOwner(secret)}${ownerOf(secret) === undefined ? "; meshctl leaves such Secrets behind" : ""}`,
        next:
          ownerOf(secret) === undefined
            ? `if it is a leftover that nothing else manages, delete it: ${kubectl(access, namespace, "delete", "secret", name)}`
            : destroyFirst,
      },
    ];
  });
}

function foreignRelease(
  { where, access, release }: RemoteObjects,
  { settings, generation, ownership }: RemoteExpectation,
): Finding | undefined {
  if (!release || release.status === "uninstalled" || isOurs(release, ownership)) return undefined;
  return {
    code: "GMR305",
    severity: "error",
    what: `A Helm release ${generation.releaseName} exists already (revision ${release.revision}, ${release.status})`,
    where: `${where}, namespace ${settings.namespace.name}`,
    cause: release.owner === undefined ? "it was installed with helm or meshctl" : describeOwner(release),
    next:
      release.owner === undefined
        ? `if nothing else manages it, uninstall it first: ${helm(access, settings.namespace.name, "uninstall", generation.releaseName)}`
        : destroyFirst,
  };
}
