export { hasProblems, type Problem, type ProblemCode, problemCodes } from "./base/problems";
export type { CertificateExpiry, CertificateKind } from "./certificates/expiry";
export type { CertificateFacts } from "./certificates/x509";
export type { IdentityMode } from "./glooMesh/modes";
export type { ProofLevel, ProofSeconds } from "./glooMesh/proofFacts";
export type { IgnorableCode } from "./preflight/findings/finding";
export type {
  AgentArgs,
  CheckArgs,
  ClientCertificateArgs,
  CrdArgs,
  GlooMeshRelayRegistrationArgs,
  IngressArgs,
  KubernetesClusterArgs,
  NamespaceArgs,
  ProofArgs,
  RelayArgs,
  RootCertificateArgs,
  SecretArgs,
  SecretKeyArgs,
  TokenArgs,
  ValidationArgs,
} from "./registration/arguments";
export { ClusterConnection, type ClusterConnectionArgs } from "./registration/clusterConnection";
export { GlooMeshRelayRegistration } from "./registration/glooMeshRelayRegistration";
