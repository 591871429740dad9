import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { checkRootCertificateEnd } from "../../../../../components/preflight/hub/rootCertificateEnd";
import { createRootAuthority, fingerprint, validFor } from "../../../../sandbox/relay";

const now = new Date();
const check = (pem: string) => checkRootCertificateEnd(pem, "management, Secret gloo-mesh/relay-root-tls-secret", now);

let longLived = "";
let shortLived = "";
let expired = "";

// RSA keys are slow to make: once for the file.
before(async () => {
  const make = async (days: number, from = now) =>
    (await createRootAuthority({ validity: validFor(days, from) })).certificatePem;
  const yearAgo = new Date(now.getTime() - 365 * 24 * 3600 * 1000);
  [longLived, shortLived, expired] = await Promise.all([make(3650), make(30), make(10, yearAgo)]);
});

describe("GMR212: the end of the root CA", () => {
  test("nothing for a root CA that lasts", () => {
    assert.equal(check(longLived), undefined);
  });

  test("a root CA that expires within 90 days: a warning with date and fingerprint", () => {
    const finding = check(shortLived);
    assert.equal(finding?.code, "GMR212");
    assert.equal(finding.severity, "warning");
    assert.match(finding.what, /expires on \d{4}-\d\d-\d\dT.*Z, in (29|30) days/);
    assert.ok(finding.cause?.includes(fingerprint(shortLived)));
  });

  test("in a bundle the one that lasts longest counts, and expired ones do not", () => {
    assert.equal(check(`${shortLived}${longLived}`), undefined);
    assert.ok(check(`${expired}${shortLived}`)?.cause?.includes(fingerprint(shortLived)));
  });

  test("a string without a valid certificate is left to GMR204", () => {
    const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (const pem of [expired, "", "no certificate", broken]) assert.equal(check(pem), undefined);
  });
});
