import * as k8s from "@kubernetes/client-node";
import { createRootAuthority } from "./certificates";
import { type ClientCertificateOptions, type ClientSecretData, createClientSecretData } from "./clientCertificates";
import type { CertificateAuthority, Validity } from "./issuing";
import { isStatus, type SecretReference } from "./secrets";

/** A root CA of the user's own, with which client certificates are made beside the hub's. */
export function createClientAuthority(
  options: { commonName?: string; organization?: string; validity?: Validity } = {},
): Promise<CertificateAuthority> {
  return createRootAuthority({ commonName: "clients.example.test", organization: "relay-clients", ...options });
}

/**
 * The data of a client certificate Secret as cert-manager's CA issuer makes it: `tls.crt` is the leaf alone, since the
 * root signed it itself; `ca.crt` is a bundle of the client root and the root of the relay server.
 *
 * @param options.serverRootPem PEM of the root that the relay server's certificate chains to
 */
export function issueOwnCertificate(
  authority: CertificateAuthority,
  options: Omit<ClientCertificateOptions, "caPem" | "leafOnly"> & { readonly serverRootPem: string },
): Promise<ClientSecretData> {
  const { serverRootPem, ...leaf } = options;
  const caPem = authority.certificatePem + serverRootPem;
  return createClientSecretData({ root: authority, signing: authority }, { ...leaf, caPem, leafOnly: true });
}

/**
 * Writes a Secret of type kubernetes.io/tls, or renews one, with the annotations of cert-manager. A namespace that is not
 * there is made. May be called at any time: before an agent starts, or while one waits for it.
 */
export async function writeTlsSecret(
  kubeConfig: k8s.KubeConfig,
  reference: SecretReference,
  data: ClientSecretData,
): Promise<void> {
  const core = kubeConfig.makeApiClient(k8s.CoreV1Api);
  const { name, namespace } = reference;
  const annotations = { "cert-manager.io/certificate-name": name, "cert-manager.io/issuer-name": "relay-clients" };
  const body: k8s.V1Secret = {
    metadata: { name, namespace, annotations },
    type: "kubernetes.io/tls",
    stringData: { ...data },
  };
  await core.createNamespace({ body: { metadata: { name: namespace } } }).catch(unlessConflict);
  const created = await core.createNamespacedSecret({ namespace, body }).catch(unlessConflict);
  if (created === undefined) await core.replaceNamespacedSecret({ name, namespace, body });
}

function unlessConflict(error: unknown): undefined {
  if (!isStatus(error, 409)) throw error;
}
