import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { mask, withoutCredentials } from "../../../../components/base/mask";

const jwt = "eyJhbGciOiJSUzI1NiIsImtpZCI6.eyJzdWIiOiJzeXN0ZW06c2VydmljZSJ9.Xb9aQz81KpW7tymN4cRf2LsV0eHgU61oJdI3xk";

describe("mask hides", () => {
  const lines: readonly (readonly [string, string, string])[] = [
    ["UUIDs", "token 123e4567-e89b-12d3-a456-426614174000 refused", "token *** refused"],
    ["a UUID that is cut", "token 123e4567-e89b-12d3-a4", "token ***"],
    ["a UUID that is cut within its last but one part", "token 456-426614174000", "token ***"],
    ["JWTs", `sent ${jwt} to 172.18.0.2:31179`, "sent *** to 172.18.0.2:31179"],
    [
      "tokens of the URL alphabet",
      "rejected Xb9-aQz81-KpW_7ty-mN4cRf2-LsV0eHgU6-1oJdI3xk of cluster-2",
      "rejected *** of cluster-2",
    ],
    ["hexadecimal tokens", "id 9f86d081884c7d659a2feaa0c55ad015 sent", "id *** sent"],
    ["bearer tokens, however short", "Authorization: Bearer abc.def", "Authorization: Bearer ***"],
    ["basic authentication", "Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ***"],
    [
      "credentials in URLs",
      "dial https://admin:pa55@w0rd@proxy.example.com:3128",
      "dial https://***@proxy.example.com:3128",
    ],
    ["credentials in a URL that is cut", "dial https://admin:pa55w0r", "dial https://***"],
    ["values of token and password", 'password=hunter2, "token":"abc"', 'password=***, "token":"***"'],
    [
      "keys over several lines",
      "key:\n-----BEGIN PRIVATE KEY-----\nMIIEvQ\nabc\n-----END PRIVATE KEY-----\nrest",
      "key: *** rest",
    ],
    ["keys without an end", "key: -----BEGIN RSA PRIVATE KEY-----\nMIIEvQ\nabc", "key: ***"],
    ["keys without a beginning", "MIIEvQ\nabc\n-----END EC PRIVATE KEY-----\nrest", "*** rest"],
    ["colours and control characters", "\u001b[31mconnection \u0007refused\u001b[0m", "connection refused"],
  ];
  for (const [name, line, masked] of lines) test(name, () => assert.equal(mask(line), masked));
});

describe("mask leaves", () => {
  const texts = [
    "enterprise-agent-7d9f8b6c54-x2x7k",
    "relay-identity-token-secret",
    "enterprise-networking.gloo-mesh.svc.cluster.local:9900",
    "k8s-agent1-16547133-vmss000001",
    "dial tcp 172.18.0.2:31179: connect: connection refused",
    "https://[fd00::2]:6443/api/v1/namespaces/gloo-mesh/secrets",
    "https://10.96.0.1:443",
    "FailedCreatePodSandBox: /var/lib/calico/nodename is not there",
    "fingerprint AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01",
    `gcr.io/gloo-mesh/enterprise-agent@sha256:${"0123456789abcdef".repeat(4)}`,
    "current time 2026-11-22T17:00:00Z is after 2025-01-01T00:00:00Z",
    'failed to read identity token: secrets "relay-identity-token-secret" not found',
    'system:serviceaccount:gloo-mesh:enterprise-agent" cannot list resource "nodes"',
  ];
  for (const text of texts) test(text, () => assert.equal(mask(text), text));
});

describe("an address for a message", () => {
  for (const [address, told] of [
    ["https://rancher.example.com/k8s/clusters/c-m-4x7kq2zp/", "https://rancher.example.com/k8s/clusters/c-m-4x7kq2zp"],
    ["https://10.0.0.1:6443/k8s/clusters/local", "https://10.0.0.1:6443/k8s/clusters/local"],
    [
      "https://a.example.com/api/v1/clusters/production-europe-west1/proxy",
      "https://a.example.com/api/v1/clusters/production-europe-west1/proxy",
    ],
    [
      "https://a.example.com/clusters/123e4567-e89b-12d3-a456-426614174000",
      "https://a.example.com/clusters/123e4567-e89b-12d3-a456-426614174000",
    ],
    ["https://a.example.com/t/Xb9aQz81KpW7tymN4cRf2LsV/k8s", "https://a.example.com/t/***/k8s"],
    ["https://a.example.com/9f86d081884c7d659a2feaa0c55ad015", "https://a.example.com/***"],
    ["https://a.example.com/k8s/qzxvbnmkpwrtlsdf", "https://a.example.com/k8s/***"],
    [`https://a.example.com/${jwt}/k8s`, "https://a.example.com/***/k8s"],
    ["https://a.example.com/token=hunter2/k8s", "https://a.example.com/***/k8s"],
    ["https://a.example.com/kubeconfig-u-abcde:x/k8s", "https://a.example.com/***/k8s"],
    ["https://ann:pw@a.example.com/k8s?token=x#y", "https://a.example.com/k8s"],
    ["https://ann:pw@", "an address that is not a URL"],
  ] as const) {
    test(`${address} is ${told}`, () => assert.equal(withoutCredentials(address), told));
  }
});

