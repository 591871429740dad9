import assert from "node:assert/strict";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { deflateSync, gzipSync } from "node:zlib";
import { findLeaks } from "../e2e/support/leaks";
import { testCases } from "./figures";

// A scanner that finds nothing proves nothing: every form in which a secret may leave is planted, and every one must be found.

const base64 = (text: string | Buffer) => Buffer.from(text as string).toString("base64");
const wrapped = (text: string, width: number, end = "\n") => text.replace(new RegExp(`.{${width}}`, "g"), `$&${end}`);
const der = (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");

/** Forms in which bytes leave, by name. Those of keys alone say so. */
const forms: Readonly<Record<string, (secret: string) => string>> = {
  plain: (text) => `log: ${text};`,
  base64,
  "base64-of-more-1": (text) => base64(`a${text}`),
  "base64-of-more-2": (text) => base64(`{"a":"${text}"}`),
  "base64-in-lines-of-76": (text) => wrapped(base64(text), 76),
  "base64-in-lines-of-64-with-returns": (text) => wrapped(base64(`ab${text}`), 64, "\r\n"),
  "base64-in-lines-of-20-in-json": (text) => JSON.stringify(JSON.stringify(wrapped(base64(text), 20))),
  "base64-without-end": (text) => base64(text).slice(0, -6),
  "base64-twice": (text) => base64(base64(text)),
  "base64-twice-of-more": (text) => base64(`x${base64(`x${text}`)}`),
  "base64-twice-in-lines": (text) => wrapped(base64(wrapped(base64(text), 76)), 76),
  "base64-three-times": (text) => base64(base64(base64(text))),
  "base64-for-urls": (text) => Buffer.from(text).toString("base64url"),
  "base64-for-urls-of-more": (text) => Buffer.from(`{"a":"${text}"}`).toString("base64url"),
  hex: (text) => Buffer.from(text).toString("hex"),
  "hex-in-capitals": (text) => Buffer.from(text).toString("hex").toUpperCase(),
  "hex-with-colons": (text) => wrapped(Buffer.from(text).toString("hex"), 2, ":"),
  "hex-in-lines": (text) => wrapped(Buffer.from(text).toString("hex"), 32),
  url: (text) => encodeURIComponent(text),
  "url-in-small-letters": (text) => encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase()),
  json: (text) => JSON.stringify(text),
  "json-in-json": (text) => JSON.stringify(JSON.stringify({ a: text })),
  "json-with-slashes-escaped": (text) => JSON.stringify(text).replaceAll("/", "\\/"),
  gzip: (text) => gzipSync(text).toString("latin1"),
  "gzip-after-more": (text) => `head\n${gzipSync(`x${text}`).toString("latin1")}tail`,
  "gzip-in-base64": (text) => base64(gzipSync(text)),
  "gzip-in-base64-twice": (text) => base64(base64(gzipSync(JSON.stringify({ config: { a: text } })))),
  zlib: (text) => deflateSync(text).toString("latin1"),
  "base64-in-gzip": (text) => gzipSync(base64(text)).toString("latin1"),
  "secret-in-an-annotation": (text) => JSON.stringify(JSON.stringify({ data: { a: base64(text) } })),
  "half-of-it-kept": (text) => (text.includes("-----") ? text.slice(text.length / 3) : text),
};

const formsOfKeys: typeof forms = {
  der: (key) => der(key).toString("latin1"),
  "der-in-hex": (key) => der(key).toString("hex"),
  "der-in-base64": (key) => base64(der(key)),
  "der-in-base64-of-more": (key) => base64(Buffer.concat([Buffer.of(1, 2), der(key)])),
  "der-in-base64-for-urls": (key) => der(key).toString("base64url"),
};

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const secrets = {
  token: randomUUID() + randomUUID(),
  key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
};
/** What looks like them and may be told: another identifier, and the public half of the very key. */
const harmless = {
  token: randomUUID() + randomUUID(),
  key: publicKey.export({ type: "spki", format: "pem" }) as string,
};

const planted = [
  ...Object.entries(forms).flatMap(([form, make]) =>
    Object.entries(secrets).map(([kind, secret]) => ({ id: `leakScanner/${kind}/${form}`, kind, secret, make })),
  ),
  ...Object.entries(formsOfKeys).map(([form, make]) => ({
    id: `leakScanner/key/${form}`,
    kind: "key",
    secret: secrets.key,
    make,
  })),
];

testCases(
  "leakScanner",
  planted,
  { start: async () => ({}), stop: async () => undefined },
  async ({ kind, secret, make }) => {
    const known = new Map([[kind, secret]]);
    assert.equal(findLeaks(known, new Map([["planted", make(secret)]])).length, 1);
    // The same form of what may be told is no leak.
    const other = kind === "token" ? harmless.token : harmless.key;
    assert.deepEqual(findLeaks(known, new Map([["harmless", make(other)]])), []);
  },
  { sample: () => true },
);
