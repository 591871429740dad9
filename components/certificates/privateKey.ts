import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { Certificate } from "./certificate";
import { DerReader, tags } from "./der";
import { pemBlocks } from "./pem";

/** Why a private key in PEM form does not serve a certificate, by the rules of Go's crypto/tls (X509KeyPair); undefined if it does. */
export function privateKeyFault(pem: Buffer, { publicKey }: Certificate): string | undefined {
  const block = pemBlocks(pem).find(({ label }) => label === "PRIVATE KEY" || label.endsWith(" PRIVATE KEY"));
  const key = block && privateKeyOf(block.der);
  if (!key) return "tls.key is not a private key in PEM form that Go reads: RSA, ECDSA or Ed25519, not encrypted";
  // Not by KeyObject.equals: it leaves an error of OpenSSL behind, with which the next key cannot be read.
  if (!publicKey?.key || !spkiOf(createPublicKey(key)).equals(spkiOf(publicKey.key))) {
    return "tls.key does not belong to tls.crt";
  }
  const { kind, bits } = publicKey;
  const isUsable =
    kind === "RSA" ? bits >= 1024 && bits <= 8192 : kind === "Ed25519" || (kind === "ECDSA" && bits > 224);
  if (!isUsable) return "tls.key is of a kind or size that TLS in Go does not take";
  return kind === "RSA" && !isConsistent(key) ? "tls.key is damaged: its numbers do not belong together" : undefined;
}

function spkiOf(key: KeyObject): Buffer {
  return key.export({ format: "der", type: "spki" });
}

/** Go looks at the content, whatever the label says: PKCS 1, PKCS 8 or SEC 1. */
function privateKeyOf(der: Buffer): KeyObject | undefined {
  try {
    const file = new DerReader(der);
    const content = file.nested();
    content.integer();
    const type = content.isNext(tags.integer) ? "pkcs1" : content.isNext(tags.octets) ? "sec1" : "pkcs8";
    if (type === "pkcs1" && !file.isEmpty) return undefined;
    const key = createPrivateKey({ key: der, format: "der", type });
    return /^(rsa|ec|ed25519)$/.test(key.asymmetricKeyType ?? "") ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Go refuses an RSA key whose numbers do not belong together; OpenSSL calculates around them. */
function isConsistent(key: KeyObject): boolean {
  const jwk = key.export({ format: "jwk" });
  const number = (value: string | undefined) => BigInt(`0x0${Buffer.from(value ?? "", "base64url").toString("hex")}`);
  const [n = 0n, e = 0n, d = 0n, p = 0n, q = 0n, dp, dq, qi = 0n] = [
    jwk.n,
    jwk.e,
    jwk.d,
    jwk.p,
    jwk.q,
    jwk.dp,
    jwk.dq,
    jwk.qi,
  ].map(number);
  return (
    p > 1n &&
    q > 1n &&
    p * q === n &&
    (d * e) % (p - 1n) === 1n &&
    (d * e) % (q - 1n) === 1n &&
    dp === d % (p - 1n) &&
    dq === d % (q - 1n) &&
    (qi * q) % p === 1n
  );
}
