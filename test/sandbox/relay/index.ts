export { type RelayAgentOptions, relayAgentProgram } from "./agent-program";
export {
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
export { type HubFacts, type HubOptions, installDefinition, installHub, writeHubSecrets } from "./hub";
export { kubernetesClusterDefinition, kubernetesClusters } from "./kubernetes-cluster";
export { readSecret, secretNames, writeSecret } from "./secrets";
export { type RelayServerOptions, relayPorts, relayServerProgram } from "./server-program";
