import type { Problem } from "../base/problems";
import type { ClusterAccess } from "../kubernetes/access";
import { kubectl } from "../kubernetes/commands";
import { managerOf } from "../kubernetes/objectManager";
import type { Secret, SecretPlace } from "../kubernetes/objects";
import { describeOwner, ownerOf, wayOut } from "./ownership";

const argumentToUse = { root: "[rootCertificate.provided: true]", token: '[identity: "provided-token"]' } as const;

/** The problem of someone else's Secret under a name that the registration writes: GMR304. */
export function foreignSecretProblem(
  secret: Secret,
  kind: keyof typeof argumentToUse,
  { namespace, name }: SecretPlace,
  { where, access }: { readonly where: string; readonly access: ClusterAccess },
): Problem {
  const cause = describeOwner(secret);
  const isManaged = ownerOf(secret) !== undefined || managerOf(secret) !== undefined;
  return {
    code: "GMR304",
    what: "A Secret with the name that the registration needs exists already",
    where: `${where}, Secret ${namespace}/${name}`,
    cause: isManaged ? cause : `${cause}; meshctl leaves such Secrets behind`,
    next: wayOut(secret, {
      instead: `to use it as it is, give ${argumentToUse[kind]}`,
      removal: `delete it: ${kubectl(access, namespace, "delete", "secret", name)}`,
    }),
  };
}
