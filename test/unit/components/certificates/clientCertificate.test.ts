import assert from "node:assert/strict";
import { generateKeyPairSync, webcrypto, X509Certificate } from "node:crypto";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import type { Certificate } from "../../../../components/certificates/certificate";
import { chainFault } from "../../../../components/certificates/chain";
import { type Expectation, judgeClientCertificate } from "../../../../components/certificates/clientCertificate";
import { rootCertificateFault } from "../../../../components/certificates/rootCertificate";
import { certificateFacts, certificatesIn } from "../../../../components/certificates/x509";
import type { Secret } from "../../../../components/kubernetes/objects";
import {
  type ClientCertificateOptions,
  type ClientSecretData,
  createClientSecretData,
  createHubCertificates,
  createRootAuthority,
  createSigningAuthority,
  type HubCertificates,
  validFor,
} from "../../../sandbox/relay";
import * as x509 from "../../../sandbox/x509";

const day = 24 * 3600 * 1000;
const clusterName = "cluster-2";

type SecretContent = { readonly [key in keyof ClientSecretData]?: string | Buffer };

let hub: HubCertificates;
let foreign: HubCertificates;
let good: ClientSecretData;
let expected: Expectation;

// RSA keys are slow to make: once for the file.
before(async () => {
  [hub, foreign] = await Promise.all([createHubCertificates(), createHubCertificates()]);
  good = await make();
  expected = { clusterName, rootCertificate: hub.root.certificatePem, chainToRoot: true, now: new Date() };
});

function make(options: Partial<ClientCertificateOptions> = {}, issuers: HubCertificates = hub) {
  return createClientSecretData(issuers, { clusterName, ...options });
}

function secretOf(data: SecretContent, type = "Opaque"): Secret {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  return { metadata: { name: "relay-client-tls-secret" }, type, data: Object.fromEntries(encoded) };
}

const judge = (data: SecretContent, changes: Partial<Expectation> = {}) =>
  judgeClientCertificate(secretOf(data), { ...expected, ...changes });

function faultOf(data: SecretContent, changes: Partial<Expectation> = {}): string {
  const verdict = judge(data, changes);
  assert.equal(verdict.accepted, false);
  assert.equal(verdict.missing, false);
  return verdict.fault;
}

describe("a client certificate is accepted", () => {
  test("as the relay server issues it, with what is public about it", () => {
    const verdict = judge(good);
    assert.ok(verdict.accepted);
    const leaf = new X509Certificate(good["tls.crt"]);
    assert.deepEqual(verdict.facts, {
      fingerprint: leaf.fingerprint256,
      serialNumber: leaf.serialNumber,
      subject: `CN=${clusterName}`,
      issuer: "CN=*.gloo-mesh, O=relay-tls-signing",
      notBefore: leaf.validFromDate.toISOString(),
      notAfter: leaf.validToDate.toISOString(),
      dnsNames: [clusterName],
    });
    assert.doesNotMatch(JSON.stringify(verdict), /PRIVATE KEY/);
  });

  test("in a Secret of type kubernetes.io/tls", () => {
    assert.ok(judgeClientCertificate(secretOf(good, "kubernetes.io/tls"), expected).accepted);
  });

  test("whatever its common name is, since relay looks at the SAN", async () => {
    assert.ok(judge(await make({ commonName: "another" })).accepted);
  });

  test("with further DNS names beside the cluster's", async () => {
    assert.ok(judge(await make({ dnsNames: ["first", clusterName] })).accepted);
  });

  test("with a ca.crt that holds the old and the new root", () => {
    assert.ok(judge({ ...good, "ca.crt": foreign.root.certificatePem + hub.root.certificatePem }).accepted);
  });

  test("when the copied root CA is a bundle of the old and the new one", () => {
    assert.ok(judge(good, { rootCertificate: foreign.root.certificatePem + hub.root.certificatePem }).accepted);
  });

  test("when ca.crt is of another PKI, since the relay server verifies it with its own root CA", () => {
    assert.ok(judge({ ...good, "ca.crt": foreign.root.certificatePem }).accepted);
  });

  test("from another root than the relay server's where the PKI is the user's own", async () => {
    assert.ok(judge(await make({}, foreign), { chainToRoot: false }).accepted);
  });

  test("five minutes before its begin by this machine's clock, for clocks differ", () => {
    const begin = new X509Certificate(good["tls.crt"]).validFromDate.getTime();
    const issuedLongAgo = { rootCertificate: hub.root.certificatePem, chainToRoot: false };
    assert.ok(judge(good, { ...issuedLongAgo, now: new Date(begin - 299_000) }).accepted);
    assert.match(faultOf(good, { ...issuedLongAgo, now: new Date(begin - 301_000) }), /valid only from/);
  });

  test("with an elliptic curve key", async () => {
    const keys = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const leaf = await x509.X509CertificateGenerator.create({
      subject: "CN=any",
      issuer: hub.root.certificate.subject,
      publicKey: keys.publicKey,
      signingKey: hub.root.signingKey(),
      ...validFor(1),
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: clusterName }])],
    });
    const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
    assert.ok(judge({ "tls.crt": leaf.toString("pem"), "tls.key": key, "ca.crt": hub.root.certificatePem }).accepted);
  });
});

