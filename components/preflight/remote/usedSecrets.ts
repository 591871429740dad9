import { usesToken } from "../../glooMesh/modes";
import type { SecretPlace } from "../../kubernetes/objects";
import type { PreflightRequest } from "../request";

/** A Secret that a registration uses on the remote cluster. */
export interface UsedSecret extends SecretPlace {
  readonly kind: "root" | "token" | "certificate";
  /** Who writes it: the program as a declared resource, this component as a temporary token, the agent, or the user, who provides it. */
  readonly origin: "declared" | "temporary" | "agent" | "provided";
  /** The key that the agent reads; the root CA's is `ca.crt`, and a client certificate has three fixed ones. */
  readonly key?: string;
}

/** The Secrets that a registration uses on the remote cluster. A self-registration has root CA and token in their original Secrets. */
export function usedSecrets({ settings, modes }: Pick<PreflightRequest, "settings" | "modes">): UsedSecret[] {
  const { certificate, token, copyRoot, selfRegistration } = modes;
  const used: UsedSecret[] = [];
  if (usesToken(modes) && !selfRegistration) {
    used.push({ kind: "root", origin: copyRoot ? "declared" : "provided", ...settings.rootCertificate.secret });
  }
  if (token !== "none") {
    used.push({ kind: "token", origin: token === "retained" ? "declared" : token, ...settings.token.secret });
  }
  if (certificate !== "none") {
    const origin = certificate === "issued" ? "agent" : "provided";
    used.push({ kind: "certificate", origin, ...settings.clientCertificate.secret });
  }
  return used;
}
