import { constants, createPublicKey, type KeyObject, verify } from "node:crypto";
import { DerReader, derElement, malformed, tags } from "./der";

/** A public key that Go reads. Of a kind that Go cannot verify with, such as DSA, `key` is undefined. */
export interface PublicKey {
  readonly kind: "RSA" | "ECDSA" | "Ed25519" | "other";
  readonly key: KeyObject | undefined;
  /** Size of an RSA modulus, or of a curve. */
  readonly bits: number;
  readonly exponent: bigint;
}

const curves: Readonly<Record<string, number>> = {
  "2b81040021": 224,
  "2a8648ce3d030107": 256,
  "2b81040022": 384,
  "2b81040023": 521,
};

/**
 * Reads the content of a SubjectPublicKeyInfo; undefined for an algorithm that Go does not know. Like Go it takes no notice of bytes behind what it reads.
 * Source: parser.go (parsePublicKey).
 */
export function readPublicKey(info: DerReader): PublicKey | undefined {
  const algorithm = info.nested();
  const id = algorithm.oid();
  const parameters = algorithm.isEmpty ? undefined : algorithm.any();
  const bits = info.alignedBits();
  const none = { key: undefined, bits: 0, exponent: 0n };
  if (id === "2a864886f70d010101") {
    if (parameters?.element.toString("hex") !== "0500") malformed("RSA key");
    const numbers = new DerReader(bits).nested();
    const [modulus, exponent] = [numbers.integer(), numbers.small()];
    if (modulus <= 0n || exponent <= 0n) malformed("RSA key");
    const content = derElement(tags.sequence, derInteger(modulus), derInteger(exponent));
    return { kind: "RSA", key: keyOf(id, parameters.element, content), bits: modulus.toString(2).length, exponent };
  }
  if (id === "2a8648ce3d0201") {
    const size = parameters?.tag === tags.oid ? curves[parameters.content.toString("hex")] : undefined;
    const key = size === undefined || bits[0] !== 4 ? undefined : keyOf(id, parameters?.element, bits);
    return size === undefined || !key ? malformed("elliptic curve key") : { ...none, kind: "ECDSA", key, bits: size };
  }
  const isEd25519 = id === "2b6570";
  if (isEd25519 || id === "2b656e") {
    if (parameters || bits.length !== 32) malformed("key of curve 25519");
    return isEd25519 ? { ...none, kind: "Ed25519", key: keyOf(id, undefined, bits) } : { ...none, kind: "other" };
  }
  if (id !== "2a8648ce380401") return undefined;
  const numbers = new DerReader(parameters?.element ?? malformed("DSA key")).nested();
  const values = [new DerReader(bits).integer(), numbers.integer(), numbers.integer(), numbers.integer()];
  return values.some((value) => value <= 0n) ? malformed("DSA key") : { ...none, kind: "other" };
}

function keyOf(id: string, parameters: Buffer | undefined, bits: Buffer): KeyObject | undefined {
  const algorithm = derElement(tags.oid, Buffer.from(id, "hex"));
  const info = derElement(
    tags.sequence,
    derElement(tags.sequence, algorithm, ...(parameters ? [parameters] : [])),
    derElement(tags.bits, Buffer.of(0), bits),
  );
  try {
    return createPublicKey({ key: info, format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}

/** A positive number; a leading zero keeps it positive. */
function derInteger(value: bigint): Buffer {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? `00${digits}` : `0${digits}`, "hex");
  return derElement(tags.integer, bytes[0] === 0 && (bytes[1] ?? 0) < 0x80 ? bytes.subarray(1) : bytes);
}

/** How Go verifies a signature. */
export interface SignatureRule {
  readonly kind: PublicKey["kind"];
  readonly hash: string | null;
  /** Set for RSA-PSS. */
  readonly saltLength?: number;
}

const hashes: Readonly<Record<string, string>> = {
  "608648016503040201": "sha256",
  "608648016503040202": "sha384",
  "608648016503040203": "sha512",
};

const rules: Readonly<Record<string, SignatureRule>> = {
  "2a864886f70d01010b": { kind: "RSA", hash: "sha256" },
  "2a864886f70d01010c": { kind: "RSA", hash: "sha384" },
  "2a864886f70d01010d": { kind: "RSA", hash: "sha512" },
  "2a8648ce3d040302": { kind: "ECDSA", hash: "sha256" },
  "2a8648ce3d040303": { kind: "ECDSA", hash: "sha384" },
  "2a8648ce3d040304": { kind: "ECDSA", hash: "sha512" },
};

/** Reads the algorithm of a signature; undefined for one that Go does not take, such as SHA-1. */
export function readSignature(algorithm: DerReader): SignatureRule | undefined {
  const id = algorithm.oid();
  const parameters = algorithm.isEmpty ? undefined : algorithm.any();
  if (id === "2b6570") return parameters ? undefined : { kind: "Ed25519", hash: null };
  return id === "2a864886f70d01010a" ? pssRule(parameters?.element) : rules[id];
}

/** RSA-PSS with one hash for content and mask, and a salt of its length. Source: crypto/x509, x509.go (getSignatureAlgorithmFromAI). */
function pssRule(parameters: Buffer | undefined): SignatureRule | undefined {
  try {
    const list = new DerReader(parameters ?? Buffer.of()).nested();
    const hash = plainAlgorithm(list.nested(0xa0).nested());
    const mask = list.nested(0xa1).nested();
    if (mask.oid() !== "2a864886f70d010108" || plainAlgorithm(mask.nested()) !== hash) return undefined;
    const saltLength = Number(list.nested(0xa2).small());
    if (!list.isEmpty && list.nested(0xa3).small() !== 1n) return undefined;
    const name = hashes[hash];
    const isWhole = name !== undefined && saltLength === Number(name.slice(3)) / 8;
    return isWhole ? { kind: "RSA", hash: name, saltLength } : undefined;
  } catch {
    return undefined;
  }
}

function plainAlgorithm(algorithm: DerReader): string {
  const id = algorithm.oid();
  return algorithm.isEmpty || algorithm.any().element.toString("hex") === "0500" ? id : malformed("algorithm");
}

/** Verifies a signature by the rules of Go, which refuses RSA keys under 1024 bits. */
export function isSignedBy(
  {
    signed,
    signature,
    signatureRule: rule,
  }: { signed: Buffer; signature: Buffer; signatureRule: SignatureRule | undefined },
  { kind, key, bits, exponent }: PublicKey,
): boolean {
  if (!rule || !key || rule.kind !== kind) return false;
  if (kind === "RSA" && (bits < 1024 || exponent < 3n || exponent > 0x7fffffffn || exponent % 2n === 0n)) return false;
  const padding =
    rule.saltLength === undefined
      ? { padding: constants.RSA_PKCS1_PADDING }
      : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: rule.saltLength };
  try {
    return verify(rule.hash, signed, kind === "RSA" ? { key, ...padding } : key, signature);
  } catch {
    return false;
  }
}