describe("a client certificate is refused, with the reason", () => {
  test("a Secret that does not exist is missing, which is no fault of a certificate", () => {
    const verdict = judgeClientCertificate(undefined, expected);
    assert.deepEqual(verdict, { accepted: false, missing: true, fault: "the Secret does not exist" });
  });

  for (const key of ["tls.crt", "tls.key", "ca.crt"] as const) {
    test(`${key} is missing`, () => {
      const { [key]: _left, ...rest } = good;
      assert.equal(faultOf(rest), `the Secret lacks ${key}`);
    });
    test(`${key} is empty`, () => assert.equal(faultOf({ ...good, [key]: "" }), `the Secret lacks ${key}`));
    test(`${key} is garbage`, () => {
      const garbage = Buffer.from([0, 255, 17, 200, 13, 10, 254]);
      assert.match(faultOf({ ...good, [key]: garbage }), new RegExp(`${key.replace(".", "\\.")} is not a`));
    });
    test(`${key} is half-written`, () => {
      const half = good[key].slice(0, 200);
      assert.match(faultOf({ ...good, [key]: half }), new RegExp(`${key.replace(".", "\\.")} is not a`));
    });
    test(`${key} has PEM lines around something else`, () => {
      const label = key === "tls.key" ? "PRIVATE KEY" : "CERTIFICATE";
      const other = `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`;
      assert.match(faultOf({ ...good, [key]: other }), new RegExp(`${key.replace(".", "\\.")} is not a`));
    });
  }

  test("an empty Secret lacks all three keys", () => {
    assert.equal(faultOf({}), "the Secret lacks tls.crt, tls.key, ca.crt");
    const none = judgeClientCertificate({ metadata: { name: "x" } }, expected);
    assert.ok(!none.accepted && !none.missing);
  });

  test("its values are not strings", () => {
    const data = { "tls.crt": 5, "tls.key": [{ toString: [] }], "ca.crt": null };
    const secret = { metadata: { name: "x" }, data } as unknown as Secret;
    const verdict = judgeClientCertificate(secret, expected);
    assert.ok(!verdict.accepted && verdict.fault === "the Secret lacks tls.crt, tls.key, ca.crt");
  });

  test("the key is of another certificate", async () => {
    assert.equal(faultOf(await make({ mismatchedKey: true })), "tls.key does not belong to tls.crt");
  });

  test("the key is of another kind", () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const key = privateKey.export({ type: "pkcs8", format: "pem" });
    assert.equal(faultOf({ ...good, "tls.key": key }), "tls.key does not belong to tls.crt");
  });

  test("the certificate is for another cluster, although its common name is this cluster's", async () => {
    const data = await make({ commonName: clusterName, dnsNames: ["cluster-3"] });
    assert.equal(faultOf(data), "the certificate is for cluster-3");
  });

  test("the certificate has no DNS name", async () => {
    assert.equal(faultOf(await make({ dnsNames: [] })), "the certificate is for no DNS name");
  });

  test("the cluster's name is only a part of the DNS name", async () => {
    assert.equal(
      faultOf(await make({ dnsNames: ["cluster-22", "a.cluster-2"] })),
      "the certificate is for cluster-22, a.cluster-2",
    );
  });

  test("the cluster's name is inside of one DNS name that holds a comma", async () => {
    const data = await make({ dnsNames: [`x, DNS:${clusterName}, y`] });
    assert.match(faultOf(data), /the certificate is for/);
  });

  test("the certificate is expired", async () => {
    const data = await make({ validity: validFor(1, new Date("2020-01-01T00:00:00Z")) });
    assert.equal(faultOf(data), "the certificate expired on 2020-01-02T00:00:00.000Z");
  });

  test("the certificate is not valid yet", async () => {
    const begin = new Date(Date.now() + day);
    assert.match(faultOf(await make({ validity: validFor(1, begin) })), /valid only from/);
  });

  test("the certificate of an own PKI does not chain to its own ca.crt", () => {
    assert.equal(
      faultOf({ ...good, "ca.crt": foreign.root.certificatePem }, { chainToRoot: false }),
      "the certificate does not chain to its own ca.crt",
    );
  });

  const otherRoot = "the certificate was issued by another root CA than the relay's present one";

  test("the certificate comes from another management cluster, with a root of the same name and another key", async () => {
    assert.equal(hub.root.certificate.subject, foreign.root.certificate.subject);
    assert.equal(faultOf(await make({}, foreign)), otherRoot);
    assert.equal(faultOf(await make({ caPem: hub.root.certificatePem }, foreign)), otherRoot);
  });

  test("the intermediate is missing", async () => {
    assert.equal(faultOf(await make({ leafOnly: true })), otherRoot);
  });

  test("the intermediate is in ca.crt alone, which the agent does not send", async () => {
    assert.equal(
      faultOf(await make({ leafOnly: true, caPem: hub.signing.certificatePem })),
      "tls.crt lacks an intermediate certificate: it is only in ca.crt, which the agent does not send",
    );
  });

  test("the root CA that was copied is unreadable", () => {
    assert.match(faultOf(good, { rootCertificate: "nothing" }), /another root CA/);
  });

  test("the intermediate that signed it is expired", async () => {
    const signing = await createSigningAuthority(hub.root, { validity: validFor(1, new Date("2020-01-01T00:00:00Z")) });
    assert.match(faultOf(await make({}, { ...hub, signing })), /does not chain/);
  });

  test("no fault ever quotes the private key or other content", async () => {
    const key = good["tls.key"].split("\n")[3] ?? "";
    for (const data of [await make({ mismatchedKey: true }), { ...good, "ca.crt": good["tls.key"] }]) {
      assert.ok(!faultOf(data).includes(key) && !faultOf(data).includes("BEGIN"));
    }
  });
});

