import type { webcrypto } from "node:crypto";
import * as x509 from "../x509";
import type { HubCertificates } from "./certificates";
import {
  type CertificateAuthority,
  exportKey,
  generateKeys,
  issueLeaf,
  KEY_ALGORITHM,
  type Validity,
  validFor,
} from "./issuing";

/** A certificate signing request together with the private key that stays with the requester. */
export interface SigningRequest {
  readonly requestPem: string;
  readonly privateKeyPem: () => string;
}

/** The three keys of a client certificate Secret, as text. */
export interface ClientSecretData {
  readonly "ca.crt": string;
  readonly "tls.crt": string;
  readonly "tls.key": string;
}

/** What the agent sends: a fresh RSA-2048 key and a request for CN and SAN DNS = cluster name. */
export async function createSigningRequest(clusterName: string): Promise<SigningRequest> {
  const keys = await generateKeys();
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [clusterName] }],
    signingAlgorithm: KEY_ALGORITHM,
    keys,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: clusterName }])],
  });
  const privateKeyPem = await exportKey(keys.privateKey);
  return { requestPem: request.toString("pem"), privateKeyPem: () => privateKeyPem };
}

/**
 * What the server answers: a client certificate for `clusterName` over the key of the request, whatever names the
 * request itself asks for. Subject CN and critical SAN DNS = cluster name, one year, issued by the signing CA.
 *
 * @returns PEM of the leaf followed by its issuer, so that the chain verifies against the root alone
 * @throws when the request is not a CSR or is not signed with its own key
 */
export async function signClientRequest(
  signing: CertificateAuthority,
  options: { clusterName: string; requestPem: string },
): Promise<string> {
  const request = new x509.Pkcs10CertificateRequest(options.requestPem);
  if (!(await request.verify())) throw new Error("the signature of the certificate request does not match its key");
  const publicKey = await request.publicKey.export();
  const leaf = await issueClientLeaf(signing, publicKey, { clusterName: options.clusterName });
  return `${leaf.toString("pem")}\n${signing.certificatePem}`;
}

/** How a client certificate made for a test departs from the one that the server would issue. */
export interface ClientCertificateOptions {
  readonly clusterName: string;
  /** Subject CN; default: the cluster name. */
  readonly commonName?: string;
  /** SAN DNS; default: the cluster name. Empty: no SAN at all. */
  readonly dnsNames?: readonly string[];
  /** Default: one year from now. */
  readonly validity?: Validity;
  /** Leaves the intermediate out of `tls.crt`. */
  readonly leafOnly?: boolean;
  /** Puts the key of another certificate into `tls.key`. */
  readonly mismatchedKey?: boolean;
  /** Content of `ca.crt`; default: the root of the hub. A bundle is possible. */
  readonly caPem?: string;
}

/** The data of a client certificate Secret, good by default and bad in the ways that the options name. */
export async function createClientSecretData(
  issuers: Pick<HubCertificates, "root" | "signing">,
  options: ClientCertificateOptions,
): Promise<ClientSecretData> {
  const keys = await generateKeys();
  const leaf = `${(await issueClientLeaf(issuers.signing, keys.publicKey, options)).toString("pem")}\n`;
  const storedKey = options.mismatchedKey ? (await generateKeys()).privateKey : keys.privateKey;
  return {
    "ca.crt": options.caPem ?? issuers.root.certificatePem,
    "tls.crt": options.leafOnly ? leaf : leaf + issuers.signing.certificatePem,
    "tls.key": await exportKey(storedKey),
  };
}

function issueClientLeaf(
  issuer: CertificateAuthority,
  publicKey: webcrypto.CryptoKey,
  options: ClientCertificateOptions,
): Promise<x509.X509Certificate> {
  return issueLeaf(issuer, publicKey, {
    subject: [{ CN: [options.commonName ?? options.clusterName] }],
    dnsNames: options.dnsNames ?? [options.clusterName],
    dnsCritical: true,
    validity: options.validity ?? validFor(365),
  });
}
