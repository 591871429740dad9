export { type Problem, type ProblemCode, problemCodes } from "./base/problems";
export type { CertificateExpiry, CertificateKind } from "./certificates/expiry";
export type { ProofLevel, ProofSeconds } from "./glooMesh/proofFacts";
export { type ClusterAccess, isKubeconfigContent } from "./kubernetes/access";
export type {
  AgentArgs,
  CheckArgs,
  ClientCertificateArgs,
  GlooMeshRelayRegistrationArgs,
  IngressArgs,
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
export { logDeregistrations } from "./registration/logPlan";
