import fc from "fast-check";

/** Any text: bytes of any kind, and pieces of what a reader looks for, in any order. */
export function text(pieces: readonly string[], most = 24): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...pieces) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(" ", "\n", "\r\n", '"', "\\", ":", "/", ",", "\u0000", "\u2028", "{", "}"),
    },
  );
  return fc.oneof(
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 300 }) },
    { weight: 3, arbitrary: fc.array(piece, { maxLength: most }).map((all) => all.join("")) },
    { weight: 2, arbitrary: fc.constantFrom(...pieces).chain(mutatedText) },
  );
}

/** A text with some of its characters changed, removed or doubled. */
export function mutatedText(sample: string): fc.Arbitrary<string> {
  return mutatedBytes([Buffer.from(sample)]).map((bytes) => bytes.toString("utf8"));
}

/** One of the samples with a few bytes changed, inserted, removed, or with its end cut off. */
export function mutatedBytes(samples: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const change = fc.record({
    kind: fc.constantFrom("set", "flip", "insert", "remove", "repeat", "cut"),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    byte: fc.nat(255),
    length: fc.nat(16),
  });
  return fc.tuple(fc.constantFrom(...samples), fc.array(change, { maxLength: 5 })).map(([sample, changes]) => {
    let bytes = Buffer.from(sample);
    for (const { kind, at, byte, length } of changes) {
      const index = Math.floor(at * bytes.length);
      const [before, after] = [bytes.subarray(0, index), bytes.subarray(index)];
      if (kind === "set") bytes[index] = byte;
      else if (kind === "flip") bytes[index] = (bytes[index] ?? 0) ^ (1 << (byte % 8));
      else if (kind === "insert") bytes = Buffer.concat([before, Buffer.alloc(length, byte), after]);
      else if (kind === "remove") bytes = Buffer.concat([before, after.subarray(length)]);
      else if (kind === "repeat") bytes = Buffer.concat([before, after.subarray(0, length), after]);
      else bytes = Buffer.from(before);
    }
    return bytes;
  });
}

/** Keys that an object of the sample cannot do without: an API server never leaves them out. */
const kept: ReadonlySet<string> = new Set([
  "metadata",
  "name",
  "spec",
  "items",
  "pods",
  "log",
  "events",
  "type",
  "address",
]);

/**
 * A sample with any of its texts and numbers replaced, keys left out, and lists shortened or doubled; what an API server promises of the form
 * stays.
 */
export function mutatedObject<T>(sample: T, texts: fc.Arbitrary<string>): fc.Arbitrary<T> {
  const chance = fc.nat(9);
  const change = (value: unknown): fc.Arbitrary<unknown> => {
    if (typeof value === "string") return chance.chain((one) => (one < 3 ? texts : fc.constant(value)));
    if (typeof value === "number") return chance.chain((one) => (one < 3 ? fc.integer() : fc.constant(value)));
    if (Array.isArray(value)) {
      return fc
        .tuple(...value.map(change))
        .chain((all) => chance.map((one) => (one === 0 ? [] : one === 1 ? [...all, ...all] : all)));
    }
    if (typeof value !== "object" || value === null) return fc.constant(value);
    const entries = Object.entries(value).map(([key, inner]) =>
      fc.tuple(chance, change(inner)).map(([one, changed]) => (one === 0 && !kept.has(key) ? [] : [[key, changed]])),
    );
    return fc.tuple(...entries).map((all) => Object.fromEntries(all.flat() as [string, unknown][]));
  };
  return change(sample) as fc.Arbitrary<T>;
}

/** Any value that JSON can carry, with names that objects of JavaScript have of themselves. */
export function json(keys: readonly string[]): fc.Arbitrary<unknown> {
  const odd = ["__proto__", "constructor", "toString", "length", ""];
  const key = fc.oneof(fc.constantFrom(...keys), fc.constantFrom(...odd), fc.string({ maxLength: 6 }));
  const value = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthIdentifier: "json" },
      fc.oneof(
        fc.constantFrom<unknown>(null, true, false, "", 0, -1, 1e308, "1.0.4", "https://127.0.0.1:1"),
        fc.string({ unit: "binary", maxLength: 30 }),
        fc.double(),
      ),
      fc.array(tie("value"), { maxLength: 4 }),
      fc
        .array(fc.tuple(key, tie("value")), { maxLength: 5 })
        .map((entries) => JSON.parse(`{${entries.map(([name, one]) => `${JSON.stringify(name)}:${plain(one)}`)}}`)),
    ),
  })).value;
  return value;
}

/** JSON has no infinity, and what is left out of it is null. */
function plain(value: unknown): string {
  return JSON.stringify(value) ?? "null";
}