describe("the root CA of the relay", () => {
  const fault = (pem: string) => rootCertificateFault(pem, new Date());

  test("is good as one certificate and as a bundle", () => {
    assert.equal(fault(hub.root.certificatePem), undefined);
    assert.equal(fault(hub.root.certificatePem + foreign.root.certificatePem), undefined);
  });

  test("is good when at least one of the bundle is valid", async () => {
    const old = await createRootAuthority({ validity: validFor(1, new Date("2020-01-01T00:00:00Z")) });
    assert.equal(fault(old.certificatePem + hub.root.certificatePem), undefined);
    assert.equal(fault(old.certificatePem), "it expired on 2020-01-02T00:00:00.000Z");
  });

  test("is no good before its begin", async () => {
    const later = await createRootAuthority({ validity: validFor(1, new Date(Date.now() + day)) });
    assert.match(fault(later.certificatePem) ?? "", /not valid yet/);
  });

  test("is no good when it is not a CA", () => {
    assert.match(fault(hub.server.certificatePem) ?? "", /is not a CA/);
  });

  test("is no good when it holds no certificate, or half of one", () => {
    assert.match(fault("") ?? "", /no certificate/);
    assert.match(fault(hub.root.certificatePem.slice(0, 300)) ?? "", /no certificate/);
    assert.match(fault(hub.root.privateKeyPem()) ?? "", /no certificate/);
    assert.match(
      fault("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----") ?? "",
      /not an X.509 certificate/,
    );
  });
});

