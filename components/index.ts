export type {
  AgentArgs,
  GlooMeshRelayRegistrationArgs,
  NamespaceArgs,
  ProofArgs,
  RelayArgs,
  TokenArgs,
} from "./arguments";
export { Cluster, type ClusterArgs } from "./cluster";
export { GlooMeshRelayRegistration } from "./glooMeshRelayRegistration";
export { type Problem, type ProblemCode, problemCodes } from "./problems";
