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
} from "./arguments";
export { Cluster, type ClusterArgs } from "./cluster";
export type { CertificateExpiry, CertificateKind } from "./expiry/expiry";
export { GlooMeshRelayRegistration } from "./glooMeshRelayRegistration";
export { type ClusterAccess, isKubeconfigContent } from "./kubernetes/access";
export type { ProofSeconds } from "./operations/proof";
export { tellLeaving } from "./plan/tell";
export { type Problem, type ProblemCode, problemCodes } from "./problems";