describe("over all inputs", () => {
  const pem = () =>
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(good["tls.crt"], good["tls.key"], good["ca.crt"], foreign.root.certificatePem),
      fc.nat(good["tls.crt"].length).map((length) => good["tls.crt"].slice(0, length)),
      fc.base64String().map((text) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----`),
      fc.base64String().map((text) => `-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----`),
    );

  test("a Secret of any content is judged and never leads to a throw", () => {
    const end = "-----END CERTIFICATE-----";
    const ownCertificate = good["tls.crt"].slice(0, good["tls.crt"].indexOf(end) + end.length);
    const data = fc.record({ "tls.crt": pem(), "tls.key": pem(), "ca.crt": pem() }, { requiredKeys: [] });
    fc.assert(
      fc.property(data, fc.boolean(), pem(), (content, chainToRoot, rootCertificate) => {
        const verdict = judge(content, { chainToRoot, rootCertificate });
        // What follows it may be cut: the CA that signed it may be in ca.crt.
        if (verdict.accepted) assert.ok(content["tls.crt"]?.startsWith(ownCertificate), content["tls.crt"]);
      }),
    );
  });

  test("a certificate without its intermediate is good if ca.crt has the CA that signed it", () => {
    const ownOnly = good["tls.crt"].slice(0, good["tls.crt"].indexOf("-----END CERTIFICATE-----") + 26);
    const content = { ...good, "tls.crt": ownOnly, "ca.crt": good["tls.crt"] };
    assert.equal(judge(content, { chainToRoot: false }).accepted, true);
    assert.equal(judge(content, { chainToRoot: true }).accepted, false);
  });

  test("data that is not base64 is judged, too", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const secret = { metadata: { name: "x" }, data: { "tls.crt": text, "tls.key": text, "ca.crt": text } };
        assert.equal(judgeClientCertificate(secret, expected).accepted, false);
      }),
    );
  });

  test("any string as a root CA is judged and never leads to a throw", () => {
    fc.assert(fc.property(pem(), (text) => void rootCertificateFault(text, new Date())));
  });
});

test("a chain is found over several intermediates in any order, and a circle ends", async () => {
  const lower = await createSigningAuthority(hub.signing, { commonName: "lower" });
  const data = await make({ leafOnly: true }, { ...hub, signing: lower });
  const [leaf, root, ...between] = [
    data["tls.crt"],
    hub.root.certificatePem,
    lower.certificatePem,
    hub.signing.certificatePem,
    foreign.signing.certificatePem,
  ].flatMap((pem) => certificatesIn(pem).certificates);
  assert.ok(leaf && root);
  const search = (roots: readonly Certificate[], intermediates: readonly Certificate[]) =>
    chainFault({ leaf, roots, intermediates, usage: "client", now: new Date() });
  assert.equal(search([root], between), undefined);
  assert.equal(search([root], [...between, ...between].reverse()), undefined);
  assert.ok(search(certificatesIn(foreign.root.certificatePem).certificates, [root, ...between]));
  assert.equal(certificateFacts(leaf).issuer, "CN=lower, O=relay-tls-signing");
});
