import { randomBytes, webcrypto } from "node:crypto";
import * as x509 from "../x509";

/** From when until when a certificate holds. X.509 counts whole seconds. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A certificate and its private key. The key hides behind a function so that printing the object does not show it. */
export interface KeyedCertificate {
  /** PEM of this one certificate. */
  readonly certificatePem: string;
  /** PEM (PKCS #8) of the private key. */
  readonly privateKeyPem: () => string;
}

/** A certificate that signs others. */
export interface CertificateAuthority extends KeyedCertificate {
  readonly certificate: x509.X509Certificate;
  readonly signingKey: () => webcrypto.CryptoKey;
}

/** Algorithm of every key made here. The product makes 4096 bit roots; 2048 keeps a run short and nothing looks at the size. */
const KEY_ALGORITHM = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};

const DAY_SECONDS = 24 * 60 * 60;

/** Validity of `days` days from `notBefore` (default: now) on. */
export function validFor(days: number, notBefore: Date = new Date()): Validity {
  const start = Math.floor(notBefore.getTime() / 1000);
  return { notBefore: new Date(start * 1000), notAfter: new Date((start + days * DAY_SECONDS) * 1000) };
}

/** Issues a certificate for a server or a client. */
export async function issueLeaf(
  issuer: CertificateAuthority,
  publicKey: webcrypto.CryptoKey,
  leaf: { subject: x509.JsonName; dnsNames: readonly string[]; dnsCritical?: boolean; validity: Validity },
): Promise<x509.X509Certificate> {
  const { KeyUsageFlags, ExtendedKeyUsage } = x509;
  return x509.X509CertificateGenerator.create({
    subject: leaf.subject,
    issuer: issuer.certificate.subject,
    publicKey,
    signingKey: issuer.signingKey(),
    serialNumber: serialNumber(),
    ...leaf.validity,
    extensions: [
      new x509.KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new x509.BasicConstraintsExtension(false, undefined, true),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey),
      ...(leaf.dnsNames.length > 0
        ? [new x509.SubjectAlternativeNameExtension(leaf.dnsNames.map(dnsName), leaf.dnsCritical ?? false)]
        : []),
    ],
  });
}

/** Extensions of a CA certificate. */
export async function authorityExtensions(
  publicKey: webcrypto.CryptoKey,
  issuer?: CertificateAuthority,
): Promise<x509.Extension[]> {
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ...(issuer ? [await x509.AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey)] : []),
  ];
}

/** A fresh RSA key pair whose private half can be exported. */
export function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
}

/** Joins a certificate with its key. */
export async function keyed(
  certificate: x509.X509Certificate,
  privateKey: webcrypto.CryptoKey,
): Promise<KeyedCertificate> {
  const privateKeyPem = await exportKey(privateKey);
  return { certificatePem: `${certificate.toString("pem")}\n`, privateKeyPem: () => privateKeyPem };
}

/** PEM (PKCS #8) of a private key. */
export async function exportKey(privateKey: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", privateKey), "PRIVATE KEY")}\n`;
}

/** A distinguished name. */
export function distinguishedName(commonName: string, organization: string): x509.JsonName {
  return [{ CN: [commonName] }, { O: [organization] }];
}

function dnsName(value: string): x509.JsonGeneralName {
  return { type: "dns", value };
}

/** A random serial number; positive, because the leading digit keeps the top bit clear. */
export function serialNumber(): string {
  return randomBytes(16).toString("hex").replace(/^./, "1");
}
