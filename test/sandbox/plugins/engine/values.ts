// Property values as the engine sends them: JSON plus secrets, values that are not known yet, and assets.
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** A value that the engine encrypts in state and hides in output. */
export class Secret {
  constructor(readonly value: Value) {}
}

/** A value that only a later step of the same run makes known (previews are full of them). */
export class Unknown {}

/** Stands for every unknown value; they carry nothing that could tell them apart. */
export const unknown = new Unknown();

/** A text or file that a program hands over; archives and remote assets arrive with neither field. */
export class Asset {
  constructor(
    readonly text: string | undefined,
    readonly path: string | undefined,
  ) {}
}

/** One property. */
export type Value = null | boolean | number | string | Secret | Unknown | Asset | Value[] | ValueMap;
/** A bag of properties. */
export type ValueMap = { [key: string]: Value };
/** JSON without any of the engine's own kinds of value. */
export type Plain = null | boolean | number | string | Plain[] | PlainMap;
/** A JSON object. */
export type PlainMap = { [key: string]: Plain };

// Part of the engine's wire format: the key that marks a special object, and the marks themselves.
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";
// One per type of the value that is not known; the provider side need not tell them apart.
const unknownSentinels: ReadonlySet<string> = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);
const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Reads a bag of properties from the wire; nothing gives an empty bag. */
export function decode(struct: Struct | undefined): ValueMap {
  if (!struct) return {};
  const value = fromWire(struct.toJavaScript() as Plain);
  return isMap(value) ? value : {};
}

/** Writes a bag of properties to the wire, with secrets marked as such. */
export function encode(values: ValueMap): Struct {
  return Struct.fromJavaScript(toWire(values) as PlainMap);
}

function fromWire(wire: Plain): Value {
  if (typeof wire === "string") return unknownSentinels.has(wire) ? unknown : wire;
  if (wire === null || typeof wire !== "object") return wire;
  if (Array.isArray(wire)) return wire.map(fromWire);
  switch (wire[signatureKey]) {
    case secretSignature:
      return new Secret(fromWire(wire["value"] ?? null));
    case assetSignature:
    case archiveSignature:
      return new Asset(stringOrUndefined(wire["text"]), stringOrUndefined(wire["path"]));
    default:
      return Object.fromEntries(Object.entries(wire).map(([key, value]) => [key, fromWire(value)]));
  }
}

function toWire(value: Value): Plain {
  if (value instanceof Secret) return { [signatureKey]: secretSignature, value: toWire(value.value) };
  if (value instanceof Unknown) return unknownString;
  if (value instanceof Asset) {
    return { [signatureKey]: assetSignature, text: value.text ?? null, path: value.path ?? null };
  }
  if (Array.isArray(value)) return value.map(toWire);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, toWire(child)]));
}

/** Whether a value is a bag of properties, and none of the special kinds. */
export function isMap(value: Value | undefined): value is ValueMap {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** The value without the secret wrappers anywhere inside. */
export function reveal(value: Value): Value {
  if (value instanceof Secret) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  if (isMap(value)) return mapValues(value, reveal);
  return value;
}

/** The bag without the secret wrappers anywhere inside. */
export function revealMap(values: ValueMap): ValueMap {
  return mapValues(values, reveal);
}

/** Whether something in here is not known yet. */
export function hasUnknown(value: Value): boolean {
  return contains(value, (leaf) => leaf instanceof Unknown);
}

/** Whether something in here is secret. */
export function hasSecret(value: Value): boolean {
  return contains(value, (node) => node instanceof Secret);
}

/**
 * Plain JSON of a value that is fully known.
 * @throws if something in it is unknown or an asset: a caller must have handled that before.
 */
export function toPlain(value: Value): Plain {
  if (value instanceof Secret) return toPlain(value.value);
  if (value instanceof Unknown) throw new Error("a value is needed here that is not known yet");
  if (value instanceof Asset) throw new Error("an asset cannot be used here");
  if (Array.isArray(value)) return value.map(toPlain);
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, toPlain(child)]));
  return value;
}

/** Plain JSON of a bag that is fully known. @throws as {@link toPlain} does. */
export function toPlainMap(values: ValueMap): PlainMap {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, toPlain(value)]));
}

/** Deep equality of two values, secretness included; an unknown equals nothing, not even itself. */
export function equal(one: Value | undefined, other: Value | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  if (one instanceof Unknown || other instanceof Unknown) return false;
  if (one instanceof Secret || other instanceof Secret) {
    return one instanceof Secret && other instanceof Secret && equal(one.value, other.value);
  }
  if (one instanceof Asset || other instanceof Asset) {
    return one instanceof Asset && other instanceof Asset && one.text === other.text && one.path === other.path;
  }
  if (Array.isArray(one) || Array.isArray(other)) {
    return (
      Array.isArray(one) &&
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((item, index) => equal(item, other[index]))
    );
  }
  if (isMap(one) && isMap(other)) {
    const keys = Object.keys(one);
    return (
      keys.length === Object.keys(other).length && keys.every((key) => key in other && equal(one[key], other[key]))
    );
  }
  return one === other;
}

/** The string in a property, whether secret or not; undefined when it is absent, unknown or something else. */
export function asString(value: Value | undefined): string | undefined {
  if (value instanceof Secret) return asString(value.value);
  return typeof value === "string" ? value : undefined;
}

/** Applies a function to every property of a bag. */
export function mapValues(values: ValueMap, convert: (value: Value) => Value): ValueMap {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, convert(value)]));
}

function contains(value: Value, matches: (node: Value) => boolean): boolean {
  if (matches(value)) return true;
  if (value instanceof Secret) return contains(value.value, matches);
  if (Array.isArray(value)) return value.some((item) => contains(item, matches));
  if (isMap(value)) return Object.values(value).some((item) => contains(item, matches));
  return false;
}

function stringOrUndefined(value: Plain | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
