import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer as createPlainServer, type Server } from "node:net";
import { before, describe, type TestContext, test } from "node:test";
import { createServer, type TLSSocket, type TlsOptions } from "node:tls";
import { checkServerCertificate, type ServerAnswer } from "../../../../../components/preflight/hub/serverCertificate";
import {
  createHubCertificates,
  createSigningAuthority,
  type HubCertificates,
  issueServerCertificate,
  validFor,
} from "../../../../sandbox/relay";
import type { KeyedCertificate } from "../../../../sandbox/relay/certificates";

// Against TLS servers on 127.0.0.1. Not proven here: the relay server itself, whose TLS is Go's.

const authority = "enterprise-networking.gloo-mesh";
const year = 365;
const yearsAgo = (years: number) => new Date(Date.now() - years * year * 24 * 3600 * 1000);

let hub: HubCertificates;
let foreign: HubCertificates;

// RSA keys are slow to make: once for the file.
before(async () => {
  [hub, foreign] = await Promise.all([createHubCertificates(), createHubCertificates()]);
});

async function listen(context: TestContext, server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A TLS server; `seen` tells of its first connection once that has ended. */
async function serve(
  context: TestContext,
  shown: KeyedCertificate,
  intermediates: readonly KeyedCertificate[] = [],
  options: TlsOptions = {},
): Promise<{ address: string; seen: Promise<{ serverName: unknown; bytes: number }> }> {
  const cert = [shown, ...intermediates].map(({ certificatePem }) => certificatePem).join("");
  const server = createServer({ cert, key: shown.privateKeyPem(), ALPNProtocols: ["h2"], ...options });
  server.on("tlsClientError", () => undefined);
  const seen = once(server, "secureConnection").then(async ([first]) => {
    const socket = first as TLSSocket;
    let bytes = 0;
    socket.on("data", (chunk) => {
      bytes += chunk.length;
    });
    await once(socket, "close");
    return { serverName: socket.servername, bytes };
  });
  seen.catch(() => undefined);
  return { address: await listen(context, server), seen };
}

function check(serverAddress: string, changes: object = {}): Promise<ServerAnswer> {
  const rootCertificate = hub.root.certificatePem;
  return checkServerCertificate({ serverAddress, authority, rootCertificate, now: new Date(), ...changes });
}

const codes = ({ findings }: ServerAnswer) => findings.map(({ code, severity }) => `${severity} ${code}`);

describe("a relay server that is reachable from here", () => {
  test("a good certificate: nothing is found, nothing is sent, and the authority is the server name", async (context) => {
    const { address, seen } = await serve(context, hub.server);
    const answer = await check(address);
    assert.deepEqual([codes(answer), answer.leftToTheAgent], [[], undefined]);
    assert.match(answer.chain[0]?.notAfter ?? "", /^\d{4}-\d\d-\d\dT/);
    assert.match(answer.chain[0]?.fingerprint ?? "", /^([0-9A-F]{2}:){31}/);
    assert.deepEqual(await seen, { serverName: authority, bytes: 0 });
  });

  test("over an intermediate that the server shows, and with a bundle of roots", async (context) => {
    const signing = await createSigningAuthority(hub.root);
    const { address } = await serve(context, await issueServerCertificate(signing), [signing]);
    const bundle = `${foreign.root.certificatePem}${hub.root.certificatePem}`;
    assert.deepEqual(codes(await check(address, { rootCertificate: bundle })), []);
  });

  test("GMR209: a certificate of another root, or with the intermediate missing", async (context) => {
    const { address } = await serve(context, foreign.server);
    const answer = await check(address);
    assert.deepEqual(codes(answer), ["error GMR209"]);
    assert.match(answer.findings[0]?.where ?? "", new RegExp(`^${address}, authority ${authority}$`));
    const bare = await serve(context, await issueServerCertificate(await createSigningAuthority(hub.root)));
    assert.deepEqual(codes(await check(bare.address)), ["error GMR209"]);
    // A root that the agent does not get from here cannot be compared with.
    assert.deepEqual(codes(await check(bare.address, { rootCertificate: undefined })), []);
  });

  test("GMR210: names of the certificate as Go compares them", async (context) => {
    const shown = await issueServerCertificate(hub.root, { dnsNames: ["*.gloo-mesh", "Relay.Example.com"] });
    const { address } = await serve(context, shown);
    for (const name of [authority, "a.GLOO-mesh", "relay.example.com", "relay.example.com."]) {
      assert.deepEqual(codes(await check(address, { authority: name })), [], name);
    }
    for (const name of ["gloo-mesh", "a.b.gloo-mesh", "relay.example.org", "enterprise-networking.other", "10.0.0.1"]) {
      const answer = await check(address, { authority: name });
      assert.deepEqual(codes(answer), ["error GMR210"], name);
      assert.match(answer.findings[0]?.cause ?? "", /it is for \*\.gloo-mesh, Relay\.Example\.com/);
    }
  });

  test("GMR210: a wildcard in another label, or alone, covers nothing", async (context) => {
    const shown = await issueServerCertificate(hub.root, { dnsNames: ["enterprise-networking.*", "*"] });
    const { address } = await serve(context, shown);
    for (const name of [authority, "relay"]) {
      assert.deepEqual(codes(await check(address, { authority: name })), ["error GMR210"], name);
    }
  });

  test("GMR211: expired, or not valid yet; not GMR209 beside it", async (context) => {
    const old = await createHubCertificates();
    const expired = await issueServerCertificate(hub.root, { validity: validFor(1) });
    const { address } = await serve(context, expired);
    const inTwoDays = new Date(Date.now() + 2 * 24 * 3600 * 1000);
    const answer = await check(address, { now: inTwoDays });
    assert.deepEqual(codes(answer), ["error GMR211"]);
    assert.match(answer.findings[0]?.what ?? "", /has expired/);
    const young = await check(address, { now: yearsAgo(1) });
    assert.deepEqual(codes(young), ["error GMR211"]);
    assert.match(young.findings[0]?.what ?? "", /not valid yet/);
    const both = await check(address, { now: inTwoDays, rootCertificate: old.root.certificatePem, authority: "x.y" });
    assert.deepEqual(codes(both), ["error GMR209", "error GMR210", "error GMR211"]);
  });

  test("GMR211: an expired intermediate is named", async (context) => {
    const signing = await createSigningAuthority(hub.root, { validity: validFor(1) });
    const { address } = await serve(context, await issueServerCertificate(signing), [signing]);
    const answer = await check(address, { now: new Date(Date.now() + 2 * 24 * 3600 * 1000) });
    assert.deepEqual(codes(answer), ["error GMR211"]);
    assert.match(answer.findings[0]?.what ?? "", /intermediate certificate .*relay-tls-signing/);
  });

  test("GMR215: a TLS server that offers neither what Go speaks nor HTTP/2", async (context) => {
    for (const options of [{ ALPNProtocols: ["http/1.1"] }, { ciphers: "AES128-SHA256", maxVersion: "TLSv1.2" }]) {
      const { address } = await serve(context, hub.server, [], options as TlsOptions);
      assert.deepEqual(codes(await check(address)), ["error GMR215"]);
    }
  });

  test("the final dot of an authority is not part of the server name, as in Go", async (context) => {
    const { address, seen } = await serve(context, hub.server);
    assert.deepEqual(codes(await check(address, { authority: `${authority}.` })), []);
    assert.equal((await seen).serverName, authority);
  });

  test("a server that wants a client certificate is looked at all the same", async (context) => {
    const options = { requestCert: true, rejectUnauthorized: true, ca: hub.root.certificatePem };
    for (const versions of [{ minVersion: "TLSv1.3" }, { maxVersion: "TLSv1.2" }] as const) {
      const { address } = await serve(context, hub.server, [], { ...options, ...versions });
      assert.deepEqual((await check(address)).leftToTheAgent, undefined);
    }
  });
});

describe("what cannot be looked at is left to the agent", () => {
  async function left(address: string, why: RegExp): Promise<void> {
    const answer = await check(address);
    assert.deepEqual([answer.findings, answer.chain], [[], []]);
    assert.match(answer.leftToTheAgent ?? "", why);
  }

  test("nobody listens", async (context) => {
    const server = createPlainServer();
    const address = await listen(context, server);
    await new Promise((resolve) => server.close(resolve));
    await left(address, /ECONNREFUSED/);
  });

  test("a name that does not resolve", async () => {
    await left("relay.invalid:9900", /no TLS handshake with relay\.invalid:9900 \((ENOTFOUND|EAI_AGAIN)\)|no answer/);
  });

  test("a server that speaks no TLS, or hangs up", async (context) => {
    const plain = createPlainServer((socket) =>
      socket.on("error", () => undefined).end("HTTP/1.1 400 Bad Request\r\n\r\n"),
    );
    await left(await listen(context, plain), /no TLS handshake/);
    const rude = createPlainServer((socket) => socket.destroy());
    await left(await listen(context, rude), /ECONNRESET|closed the connection/);
  });

  test("a server that says nothing: until the limit", async (context) => {
    const sockets: { destroy(): void }[] = [];
    const silent = createPlainServer((socket) => sockets.push(socket.on("error", () => undefined)));
    context.after(() => {
      for (const socket of sockets) socket.destroy();
    });
    await left(await listen(context, silent), /no answer from .* within 3 s/);
  });

  test("an address that is none", async () => {
    await left("not an address", /is not host:port/);
  });

  test("an interruption ends the look", async (context) => {
    const sockets: { destroy(): void }[] = [];
    const silent = createPlainServer((socket) => sockets.push(socket.on("error", () => undefined)));
    context.after(() => {
      for (const socket of sockets) socket.destroy();
    });
    const address = await listen(context, silent);
    const interruption = new AbortController();
    const question = { serverAddress: address, authority, rootCertificate: undefined, now: new Date() };
    const looking = checkServerCertificate(question, interruption.signal);
    silent.once("connection", () => interruption.abort(new Error("interrupted")));
    await assert.rejects(looking, /interrupted/);
  });
});
