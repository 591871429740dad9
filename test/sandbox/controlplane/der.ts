/** Just enough DER to write an X.509 certificate; Node can read and sign them but not build them. */

type Bytes = Buffer<ArrayBufferLike>;

export const sequence = (...parts: Bytes[]): Bytes => element(0x30, ...parts);
export const set = (...parts: Bytes[]): Bytes => element(0x31, ...parts);
export const octets = (content: Bytes): Bytes => element(0x04, content);
export const utf8 = (text: string): Bytes => element(0x0c, Buffer.from(text, "utf8"));
export const boolean = (value: boolean): Bytes => element(0x01, Buffer.of(value ? 0xff : 0));

/** A bit string; `unused` is the number of bits at its end that do not count. */
export const bits = (content: Bytes, unused = 0): Bytes => element(0x03, Buffer.of(unused), content);

/** A context-specific element: `[number]`, constructed when it holds further elements. */
export const tagged = (number: number, content: Bytes, constructed = true): Bytes =>
  element(0x80 | (constructed ? 0x20 : 0) | number, content);

/** A non-negative integer from its big-endian bytes. */
export function integer(value: Bytes): Bytes {
  const significant = value.subarray(
    Math.max(
      0,
      value.findIndex((byte) => byte !== 0),
    ),
  );
  return element(0x02, (significant[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), significant]) : significant);
}

export function objectIdentifier(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** A point in time, as RFC 5280 wants it: UTCTime until 2049, GeneralizedTime from then on. */
export function time(date: Date): Bytes {
  const stamp = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  const utc = date.getUTCFullYear() < 2050;
  return element(utc ? 0x17 : 0x18, Buffer.from(utc ? stamp.slice(2) : stamp, "ascii"));
}

function element(tag: number, ...parts: Bytes[]): Bytes {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag), length(content.length), content]);
}

function length(count: number): Bytes {
  if (count < 0x80) return Buffer.of(count);
  const bytes: number[] = [];
  for (let rest = count; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.of(0x80 | bytes.length, ...bytes);
}

function base128(value: number): number[] {
  const groups = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) groups.unshift(0x80 | (rest % 128));
  return groups;
}
