/** Tags of ASN.1, as the first byte of an element. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Thrown for bytes that Go's parser refuses; certificateOf catches it. */
export class MalformedError extends Error {
  override readonly name = "MalformedError";
}

/** Ends the reading of a certificate. */
export function malformed(what: string): never {
  throw new MalformedError(`malformed ${what}`);
}

/** Reads DER element by element, as strictly as Go's cryptobyte. Each method throws a MalformedError. */
export class DerReader {
  private offset = 0;

  constructor(private readonly bytes: Buffer) {}

  get isEmpty(): boolean {
    return this.offset === this.bytes.length;
  }

  isNext(tag: number): boolean {
    return this.bytes[this.offset] === tag;
  }

  /** Reads any element: its tag, its content, and all of it. */
  any(): { readonly tag: number; readonly content: Buffer; readonly element: Buffer } {
    const { bytes, offset } = this;
    const tag = bytes[offset] ?? malformed("element");
    if ((tag & 0x1f) === 0x1f) malformed("tag");
    let length = bytes[offset + 1] ?? malformed("length");
    let begin = offset + 2;
    if (length >= 0x80) {
      const size = length & 0x7f;
      if (size === 0 || size > 4 || begin + size > bytes.length) malformed("length");
      length = bytes.readUIntBE(begin, size);
      // The shortest form only.
      if (length < 0x80 || length < 256 ** (size - 1)) malformed("length");
      begin += size;
    }
    this.offset = begin + length;
    if (this.offset > bytes.length) malformed("length");
    return { tag, content: bytes.subarray(begin, this.offset), element: bytes.subarray(offset, this.offset) };
  }

  /** The content of an element with this tag. */
  read(tag: number): Buffer {
    if (!this.isNext(tag)) malformed("element");
    return this.any().content;
  }

  /** Like read; undefined if another tag is next. */
  optional(tag: number): Buffer | undefined {
    return this.isNext(tag) ? this.any().content : undefined;
  }

  nested(tag: number = tags.sequence): DerReader {
    return new DerReader(this.read(tag));
  }

  /** All elements up to the end, each as a reader of its content. */
  *all(tag: number = tags.sequence): Generator<DerReader> {
    while (!this.isEmpty) yield this.nested(tag);
  }

  /** An object identifier as the hex form of its content. */
  oid(): string {
    const content = this.read(tags.oid);
    const hex = content.toString("hex");
    if (content.length === 0 || (content.at(-1) ?? 0) >= 0x80) malformed("object identifier");
    // No number begins with needless zeros, none exceeds 31 bits.
    for (let i = 0, begin = 0; i < content.length; i++) {
      const byte = content[i] ?? 0;
      if (i === begin && byte === 0x80) malformed("object identifier");
      if (i - begin === 4 && (content[begin] ?? 0) >= 0x88) malformed("object identifier");
      if (i - begin > 4) malformed("object identifier");
      if (byte < 0x80) begin = i + 1;
    }
    return hex;
  }

  integer(tag: number = tags.integer): bigint {
    const content = this.read(tag);
    const [first, second = 0] = content;
    if (first === undefined) malformed("integer");
    if (content.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
      malformed("integer");
    }
    return BigInt.asIntN(content.length * 8, BigInt(`0x${content.toString("hex")}`));
  }

  /** An integer that fits into 64 bits. */
  small(tag: number = tags.integer): bigint {
    const value = this.integer(tag);
    return BigInt.asIntN(64, value) === value ? value : malformed("integer");
  }

  boolean(): boolean {
    const hex = this.read(tags.boolean).toString("hex");
    return hex === "ff" || (hex === "00" ? false : malformed("boolean"));
  }

  /** A bit string; its bits begin at the left. */
  bits(): Buffer {
    return this.bitString().subarray(1);
  }

  /** The number of unused bits, and the bits. */
  private bitString(): Buffer {
    const content = this.read(tags.bits);
    const unused = content[0] ?? malformed("bit string");
    const last = content.length > 1 ? (content.at(-1) ?? 0) : 0;
    if (unused > 7 || (content.length === 1 && unused > 0) || (last & ((1 << unused) - 1)) !== 0) {
      malformed("bit string");
    }
    return content;
  }

  /** A bit string as a number of so many bits, as Go reads keys and signatures: unused bits at the right move all others. */
  alignedBits(): Buffer {
    const content = this.bitString();
    const [unused = 0, ...bytes] = content;
    return unused === 0
      ? content.subarray(1)
      : Buffer.from(bytes.map((byte, index) => ((bytes[index - 1] ?? 0) << (8 - unused)) | (byte >> unused)));
  }
}

/** Writes an element. */
export function derElement(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length.toString(16);
  const bytes = Buffer.from(size.padStart(size.length + (size.length % 2), "0"), "hex");
  const head = length < 0x80 ? Buffer.of(tag, length) : Buffer.concat([Buffer.of(tag, 0x80 | bytes.length), bytes]);
  return Buffer.concat([head, content]);
}
