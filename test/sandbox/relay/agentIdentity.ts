import type { PodContext } from "../pods/program";
import type { AgentArguments } from "./agentArguments";
import { createSigningRequest } from "./clientCertificates";
import { secureContext, type TransportIdentity } from "./dial";
import { RelayClient } from "./relayClient";
import { readSecret, type SecretReference, writeSecret } from "./secrets";

/** What an agent needs to ask for its first certificate. */
export interface BootstrapCredentials {
  /** PEM of the root CA. */
  readonly ca: string;
  readonly token: () => string;
}

/** The client certificate that an earlier start obtained or the user provided; undefined unless all three keys are there. */
export async function storedIdentity(
  context: PodContext,
  reference: SecretReference,
): Promise<TransportIdentity | undefined> {
  const data = await readSecret(context.kubeConfig, reference);
  const ca = data?.get("ca.crt");
  const certificate = data?.get("tls.crt");
  const privateKey = data?.get("tls.key");
  return ca && certificate && privateKey ? { ca, certificate, privateKey: () => privateKey } : undefined;
}

/** @throws when the root CA or the token is missing or empty, naming the Secret */
export async function bootstrapCredentials(context: PodContext, args: AgentArguments): Promise<BootstrapCredentials> {
  const ca = await demand(context, args.rootCertificate, "ca.crt");
  const token = await demand(context, args.identityToken, args.identityToken.key);
  return { ca, token: () => token };
}

/**
 * Trades the token for a client certificate: one attempt.
 *
 * @returns the data of the client certificate Secret
 * @throws RelayError when the server cannot be reached, does not prove itself or refuses
 */
export async function requestCertificate(
  args: AgentArguments,
  credentials: BootstrapCredentials,
  signal: AbortSignal,
  dialSeconds?: number,
): Promise<Readonly<Record<"ca.crt" | "tls.crt" | "tls.key", string>>> {
  const transport = secureContext({ ca: credentials.ca });
  const endpoint = { address: args.relayAddress, authority: args.relayAuthority, transport, dialSeconds };
  const client = await RelayClient.open(endpoint, args.cluster, signal);
  try {
    const { requestPem, privateKeyPem } = await createSigningRequest(args.cluster);
    const request = { cluster: args.cluster, token: credentials.token(), request: requestPem };
    const { certificateChain, ca } = await client.bootstrap(request, signal);
    return { "ca.crt": ca, "tls.crt": certificateChain, "tls.key": privateKeyPem() };
  } finally {
    client.close();
  }
}

/** Stores what the server issued where the next start looks for it. */
export async function storeIdentity(
  context: PodContext,
  reference: SecretReference,
  data: Readonly<Record<"ca.crt" | "tls.crt" | "tls.key", string>>,
): Promise<TransportIdentity> {
  await writeSecret(context.kubeConfig, reference, data);
  return { ca: data["ca.crt"], certificate: data["tls.crt"], privateKey: () => data["tls.key"] };
}

async function demand(context: PodContext, reference: SecretReference, key: string): Promise<string> {
  const where = `Secret ${reference.namespace}/${reference.name}`;
  const data = await readSecret(context.kubeConfig, reference);
  if (!data) throw new Error(`${where} not found`);
  const value = data.get(key);
  if (!value) throw new Error(`${where} has no data for key ${key}`);
  return value;
}
