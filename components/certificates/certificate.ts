import { DerReader, MalformedError, malformed, tags } from "./der";
import { type Extensions, readExtensions } from "./extensions";
import { type PublicKey, readPublicKey, readSignature, type SignatureRule } from "./signature";

/** A certificate that Go's crypto/x509 reads, with what its verifier looks at. */
export interface Certificate extends Extensions {
  readonly der: Buffer;
  readonly version: number;
  readonly serialNumber: bigint;
  /** Distinguished names in DER, which Go compares byte by byte. */
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: PublicKey | undefined;
  readonly publicKeyInfo: Buffer;
  /** The signed bytes, their signature, and how Go verifies it; undefined for an algorithm that Go does not take. */
  readonly signed: Buffer;
  readonly signature: Buffer;
  readonly signatureRule: SignatureRule | undefined;
}

/** Bytes that Go does not read as a certificate, and why. */
export interface UnreadableCertificate {
  readonly fault: string;
}

export function isCertificate(one: Certificate | UnreadableCertificate): one is Certificate {
  return !("fault" in one);
}

/** Whether a certificate may issue others. As in Go, one of version 1 may without saying so. */
export function isAuthority({ version, basicConstraints }: Certificate): boolean {
  return basicConstraints ? basicConstraints.ca : version < 3;
}

/**
 * Reads a certificate as strictly as Go's crypto/x509 (parser.go, parseCertificate). Returns the fault of what Go does not read.
 */
export function certificateOf(der: Buffer): Certificate | UnreadableCertificate {
  try {
    return readCertificate(der);
  } catch (error) {
    return { fault: error instanceof MalformedError ? error.message : "malformed certificate" };
  }
}

function readCertificate(der: Buffer): Certificate {
  const file = new DerReader(der);
  const outer = file.nested();
  if (!file.isEmpty) malformed("certificate: bytes follow it");
  const { tag, content, element: signed } = outer.any();
  if (tag !== tags.sequence) malformed("certificate");
  const inner = new DerReader(content);

  const version = readVersion(inner.optional(0xa0));
  const serialNumber = inner.integer();
  if (serialNumber < 0n) malformed("serial number: it is negative");
  const algorithm = inner.read(tags.sequence);
  if (!outer.read(tags.sequence).equals(algorithm)) malformed("certificate: it names two algorithms");
  const issuer = readName(inner);
  const validity = inner.nested();
  const [notBefore, notAfter] = [readTime(validity), readTime(validity)];
  const subject = readName(inner);
  const { tag: keyTag, content: key, element: publicKeyInfo } = inner.any();
  if (keyTag !== tags.sequence) malformed("public key");
  const publicKey = readPublicKey(new DerReader(key));
  for (const unused of version > 1 ? [0x81, 0x82] : []) inner.optional(unused);
  const list = version === 3 ? inner.optional(0xa3) : undefined;
  const extensions = readExtensions(list && new DerReader(list).nested());
  const signature = outer.alignedBits();
  const signatureRule = readSignature(new DerReader(algorithm));
  return {
    ...extensions,
    der,
    version,
    serialNumber,
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKey,
    publicKeyInfo,
    signed,
    signature,
    signatureRule,
  };
}

function readVersion(explicit: Buffer | undefined): number {
  if (!explicit) return 1;
  const reader = new DerReader(explicit);
  const version = reader.small() + 1n;
  return reader.isEmpty && version >= 1n && version <= 3n ? Number(version) : malformed("version");
}

/** Checks a distinguished name, and returns it with its tag. */
function readName(reader: DerReader): Buffer {
  const { tag, content, element } = reader.any();
  if (tag !== tags.sequence) malformed("distinguished name");
  for (const set of new DerReader(content).all(tags.set)) {
    for (const attribute of set.all()) {
      attribute.oid();
      const value = attribute.any();
      if (!isString(value.tag, value.content)) malformed("distinguished name");
    }
  }
  return element;
}

/** Whether Go reads a string of ASN.1. Source: crypto/x509, parser.go (parseASN1String). */
function isString(tag: number, content: Buffer): boolean {
  const text = content.toString("latin1");
  if (tag === 0x0c) return Buffer.from(content.toString("utf8"), "utf8").equals(content);
  if (tag === 0x12) return /^[\d ]*$/.test(text);
  if (tag === 0x13) return /^[A-Za-z0-9'()+,\-./ :=?*&]*$/.test(text);
  if (tag === 0x16) return !/[\x80-\xff]/.test(text);
  if (tag !== 0x1e) return tag === 0x14;
  const isWhole = content.length % 2 === 0;
  return isWhole && !/[\ufffe\uffff\ufdd0-\ufdef\ud800-\udfff]/.test(Buffer.from(content).swap16().toString("utf16le"));
}

const time = /^(\d\d|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:Z|([+-])(\d\d)(\d\d))$/;

/** Reads a time; throws for one that does not exist, such as 30 February. */
function readTime(reader: DerReader): Date {
  const { tag, content } = reader.any();
  const text = content.toString("latin1");
  const match = time.exec(text) ?? malformed("date");
  const [, year = "", month, day, hour, minute, second, sign, zoneHours, zoneMinutes] = match;
  const isUtc = tag === 0x17;
  if ((!isUtc && tag !== 0x18) || year.length !== (isUtc ? 2 : 4) || (!isUtc && second === undefined))
    malformed("date");
  const century = isUtc ? (Number(year) < 50 ? 2000 : 1900) : 0;
  const numbers = [
    century + Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second ?? 0),
  ];
  const [y = 0, mon = 0, d = 0, h = 0, min = 0, s = 0] = numbers;
  const date = new Date(0);
  date.setUTCFullYear(y, mon, d);
  date.setUTCHours(h, min, s);
  const parts = [
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  const zone = Number(zoneHours ?? 0) * 60 + Number(zoneMinutes ?? 0);
  if (parts.join() !== numbers.join() || (sign !== undefined && zone === 0)) malformed("date");
  return new Date(date.getTime() - (sign === "-" ? -1 : 1) * zone * 60_000);
}
