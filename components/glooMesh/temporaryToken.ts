import type { Secret } from "../kubernetes/objects";
import { isOurs, lentAnnotation, type Ownership } from "./ownership";

/** Whether a Secret is the temporary bootstrap token of this registration; a retained token is a declared resource, and is not. */
export function isTemporaryToken(secret: Secret | undefined, ownership: Ownership): boolean {
  const isTemporary = secret?.metadata.annotations?.[lentAnnotation] === "true";
  return secret !== undefined && isTemporary && isOurs(secret, ownership) && !isDeclared(secret);
}

/**
 * True for a temporary token of a failed run that has been retained since: Pulumi's Kubernetes provider took the Secret over with its annotation.
 * The provider writes as the field manager `pulumi-kubernetes-…`.
 */
function isDeclared({ metadata }: Secret): boolean {
  return (metadata.managedFields ?? []).some(({ manager }) => manager?.startsWith("pulumi-kubernetes"));
}