describe("mask cuts", () => {
  test("an empty line is undefined", () => {
    assert.equal(mask(undefined), undefined);
    assert.equal(mask("  \n"), undefined);
  });
  test("a long text at its end", () => assert.equal(mask("word ".repeat(100))?.length, 300));
  test("a long text around what was found in it", () => {
    const told = mask(`${"word ".repeat(100)}connection refused${" word".repeat(100)}`, /connection refused/) ?? "";
    assert.ok(told.length <= 300 && told.includes("connection refused"), told);
    assert.ok(told.startsWith("…") && told.endsWith("…"));
  });
});

describe("over all strings: no secret comes through", () => {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  // A random token has capitals and digits early on; one that looks like words would be taken for a name.
  const random = (alphabet: string, minLength: number, maxLength = minLength * 2) =>
    fc
      .string({ unit: fc.constantFrom(...alphabet), minLength, maxLength })
      .map((text) => text.replace(/(.{5})../g, "$1Q7"));
  const hex = fc
    .string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 32, maxLength: 80 })
    .map((text) => text.replace(/(.{5})../g, "$1a7"));
  const body = fc.array(random(`${letters}+/`, 48, 64), { minLength: 2, maxLength: 4 });
  const secrets: Readonly<Record<string, fc.Arbitrary<{ text: string; secret: string }>>> = {
    UUID: fc.uuid().map((secret) => ({ text: secret, secret })),
    base64: random(`${letters}+/`, 32).map((secret) => ({ text: secret, secret })),
    base64url: random(`${letters}-_`, 32).map((secret) => ({ text: secret, secret })),
    hexadecimal: hex.map((secret) => ({ text: secret, secret })),
    JWT: fc
      .tuple(random(letters, 20), random(letters, 40), random(`${letters}-_`, 40))
      .map(([head, claims, signature]) => ({
        text: `eyJ${head}.eyJ${claims}.${signature}`,
        secret: claims,
      })),
    "private key": body.map((lines) => ({
      text: `-----BEGIN RSA PRIVATE KEY-----\n${lines.join("\n")}\n-----END RSA PRIVATE KEY-----`,
      secret: lines[0] ?? "",
    })),
    "private key with escaped line ends": body.map((lines) => ({
      text: `-----BEGIN PRIVATE KEY-----\\n${lines.join("\\n")}\\n-----END PRIVATE KEY-----\\n`,
      secret: lines[1] ?? "",
    })),
    "bearer token": random(letters, 16).map((secret) => ({ text: `Bearer ${secret}`, secret })),
    "credentials in a URL": random(letters, 16).map((secret) => ({
      text: `https://user:${secret}@host.example.com/`,
      secret,
    })),
  };
  const around = fc.array(
    fc.constantFrom("connection", "refused", "10.0.0.1:443", "\n", '"', "{", "x509:", "é", "\u0001"),
    { maxLength: 80 },
  );

  /** Every part of the secret that would help somebody who guesses the rest. */
  function assertHidden(told: string | undefined, secret: string): void {
    for (let at = 0; at + 16 <= secret.length; at++) {
      const part = secret.slice(at, at + 16);
      assert.ok(!told?.includes(part), `${part} of ${secret} in ${told}`);
    }
  }

  for (const [kind, canary] of Object.entries(secrets)) {
    test(`${kind}, whole`, () => {
      fc.assert(
        fc.property(around, canary, around, (before, { text, secret }, after) =>
          assertHidden(mask(`${before.join(" ")} ${text} ${after.join(" ")}`), secret),
        ),
      );
    });
    test(`${kind}, cut at its end`, () => {
      fc.assert(
        fc.property(around, canary, fc.double({ min: 0, max: 1, noNaN: true }), (before, { text, secret }, part) =>
          assertHidden(mask(`${before.join(" ")} ${text.slice(0, Math.floor(text.length * part))}`), secret),
        ),
      );
    });
    test(`${kind}, cut at its beginning`, () => {
      fc.assert(
        fc.property(canary, around, fc.double({ min: 0, max: 1, noNaN: true }), ({ text, secret }, after, part) =>
          assertHidden(mask(`${text.slice(Math.floor(text.length * part))} ${after.join(" ")}`), secret),
        ),
      );
    });
  }

  test("arbitrary text never throws, and stays within the limit", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2000 }), (text) =>
        assert.ok((mask(text) ?? "").length <= 300),
      ),
    );
  });
});
