import type { webcrypto } from "node:crypto";
import type * as x509 from "../x509";
import type { HubCertificates } from "./certificates";
import { type CertificateAuthority, exportKey, generateKeys, issueLeaf, type Validity, validFor } from "./issuing";

/** The three keys of a client certificate Secret, as text. */
export interface ClientSecretData {
  readonly "ca.crt": string;
  readonly "tls.crt": string;
  readonly "tls.key": string;
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
