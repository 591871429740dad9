import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { rememberSecret, withoutKnownSecrets } from "../../../../components/base/knownSecrets";
import { RegistrationError } from "../../../../components/base/problems";

// A secret that no form gives away: two words, with what JSON and URLs escape.
const secret = 'moon "lamp"/river+\n';
const trimmed = secret.trim();
rememberSecret(secret);

const json = (text: string) => JSON.stringify(text).slice(1, -1);
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("a secret that this process has read is replaced", () => {
  const forms: Readonly<Record<string, string>> = {
    "as it is": secret,
    "without its line end": trimmed,
    "in JSON": json(trimmed),
    "in JSON in JSON": json(json(trimmed)),
    "in a URL": encodeURIComponent(trimmed),
    "in a form": encodeURIComponent(trimmed).replaceAll("%20", "+"),
    "in a URL with lower-case digits": encodeURIComponent(trimmed).replace(/%../g, (code) => code.toLowerCase()),
    "in base64": base64(secret),
    "in base64 without its line end": base64(trimmed),
    "in base64url": Buffer.from(trimmed).toString("base64url"),
    "in hexadecimal": Buffer.from(trimmed).toString("hex"),
    "in upper-case hexadecimal": Buffer.from(trimmed).toString("hex").toUpperCase(),
  };
  for (const [name, form] of Object.entries(forms)) {
    test(name, () => assert.match(withoutKnownSecrets(`<${form}>`), /^<\*\*\*.{0,3}>$/s));
  }
  for (const user of ["a", "ab", "abc"]) {
    test(`in base64 behind the user ${user}`, () => {
      assert.match(withoutKnownSecrets(base64(`${user}:${trimmed}`)), /^.{0,8}\*\*\*.{0,2}$/);
    });
  }
});

test("no problem quotes it, in whatever part", () => {
  const error = new RegistrationError({ code: "GMR117", what: trimmed, where: trimmed, cause: trimmed, next: trimmed });
  assert.equal(error.message, "GMR117 *** — *** — *** — ***");
  assert.deepEqual(error.problems, [{ code: "GMR117", what: "***", where: "***", cause: "***", next: "***" }]);
});

test("a value that may be part of any word is not remembered", () => {
  rememberSecret("agent");
  assert.equal(withoutKnownSecrets("the agent runs"), "the agent runs");
});
