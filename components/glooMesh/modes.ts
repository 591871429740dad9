import { type Generation, type GenerationName, generationOf } from "./generation";
import type { ProofLevel } from "./proofFacts";

/** The ways in which an agent can prove its identity to the relay server; docs/how-to/identity-modes.md lists the objects that each keeps on the remote cluster. */
export const identityModes = [
  "one-time-token",
  "retained-token",
  "provided-token",
  "provided-certificate",
  "simple-tls",
  "none",
] as const;

/**
 * How the agent proves its identity: `one-time-token` and `retained-token` (a token copied from the management cluster, removed after the
 * proof or kept), `provided-token` and `provided-certificate` (a Secret of your own on the remote cluster), `simple-tls` (2.5 and later: the token alone, on each
 * connection), `none` (no TLS at all).
 */
export type IdentityMode = (typeof identityModes)[number];

/** The plain arguments, which decide what resources are declared; null, from outside of TypeScript, counts as omitted. */
export interface PlainArguments {
  readonly identity?: IdentityMode | undefined;
  readonly selfRegistration?: boolean | undefined;
  readonly leaveRunning?: boolean | undefined;
  readonly namespace?: { readonly create?: boolean; readonly disableIstioInjection?: boolean } | undefined;
  readonly rootCertificate?: { readonly provided?: boolean } | undefined;
  readonly generation?: GenerationName | undefined;
  readonly agent?: { readonly provided?: boolean } | undefined;
  readonly kubernetesCluster?: { readonly provided?: boolean } | undefined;
  readonly crds?: { readonly install?: boolean } | undefined;
}

/** The modes of a registration, from the plain arguments alone: the declared resources must not depend on the state of the clusters. */
export interface Modes {
  readonly selfRegistration: boolean;
  readonly createNamespace: boolean;
  readonly disableIstioInjection: boolean;
  /** The client certificate: `issued` by the relay server, `provided` by the user, or `none` because the relay works without one. */
  readonly certificate: "issued" | "provided" | "none";
  /** Who proves its identity by TLS: both sides, the relay server alone, or none. */
  readonly tls: "mutual" | "server" | "none";
  /** Whether the root CA is copied to the remote cluster. */
  readonly copyRoot: boolean;
  /** The token on the remote cluster: removed after the certificate was issued, retained as a declared Secret, the user's own, or none. */
  readonly token: "temporary" | "retained" | "provided" | "none";
  /** Whether the registration installs the agent; otherwise the agent stays with whoever installs it. */
  readonly installAgent: boolean;
  /** Whether it creates the KubernetesCluster; otherwise it uses the one that another tool owns. */
  readonly createKubernetesCluster: boolean;
  /** Whether the CRDs are installed as a Helm release of their own. */
  readonly installCrds: boolean;
  /** Whether the end of the registration hands the cluster over, which keeps running, instead of deregistering it. */
  readonly leaveRunning: boolean;
}

const byIdentity: Readonly<Record<IdentityMode, Pick<Modes, "certificate" | "token" | "tls">>> = {
  "one-time-token": { certificate: "issued", token: "temporary", tls: "mutual" },
  "retained-token": { certificate: "issued", token: "retained", tls: "mutual" },
  "provided-token": { certificate: "issued", token: "provided", tls: "mutual" },
  "provided-certificate": { certificate: "provided", token: "none", tls: "mutual" },
  // The token is all that the agent proves its identity with, on each connection.
  "simple-tls": { certificate: "none", token: "retained", tls: "server" },
  none: { certificate: "none", token: "none", tls: "none" },
};

/** Derives the modes from the plain arguments. */
export function modesOf({
  identity,
  selfRegistration,
  namespace,
  rootCertificate,
  generation,
  agent,
  kubernetesCluster,
  crds,
  leaveRunning,
}: PlainArguments): Modes {
  // An identity that is not known is refused (GMR012).
  const { certificate, token, tls } = byIdentity[identity ?? "one-time-token"] ?? byIdentity["one-time-token"];
  const self = selfRegistration ?? false;
  const installAgent = !agent?.provided;
  // A management cluster that registers itself already has root CA and token, in their original Secrets.
  const copies = usesToken({ certificate, tls }) && !self;
  return {
    selfRegistration: self,
    createNamespace: (namespace?.create ?? true) && !self,
    disableIstioInjection: namespace?.disableIstioInjection ?? false,
    certificate,
    tls,
    copyRoot: copies && !rootCertificate?.provided,
    token: copies ? token : "none",
    installAgent,
    createKubernetesCluster: !kubernetesCluster?.provided,
    // A management cluster has them from its own installation, and a provided agent from whoever installs it.
    installCrds: generationOf(generation).crds !== undefined && (crds?.install ?? true) && !self && installAgent,
    leaveRunning: leaveRunning ?? false,
  };
}

/** Whether the agent proves its identity by a token, at least until it has a certificate: then it also needs the root CA, to verify the relay server. */
export function usesToken({ certificate, tls }: Pick<Modes, "certificate" | "tls">): boolean {
  return certificate === "issued" || tls === "server";
}

/** Whether the agent renews its client certificate by itself. */
export function isRenewed({ certificate }: Pick<Modes, "certificate">, generation: Generation): boolean {
  return certificate === "issued" && generation.renewsCertificates;
}

/** Whether the management cluster's token is copied to the remote cluster. */
export function copiesToken({ token }: Pick<Modes, "token">): boolean {
  return token === "temporary" || token === "retained";
}

/** Whether the root CA is read from the management cluster: to copy it, or in a self-registration to judge the certificate. */
export function readsRoot({ copyRoot, selfRegistration, ...modes }: Modes): boolean {
  return usesToken(modes) && (copyRoot || selfRegistration);
}

/** The level of the proof: without a certificate the connection is all that can be proven of an agent that has a token alone. */
export function proofLevelOf({ tls }: Pick<Modes, "tls">, asked: ProofLevel | undefined): ProofLevel {
  return tls === "server" ? "connected" : (asked ?? "agent");
}

/**
 * Whether nothing on the clusters shows that the registration exists: another tool has the agent and the KubernetesCluster, and nothing that stays is copied. Then
 * only Pulumi's state knows it.
 */
export function leavesNoMark({
  installAgent,
  createKubernetesCluster,
  copyRoot,
  token,
}: Pick<Modes, "installAgent" | "createKubernetesCluster" | "copyRoot" | "token">): boolean {
  return !installAgent && !createKubernetesCluster && !copyRoot && token !== "retained";
}

/** Whether the registration may remove the client certificate's Secret: the agent writes it. A self-registration removes nothing. */
export function ownsClientSecret({ certificate, selfRegistration }: Modes): boolean {
  return certificate === "issued" && !selfRegistration;
}
