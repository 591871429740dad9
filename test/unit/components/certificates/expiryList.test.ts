import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { clientExpiries, hubExpiries, inOrder } from "../../../../components/certificates/expiryList";
import type { NamedCertificate } from "../../../../components/certificates/x509";
import { createHubCertificates } from "../../../sandbox/relay";

function factsOf(name: string, issuer: string, dnsNames: readonly string[] = []): NamedCertificate {
  const dates = { notBefore: "2026-01-01T00:00:00.000Z", notAfter: "2027-01-01T00:00:00.000Z" };
  return { fingerprint: name, serialNumber: "1", subject: name, issuer, dnsNames, ...dates };
}

const source = { name: "root", namespace: "gloo-mesh", key: "ca.crt" };
const place = { name: "client", namespace: "agents" };

describe("the certificates of a registration", () => {
  test("are the management cluster's root CAs, intermediates, the relay server's and the client's, in this order, each once", async () => {
    const { root } = await createHubCertificates();
    const signing = factsOf("CN=signing", "CN=root");
    const server = { address: "relay:9900", chain: [factsOf("CN=server", "CN=signing"), signing] };
    const hub = hubExpiries(root.certificatePem, source, server);
    const client = clientExpiries({ facts: factsOf("CN=one", "CN=signing"), issuers: [signing] }, "one", place, false);
    assert.deepEqual(
      inOrder([...client, ...hub]).map(({ kind, where }) => [kind, where]),
      [
        ["root", "management cluster, Secret gloo-mesh/root"],
        ["intermediate", "cluster one, Secret agents/client"],
        ["server", "relay:9900"],
        ["client", "cluster one, Secret agents/client"],
      ],
    );
  });

  test("count an issuer that signs itself as a root", () => {
    const issuers = [factsOf("CN=own root", "CN=own root")];
    const kinds = clientExpiries({ facts: factsOf("CN=one", "CN=own root"), issuers }, "one", place, false);
    assert.deepEqual(
      kinds.map(({ kind }) => kind),
      ["client", "root"],
    );
  });

  test("say of a client certificate, and of no other, that its agent renews it", () => {
    const issuers = [factsOf("CN=own root", "CN=own root")];
    const expiries = clientExpiries({ facts: factsOf("CN=one", "CN=own root"), issuers }, "one", place, true);
    assert.deepEqual(
      expiries.map(({ kind, renewedBy }) => [kind, renewedBy]),
      [
        ["client", "agent"],
        ["root", undefined],
      ],
    );
  });

  test("are called by their first DNS name where they have no subject", () => {
    const [client] = clientExpiries({ facts: factsOf("", "CN=a", ["one", "two"]), issuers: [] }, "one", place, false);
    assert.equal(client?.subject, "one");
  });

  test("are none for a relay without TLS", () => {
    assert.deepEqual(hubExpiries("", source, { address: "relay:9900", chain: [] }), []);
  });
});
