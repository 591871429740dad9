import { strict as assert } from "node:assert";
import { type AddressInfo, createServer, type Server } from "node:net";
import { describe, test } from "node:test";
import * as tls from "node:tls";
import { createHubCertificates, issueServerCertificate, validFor } from "../../../sandbox/relay/certificates";
import { checkAuthority, dial, secureContext, splitAddress } from "../../../sandbox/relay/dial";
import { RelayError } from "../../../sandbox/relay/relayError";

const AUTHORITY = "enterprise-networking.gloo-mesh";
const never = new AbortController().signal;

describe("dialling the relay server", () => {
  test("host names are checked as Go does: one wildcard label, no common name", () => {
    const peer = { subjectaltname: "DNS:*.gloo-mesh, IP Address:10.0.0.1" };
    for (const good of [AUTHORITY, "ENTERPRISE-networking.gloo-mesh", "10.0.0.1"]) {
      assert.equal(checkAuthority(good, peer), undefined);
    }
    for (const bad of ["gloo-mesh", "a.b.gloo-mesh", "enterprise-networking.other", "10.0.0.2"]) {
      const message = `x509: certificate is valid for *.gloo-mesh, 10.0.0.1, not ${bad}`;
      assert.equal(checkAuthority(bad, peer)?.message, message);
    }
    assert.match(checkAuthority(AUTHORITY, {})?.message ?? "", /relies on legacy Common Name field/);
  });

  test("addresses are split at the last colon, and an empty host means this machine", () => {
    assert.deepEqual(splitAddress("relay.example.test:9900"), { host: "relay.example.test", port: 9900 });
    assert.deepEqual(splitAddress("[::1]:9900"), { host: "::1", port: 9900 });
    assert.deepEqual(splitAddress(":9900"), { host: "127.0.0.1", port: 9900 });
    for (const bad of ["relay.example.test", "relay.example.test:", "relay.example.test:grpc", "a:70000"]) {
      assert.throws(() => splitAddress(bad), RelayError);
    }
  });

  test("an expired server certificate fails the handshake with Go's words", async () => {
    const hub = await createHubCertificates();
    const validity = validFor(1, new Date("2020-01-01T00:00:00Z"));
    const expired = await issueServerCertificate(hub.root, { validity });
    const server = tls.createServer({ cert: expired.certificatePem, key: expired.privateKeyPem() });
    // The client breaks off; what that means to the server is not of interest.
    server.on("tlsClientError", () => undefined);
    await listening(server, async (address) => {
      const transport = secureContext({ ca: hub.root.certificatePem });
      await assert.rejects(dial({ address, authority: AUTHORITY, transport }, never), {
        message:
          /^rpc error: code = Unavailable desc = connection error: desc = "transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time \S+Z is after 2020-01-02T00:00:00Z"$/,
      });
    });
  });

  test("a name below .invalid does not resolve, and nobody is asked", async () => {
    const { root } = await createHubCertificates();
    const transport = secureContext({ ca: root.certificatePem });
    await assert.rejects(
      dial({ address: "relay.invalid:9900", authority: AUTHORITY, transport }, never),
      /Error while dialing dial tcp: lookup relay\.invalid: no such host/,
    );
  });

  test("a server that speaks something else than TLS is told apart", async () => {
    const { root } = await createHubCertificates();
    const server = createServer((socket) =>
      socket.on("error", () => undefined).end("HTTP/1.1 400 Bad Request\r\n\r\n"),
    );
    await listening(server, async (address) => {
      const transport = secureContext({ ca: root.certificatePem });
      await assert.rejects(
        dial({ address, authority: AUTHORITY, transport }, never),
        /tls: first record does not look like a TLS handshake/,
      );
    });
  });

  test("a connection that closes at once is reported as EOF", async () => {
    const { root } = await createHubCertificates();
    const server = createServer((socket) => socket.on("error", () => undefined).end());
    await listening(server, async (address) => {
      const transport = secureContext({ ca: root.certificatePem });
      await assert.rejects(dial({ address, authority: AUTHORITY, transport }, never), /handshake failed: .*EOF/);
    });
  });

  test("a host that does not resolve is reported as a failed look-up", async () => {
    const endpoint = { address: "relay.invalid:9900", authority: AUTHORITY, transport: undefined };
    await assert.rejects(dial(endpoint, never), /dial tcp: lookup relay\.invalid: no such host/);
  });

  test("an abort ends a dial that hangs", async () => {
    const server = createServer((socket) => socket.on("error", () => undefined));
    await listening(server, async (address) => {
      const { root } = await createHubCertificates();
      const stopping = new AbortController();
      server.once("connection", () => stopping.abort());
      const transport = secureContext({ ca: root.certificatePem });
      await assert.rejects(dial({ address, authority: AUTHORITY, transport }, stopping.signal), RelayError);
    });
  });

  test("ca.crt without a certificate is named", () => {
    assert.throws(() => secureContext({ ca: "not a certificate" }), /ca\.crt holds no PEM certificate/);
  });
});

async function listening(server: Server, act: (address: string) => Promise<void>): Promise<void> {
  const sockets = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  try {
    await act(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}
