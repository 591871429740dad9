import { generateKeyPairSync, KeyObject, randomBytes, webcrypto } from "node:crypto";
import * as x509 from "../x509";

/** A certificate and its private key, PEM. */
export interface Credential {
  readonly cert: string;
  readonly key: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const lifetimeMs = 365 * 24 * 3600 * 1000;
const { KeyUsageFlags, ExtendedKeyUsage } = x509;

/** The certificate authority of one cluster: it signs what the API server and the kubelet serve, and who its clients are. */
export class Authority {
  private constructor(
    private readonly certificate: x509.X509Certificate,
    private readonly signingKey: webcrypto.CryptoKey,
  ) {}

  static async create(name: string): Promise<Authority> {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: [{ CN: [name] }],
      keys,
      ...freshCertificate(),
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new Authority(certificate, keys.privateKey);
  }

  /** The root certificate, PEM. */
  get cert(): string {
    return toPem(this.certificate);
  }

  /** A server certificate for these names and addresses; at least one of them is needed. */
  issueServingCertificate(names: { dns?: readonly string[]; ips?: readonly string[] }): Promise<Credential> {
    const dns = names.dns ?? [];
    const ips = names.ips ?? [];
    const [commonName = "server"] = [...dns, ...ips];
    return this.issue([{ CN: [commonName] }], ExtendedKeyUsage.serverAuth, [
      new x509.SubjectAlternativeNameExtension([
        ...dns.map((value) => ({ type: "dns" as const, value })),
        ...ips.map((value) => ({ type: "ip" as const, value })),
      ]),
    ]);
  }

  /** A client certificate; Kubernetes takes the common name as the user and the organisations as the groups. */
  issueClientCertificate(user: string, groups: readonly string[] = []): Promise<Credential> {
    return this.issue([...groups.map((group) => ({ O: [group] })), { CN: [user] }], ExtendedKeyUsage.clientAuth, []);
  }

  private async issue(
    subject: x509.JsonName,
    purpose: string,
    extensions: readonly x509.Extension[],
  ): Promise<Credential> {
    const { publicKey, privateKey } = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject,
      issuer: this.certificate.subjectName,
      publicKey,
      signingKey: this.signingKey,
      ...freshCertificate(),
      // Strict verifiers want to be told which key a certificate holds, and by which one it was signed.
      extensions: [
        new x509.KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([purpose]),
        await x509.SubjectKeyIdentifierExtension.create(publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(this.certificate.publicKey),
        ...extensions,
      ],
    });
    const key = KeyObject.from(privateKey).export({ type: "pkcs8", format: "pem" }).toString();
    return { cert: toPem(certificate), key };
  }
}

/** A P-256 key pair as PEM, for signing service account tokens. */
export function newSigningKey(): { publicKey: string; privateKey: string } {
  return generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

function freshCertificate() {
  const now = Date.now();
  return {
    signingAlgorithm: algorithm,
    // Positive: the leading digit keeps the top bit clear.
    serialNumber: randomBytes(16).toString("hex").replace(/^./, "1"),
    notBefore: new Date(now - 60_000),
    notAfter: new Date(now + lifetimeMs),
  };
}

function toPem(certificate: x509.X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}
