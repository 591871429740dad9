import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import { bits, boolean, integer, objectIdentifier, octets, sequence, set, tagged, time, utf8 } from "./der";

/** A certificate and its private key, PEM. */
export interface Credential {
  readonly cert: string;
  readonly key: string;
}

const lifetimeMs = 365 * 24 * 3600 * 1000;
const signatureAlgorithm = sequence(objectIdentifier("1.2.840.10045.4.3.2")); // ecdsa-with-SHA256
const serverAuth = "1.3.6.1.5.5.7.3.1";
const clientAuth = "1.3.6.1.5.5.7.3.2";

/** The certificate authority of one cluster: it signs what the API server and the kubelet serve, and who its clients are. */
export class Authority {
  /** The root certificate, PEM. */
  readonly cert: string;
  private readonly key: KeyObject;
  private readonly subject: Buffer;

  constructor(name: string) {
    const { privateKey } = newKey();
    this.key = privateKey;
    this.subject = distinguishedName(name);
    this.cert = this.certify(createPublicKey(privateKey), this.subject, [
      extension("2.5.29.19", sequence(boolean(true)), true), // basicConstraints: CA
      extension("2.5.29.15", bits(Buffer.of(0b00000110), 1), true), // keyUsage: keyCertSign, cRLSign
    ]);
  }

  /** A server certificate for these names and addresses; at least one of them is needed. */
  issueServingCertificate(names: { dns?: readonly string[]; ips?: readonly string[] }): Credential {
    const dns = names.dns ?? [];
    const ips = names.ips ?? [];
    const alternatives = [
      ...dns.map((name) => tagged(2, Buffer.from(name, "ascii"), false)),
      ...ips.map((ip) => tagged(7, addressBytes(ip), false)),
    ];
    const [commonName = "server"] = [...dns, ...ips];
    return this.issue(commonName, [], serverAuth, [extension("2.5.29.17", sequence(...alternatives))]);
  }

  /** A client certificate; Kubernetes takes the common name as the user and the organisations as the groups. */
  issueClientCertificate(user: string, groups: readonly string[] = []): Credential {
    return this.issue(user, groups, clientAuth, []);
  }

  private issue(user: string, groups: readonly string[], purpose: string, extensions: Buffer[]): Credential {
    const { publicKey, privateKey } = newKey();
    const cert = this.certify(publicKey, distinguishedName(user, groups), [
      extension("2.5.29.15", bits(Buffer.of(0b10000000), 7), true), // keyUsage: digitalSignature
      extension("2.5.29.37", sequence(objectIdentifier(purpose))),
      ...extensions,
    ]);
    return { cert, key: privateKeyPem(privateKey) };
  }

  private certify(publicKey: KeyObject, subject: Buffer, extensions: Buffer[]): string {
    const now = Date.now();
    const content = sequence(
      tagged(0, integer(Buffer.of(2))), // version 3
      integer(Buffer.concat([Buffer.of(0x01), randomBytes(15)])),
      signatureAlgorithm,
      this.subject,
      sequence(time(new Date(now - 60_000)), time(new Date(now + lifetimeMs))),
      subject,
      publicKey.export({ type: "spki", format: "der" }),
      tagged(3, sequence(...keyIdentifiers(publicKey, createPublicKey(this.key)), ...extensions)),
    );
    return pem("CERTIFICATE", sequence(content, signatureAlgorithm, bits(sign("sha256", content, this.key))));
  }
}

/** A P-256 key pair as PEM, for signing service account tokens. */
export function newSigningKey(): { publicKey: string; privateKey: string } {
  const { publicKey, privateKey } = newKey();
  return {
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
    privateKey: privateKeyPem(privateKey),
  };
}

function newKey(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

function privateKeyPem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function distinguishedName(commonName: string, organisations: readonly string[] = []): Buffer {
  const attribute = (type: string, value: string) => set(sequence(objectIdentifier(type), utf8(value)));
  return sequence(...organisations.map((name) => attribute("2.5.4.10", name)), attribute("2.5.4.3", commonName));
}

function extension(type: string, value: Buffer, critical = false): Buffer {
  return sequence(objectIdentifier(type), ...(critical ? [boolean(true)] : []), octets(value));
}

/** Strict verifiers want to be told which key a certificate holds, and by which one it was signed. */
function keyIdentifiers(subject: KeyObject, issuer: KeyObject): Buffer[] {
  return [
    extension("2.5.29.14", octets(keyIdentifier(subject))),
    extension("2.5.29.35", sequence(tagged(0, keyIdentifier(issuer), false))),
  ];
}

function keyIdentifier(key: KeyObject): Buffer {
  const digest = createHash("sha256").update(key.export({ type: "spki", format: "der" }));
  return digest.digest().subarray(0, 20);
}

function addressBytes(ip: string): Buffer {
  if (isIP(ip) !== 4) throw new Error(`${ip} is not an IPv4 address`);
  return Buffer.from(ip.split(".").map(Number));
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
