import { strict as assert } from "node:assert";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { before, describe, test } from "node:test";
import { inspect } from "node:util";
import { createHubCertificates, type HubCertificates, validFor } from "../../../sandbox/relay/certificates";
import { createClientSecretData } from "../../../sandbox/relay/clientCertificates";

const YEAR_MILLISECONDS = 365 * 24 * 3600 * 1000;

describe("certificates of the relay stand-ins", () => {
  let hub: HubCertificates;
  before(async () => {
    hub = await createHubCertificates();
  });

  test("the hub has a ten year root, an intermediate and a server certificate for *.gloo-mesh", () => {
    const root = new X509Certificate(hub.root.certificatePem);
    const signing = new X509Certificate(hub.signing.certificatePem);
    const server = new X509Certificate(hub.server.certificatePem);
    assert.equal(root.subject, "CN=*.gloo-mesh\nO=relay-root");
    assert.equal(signing.subject, "CN=*.gloo-mesh\nO=relay-tls-signing");
    assert.ok(root.ca && signing.ca && !server.ca);
    assert.ok(root.verify(root.publicKey) && signing.verify(root.publicKey) && server.verify(root.publicKey));
    assert.equal(server.subjectAltName, "DNS:*.gloo-mesh");
    assert.equal(root.validToDate.getTime() - root.validFromDate.getTime(), 10 * YEAR_MILLISECONDS);
  });

  test("bad client certificates are bad in exactly the way that was asked for", async () => {
    const foreign = await createHubCertificates();
    const make = (options: Omit<Parameters<typeof createClientSecretData>[1], "clusterName">) =>
      createClientSecretData(hub, { clusterName: "cluster-2", ...options });
    const validity = validFor(1, new Date("2020-01-01T00:00:00Z"));
    const expired = new X509Certificate((await make({ validity }))["tls.crt"]);
    assert.equal(expired.validToDate.toISOString(), "2020-01-02T00:00:00.000Z");
    assert.equal(new X509Certificate((await make({ dnsNames: ["x"] }))["tls.crt"]).subjectAltName, "DNS:x");
    assert.equal(new X509Certificate((await make({ dnsNames: [] }))["tls.crt"]).subjectAltName, undefined);
    assert.equal(new X509Certificate((await make({ commonName: "y" }))["tls.crt"]).subject, "CN=y");
    assert.equal(certificates((await make({ leafOnly: true }))["tls.crt"]).length, 1);
    const mismatched = await make({ mismatchedKey: true });
    const key = createPrivateKey(mismatched["tls.key"]);
    assert.equal(new X509Certificate(mismatched["tls.crt"]).checkPrivateKey(key), false);
    const stranger = await createClientSecretData(foreign, {
      clusterName: "cluster-2",
      caPem: hub.root.certificatePem,
    });
    const intermediate = certificates(stranger["tls.crt"])[1];
    assert.equal(intermediate?.verify(new X509Certificate(stranger["ca.crt"]).publicKey), false);
  });

  test("printing certificates shows no private key", () => {
    assert.doesNotMatch(inspect(hub, { depth: 10 }) + JSON.stringify(hub), /PRIVATE KEY/);
  });
});

function certificates(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}
