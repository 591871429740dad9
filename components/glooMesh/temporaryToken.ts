import type { Secret } from "../kubernetes/objects";
import { isOurs, lentAnnotation, type Ownership } from "./ownership";

/** Whether a Secret is the bootstrap token that this registration put there for a while; a retained one is a declared resource, and is not. */
export function isTemporaryToken(secret: Secret | undefined, ownership: Ownership): boolean {
  const isTemporary = secret?.metadata.annotations?.[lentAnnotation] === "true";
  return secret !== undefined && isTemporary && isOurs(secret, ownership) && !isDeclared(secret);
}

/**
 * True for a temporary token of a run that failed, and that is retained since: Pulumi's Kubernetes provider has taken the Secret over as it was.
 * It writes as the field manager `pulumi-kubernetes-…`.
 */
function isDeclared({ metadata }: Secret): boolean {
  return (metadata.managedFields ?? []).some(({ manager }) => manager?.startsWith("pulumi-kubernetes"));
}
