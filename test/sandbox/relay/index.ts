export { type RelayAgentOptions, relayAgentProgram } from "./agent-program";
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
export { type ClientCertificateOptions, type ClientSecretData, createClientSecretData } from "./client-certificates";
export {
  defaultNamespace,
  type HubFacts,
  type HubOptions,
  installDefinition,
  installHub,
  writeHubSecrets,
} from "./hub";
export { relayPorts } from "./hub-objects";
export { imageTag, imageVersion, parseImage } from "./images";
export { kubernetesClusterDefinition, kubernetesClusters } from "./kubernetes-cluster";
export { type LoadBalancerAddress, setLoadBalancer } from "./load-balancer";
export { createClientAuthority, issueOwnCertificate, writeTlsSecret } from "./own-certificates";
export { relayRolledOut } from "./rollout";
export { RunningHub } from "./running-hub";
export { readSecret, secretNames, writeSecret } from "./secrets";
export { type RelayServerOptions, relayServerProgram } from "./server-program";
