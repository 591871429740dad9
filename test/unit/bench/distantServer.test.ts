import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import * as net from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, test } from "node:test";
import * as tls from "node:tls";
import { DistantServer } from "../../bench/distantServer";
import { Authority } from "../../sandbox/controlplane/authority";
import { ManualClock } from "./manualClock";

const endings: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

describe("a distant server", () => {
  test("carries all bytes in their order, in both directions", async () => {
    const sent = randomBytes(3_000_000);
    const { client } = await connected({ answer: (socket) => socket.pipe(socket) });
    client.end(sent);
    assert.deepEqual(await bytesOf(client), sent);
  });

  test("passes the end of one direction on, and leaves the other open", async () => {
    const { client } = await connected({ answer: async (socket) => socket.end(`${await text(socket)} and more`) });
    client.end("all");
    assert.equal(await text(client), "all and more");
  });

  test("passes a broken connection on", async () => {
    const { client, server } = await connected({ answer: (socket) => socket.resume() });
    const broken = once(client.resume(), "error") as Promise<[NodeJS.ErrnoException]>;
    (await server).resetAndDestroy();
    assert.equal((await broken)[0].code, "ECONNRESET");
  });

  test("breaks the server's connection when the client's breaks", async () => {
    const { client, server } = await connected({ answer: (socket) => socket.resume() });
    const broken = once(await server, "error") as Promise<[NodeJS.ErrnoException]>;
    client.resetAndDestroy();
    assert.equal((await broken)[0].code, "ECONNRESET");
  });

  test("breaks the connection of a client when nothing listens behind it", async () => {
    const free = await listening(net.createServer());
    const target = portOf(free);
    free.close();
    const { port } = await distantServer({ target, rtt: 0 });
    const client = net.connect(port, "127.0.0.1");
    const [error] = (await once(client, "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "ECONNRESET");
  });

  test("answers one and a half round trips later on a new connection and one later from then on, by its clock", async () => {
    const clock = new ManualClock();
    const { client, server } = await connected({ answer: (socket) => socket.pipe(socket), rtt: 100, clock });
    const socket = await server;
    const steps: [number, string][] = [];
    for (const [count, word] of ["one", "two"].entries()) {
      client.write(word);
      await until(() => clock.waiting === 1);
      const reachesServer = once(socket, "data");
      const before = clock.now();
      clock.advance(count === 0 ? 149 : 49);
      assert.equal(clock.waiting, 1, "nothing arrives before its time");
      clock.advance(1);
      await reachesServer;
      await until(() => clock.waiting === 1);
      const reachesClient = once(client, "data");
      clock.advance(50);
      steps.push([clock.now() - before, String((await reachesClient)[0])]);
    }
    assert.deepEqual(steps, [
      [200, "one"],
      [100, "two"],
    ]);
  });

  test("counts connections and TLS handshakes, and those that resume a session", async () => {
    const authority = await Authority.create("bench");
    const { cert, key } = await authority.issueServingCertificate({ dns: ["localhost"], ips: ["127.0.0.1"] });
    const server = tls.createServer({ cert, key }, (socket) => socket.end("hello"));
    const far = await distantServer({ target: portOf(await listening(server)), rtt: 0 });
    const sessions: Buffer[] = [];
    const greet = async (session?: Buffer) => {
      const resumption = session === undefined ? {} : { session };
      const socket = tls.connect({ host: "127.0.0.1", port: far.port, ca: authority.cert, ...resumption });
      socket.on("session", (one) => sessions.push(one));
      assert.equal(await text(socket), "hello");
    };
    await greet();
    await greet(sessions[0]);
    const refused = once(server, "tlsClientError");
    const plain = net.connect(far.port, "127.0.0.1");
    plain.on("error", () => undefined);
    endings.push(() => void plain.destroy());
    plain.end("GET / HTTP/1.1\r\n\r\n");
    await refused;
    assert.deepEqual(far.count, { connections: 3, handshakes: 2, resumed: 1 });
  });

  test("that stops ends its connections and what is under way", async () => {
    const clock = new ManualClock();
    const { client, far } = await connected({ answer: (socket) => socket.pipe(socket), rtt: 100, clock });
    client.write("never arrives");
    await until(() => clock.waiting === 1);
    const ended = once(client.resume(), "end");
    await far.stop();
    await ended;
    assert.equal(clock.waiting, 0);
  });
});

interface Course {
  readonly answer: (socket: net.Socket) => unknown;
  readonly rtt?: number;
  readonly clock?: ManualClock;
}

/** A client, the distant server in front of it, and the socket that reaches the server behind that. */
async function connected({ answer, rtt = 0, clock }: Course) {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => void answer(socket));
  const reached = once(server, "connection").then(([socket]) => socket as net.Socket);
  const time = clock === undefined ? {} : { clock };
  const far = await distantServer({ target: portOf(await listening(server)), rtt, ...time });
  const client = net.connect({ host: "127.0.0.1", port: far.port, allowHalfOpen: true });
  endings.push(() => void client.destroy());
  await once(client, "connect");
  return { client, server: reached, far };
}

async function distantServer(distance: Parameters<typeof DistantServer.start>[0]): Promise<DistantServer> {
  const server = await DistantServer.start(distance);
  endings.push(() => server.stop());
  return server;
}

async function listening<T extends net.Server>(server: T): Promise<T> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  endings.push(() => void server.close());
  return server;
}

function portOf(server: net.Server): number {
  return (server.address() as net.AddressInfo).port;
}

async function bytesOf(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Resolves when the condition holds; what changes it are sockets, which this lets run. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
