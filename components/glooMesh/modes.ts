/**
 * The choices that decide what is declared. Plain values: what is declared must not depend on what is found.
 */
export interface Modes {
  readonly selfRegistration: boolean;
  readonly createNamespace: boolean;
  readonly disableIstioInjection: boolean;
  /** Who makes the client certificate: the relay server, the user, or nobody because the relay works without TLS. */
  readonly certificate: "issued" | "provided" | "none";
  /** The root CA is copied to the remote cluster. */
  readonly copyRoot: boolean;
  /** The token on the remote cluster: lent for the bootstrap, retained as a declared Secret, the user's own, or none of these. */
  readonly token: "lent" | "retained" | "provided" | "none";
}

/** Whether a token of the hub is copied to the remote cluster. */
export function copiesToken({ token }: Pick<Modes, "token">): boolean {
  return token === "lent" || token === "retained";
}

/** Whether the root CA is read from the hub: to be copied, or where the hub registers itself to judge the certificate by. */
export function readsRoot({
  certificate,
  copyRoot,
  selfRegistration,
}: Pick<Modes, "certificate" | "copyRoot" | "selfRegistration">): boolean {
  return certificate === "issued" && (copyRoot || selfRegistration);
}

/** Whether the Secret of the client certificate is this registration's: the agent writes it, and on the hub nothing is ever removed. */
export function ownsClientSecret({
  certificate,
  selfRegistration,
}: Pick<Modes, "certificate" | "selfRegistration">): boolean {
  return certificate === "issued" && !selfRegistration;
}
