export { type RelayAgentOptions, relayAgentProgram } from "./agentProgram";
export {
  type CertificateAuthority,
  createHubCertificates,
  createRootAuthority,
  createSigningAuthority,
  fingerprint,
  type HubCertificates,
  issueServerCertificate,
  type Validity,
  validFor,
} from "./certificates";
export { type ClientCertificateOptions, type ClientSecretData, createClientSecretData } from "./clientCertificates";
export { installDefinition, installHub, writeHubSecrets } from "./hub";
export { defaultNamespace, type HubFacts, type HubOptions } from "./hubOptions";
export { imageTag, imageVersion, parseImage } from "./images";
export { createHelmOwnedCluster, type KubernetesCluster, kubernetesClusters } from "./kubernetesCluster";
export { type LoadBalancerAddress, setLoadBalancer } from "./loadBalancer";
export { gaugeValue, relayMetrics } from "./metrics";
export { createClientAuthority, issueOwnCertificate, writeTlsSecret } from "./ownCertificates";
export { type GenerationName, generations, type RelayGeneration, relayPorts } from "./relayGeneration";
export { relayExecutable } from "./relayProcess";
export { ReplicaPorts } from "./replicaPorts";
export { relayRolledOut } from "./rollout";
export { type ReplicaCount, RunningHub } from "./runningHub";
export { readSecret, secretNames, writeSecret } from "./secrets";
export { type RelayServerOptions, relayServerProgram } from "./serverProgram";
export { installRelayLoadBalancer, installTelemetryGateway } from "./services";
export { installSharedDefinitions } from "./sharedDefinitions";
