/** By what the agent proves its identity to the relay server; README has a table of what each leaves on the remote cluster. */
export const identityModes = [
  "one-time-token",
  "retained-token",
  "provided-token",
  "provided-certificate",
  "none",
] as const;

/**
 * By what the agent proves its identity: `one-time-token` and `retained-token` (a token copied from the management cluster, removed after the
 * proof or kept), `provided-token` and `provided-certificate` (a Secret of your own on the remote cluster), `none` (no TLS at all).
 */
export type IdentityMode = (typeof identityModes)[number];

/** The plain arguments that decide what is declared; null, from outside of TypeScript, is as good as left out. */
export interface PlainArguments {
  readonly identity?: IdentityMode | undefined;
  readonly selfRegistration?: boolean | undefined;
  readonly namespace?: { readonly create?: boolean; readonly disableIstioInjection?: boolean } | undefined;
  readonly rootCertificate?: { readonly provided?: boolean } | undefined;
}

/** What follows from the plain arguments. What is declared must not depend on what is found. */
export interface Modes {
  readonly selfRegistration: boolean;
  readonly createNamespace: boolean;
  readonly disableIstioInjection: boolean;
  /** Who makes the client certificate: the relay server, the user, or nobody because the relay works without TLS. */
  readonly certificate: "issued" | "provided" | "none";
  /** The root CA is copied to the remote cluster. */
  readonly copyRoot: boolean;
  /** The token on the remote cluster: there until the certificate is, retained as a declared Secret, the user's own, or none of these. */
  readonly token: "temporary" | "retained" | "provided" | "none";
}

const byIdentity: Readonly<Record<IdentityMode, Pick<Modes, "certificate" | "token">>> = {
  "one-time-token": { certificate: "issued", token: "temporary" },
  "retained-token": { certificate: "issued", token: "retained" },
  "provided-token": { certificate: "issued", token: "provided" },
  "provided-certificate": { certificate: "provided", token: "none" },
  none: { certificate: "none", token: "none" },
};

/** What the plain arguments decide. */
export function modesOf({ identity, selfRegistration, namespace, rootCertificate }: PlainArguments): Modes {
  // An identity that is not known is refused (GMR012).
  const { certificate, token } = byIdentity[identity ?? "one-time-token"] ?? byIdentity["one-time-token"];
  const self = selfRegistration ?? false;
  // A management cluster that registers itself has root CA and token already, in their own Secrets.
  const copies = certificate === "issued" && !self;
  return {
    selfRegistration: self,
    createNamespace: (namespace?.create ?? true) && !self,
    disableIstioInjection: namespace?.disableIstioInjection ?? false,
    certificate,
    copyRoot: copies && !rootCertificate?.provided,
    token: copies ? token : "none",
  };
}

/** Whether a token of the hub is copied to the remote cluster. */
export function copiesToken({ token }: Pick<Modes, "token">): boolean {
  return token === "temporary" || token === "retained";
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
