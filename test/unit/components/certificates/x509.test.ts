import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import {
  certificateFacts,
  certificatesIn,
  fingerprintOf,
  fingerprintsOf,
} from "../../../../components/certificates/x509";
import { createHubCertificates, createRootAuthority, type HubCertificates } from "../../../sandbox/relay";
import * as x509 from "../../../sandbox/x509";

let hub: HubCertificates;
before(async () => {
  hub = await createHubCertificates();
});

const unreadable = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

function toPem(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`;
}

test("the names of a certificate are shown on one clean line", async () => {
  const { certificatePem } = await createRootAuthority({ commonName: "a\u202e\u001b[31m b", organization: "c\u0085d" });
  const [certificate] = certificatesIn(certificatePem).certificates;
  assert.ok(certificate);
  const { subject, issuer } = certificateFacts(certificate);
  for (const name of [subject, issuer]) assert.doesNotMatch(name, /[\p{Cc}\p{Cf}]/u);
});

test("blocks whose headers have no end take no time that grows with the square", { timeout: 20_000 }, () => {
  const text = "-----BEGIN A:-----\n-----END B:-----\n".repeat(30_000);
  assert.deepEqual(certificatesIn(text), { certificates: [], unreadable: 0 });
});

describe("the certificates in a PEM string", () => {
  test("are read in their order, with the number of those that are none", () => {
    const { root, server } = hub;
    const { certificates, unreadable: count } = certificatesIn(
      `${server.certificatePem}text\n${unreadable}${root.certificatePem}`,
    );
    const expected = [server, root].map(({ certificatePem }) => new X509Certificate(certificatePem).fingerprint256);
    assert.deepEqual([certificates.map(fingerprintOf), count], [expected, 1]);
    assert.deepEqual(fingerprintsOf(server.certificatePem + root.certificatePem), expected);
    assert.deepEqual(fingerprintsOf(server.certificatePem + unreadable), expected.slice(0, 1));
  });

  test("are none in nothing and in what is no PEM, whatever it is", () => {
    assert.deepEqual(certificatesIn(undefined), { certificates: [], unreadable: 0 });
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const framed = certificatesIn(unreadable.replace("AAAA", () => text));
        assert.deepEqual([certificatesIn(text).certificates, framed.certificates], [[], []]);
      }),
    );
  });

  test("are unreadable with a date that is none", () => {
    const der = Buffer.from(new X509Certificate(hub.root.certificatePem).raw);
    // UTCTime, 13 characters: the month is the third and fourth.
    der.write("99", der.indexOf(Buffer.from([0x17, 13])) + 4);
    assert.deepEqual(certificatesIn(toPem(der)), { certificates: [], unreadable: 1 });
  });

  test("may have no subject, as those of cert-manager without a common name", async () => {
    const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const made = await x509.X509CertificateGenerator.create({
      subject: "",
      issuer: "CN=issuer",
      publicKey: keys.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    });
    const [certificate] = certificatesIn(made.toString("pem")).certificates;
    assert.ok(certificate);
    const { subject, issuer } = certificateFacts(certificate);
    assert.deepEqual([subject, issuer], ["", "CN=issuer"]);
  });
});
