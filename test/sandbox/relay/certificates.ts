import { X509Certificate } from "node:crypto";
import * as x509 from "../x509";
import {
  authorityExtensions,
  type CertificateAuthority,
  distinguishedName,
  generateKeys,
  issueLeaf,
  type KeyedCertificate,
  keyed,
  serialNumber,
  type Validity,
  validFor,
} from "./issuing";

export { type CertificateAuthority, type KeyedCertificate, type Validity, validFor } from "./issuing";

/** What the chart of the management plane generates: root → signing CA, and the certificate of the relay server. */
export interface HubCertificates {
  readonly root: CertificateAuthority;
  readonly signing: CertificateAuthority;
  readonly server: KeyedCertificate;
}

/** SHA-256 fingerprint of the first certificate in the PEM text, as `AB:CD:…`. */
export function fingerprint(certificatePem: string): string {
  return new X509Certificate(certificatePem).fingerprint256;
}

/** A self-signed root CA: CN `*.gloo-mesh`, O `relay-root`, ten years, unless told otherwise. */
export async function createRootAuthority(
  options: { commonName?: string; organization?: string; validity?: Validity } = {},
): Promise<CertificateAuthority> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: distinguishedName(options.commonName ?? "*.gloo-mesh", options.organization ?? "relay-root"),
    keys,
    serialNumber: serialNumber(),
    ...(options.validity ?? validFor(3650)),
    extensions: await authorityExtensions(keys.publicKey),
  });
  return { certificate, signingKey: () => keys.privateKey, ...(await keyed(certificate, keys.privateKey)) };
}

/** The intermediate CA with which the relay server signs clients: CN `*.gloo-mesh`, O `relay-tls-signing`. */
export async function createSigningAuthority(
  issuer: CertificateAuthority,
  options: { commonName?: string; organization?: string; validity?: Validity } = {},
): Promise<CertificateAuthority> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: distinguishedName(options.commonName ?? "*.gloo-mesh", options.organization ?? "relay-tls-signing"),
    issuer: issuer.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: issuer.signingKey(),
    serialNumber: serialNumber(),
    ...(options.validity ?? validFor(3650)),
    extensions: await authorityExtensions(keys.publicKey, issuer),
  });
  return { certificate, signingKey: () => keys.privateKey, ...(await keyed(certificate, keys.privateKey)) };
}

/** A certificate for the relay server, SAN DNS `*.gloo-mesh` unless told otherwise. */
export async function issueServerCertificate(
  issuer: CertificateAuthority,
  options: { commonName?: string; dnsNames?: readonly string[]; validity?: Validity } = {},
): Promise<KeyedCertificate> {
  const keys = await generateKeys();
  const certificate = await issueLeaf(issuer, keys.publicKey, {
    subject: distinguishedName(options.commonName ?? "*.gloo-mesh", "relay-server"),
    dnsNames: options.dnsNames ?? ["*.gloo-mesh"],
    validity: options.validity ?? validFor(3650),
  });
  return keyed(certificate, keys.privateKey);
}

/** Root, signing CA and server certificate of one hub. `dnsNames` are those of the server certificate. */
export async function createHubCertificates(
  options: { dnsNames?: readonly string[]; rootValidity?: Validity } = {},
): Promise<HubCertificates> {
  const root = await createRootAuthority(options.rootValidity ? { validity: options.rootValidity } : {});
  const [signing, server] = await Promise.all([
    createSigningAuthority(root),
    issueServerCertificate(root, options.dnsNames ? { dnsNames: options.dnsNames } : {}),
  ]);
  return { root, signing, server };
}
