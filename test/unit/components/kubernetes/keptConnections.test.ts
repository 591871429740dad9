import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createProxy, type IncomingMessage, type Server as ProxyServer } from "node:http";
import { createServer, type Server } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { problemsOf } from "../../../../components/base/problems";
import { KubernetesClient } from "../../../../components/kubernetes/client";
import { Authority } from "../../../sandbox/controlplane/authority";

const path = "/api/v1/namespaces/gloo-mesh";
const answer = JSON.stringify({ kind: "Namespace", metadata: { name: "gloo-mesh", uid: "1" } });

let authority: Authority;
let folder: string;
let server: Server;
let proxy: ProxyServer;
/** One for each TLS handshake: whether it resumed a session, and the common name of the client certificate. */
let handshakes: { readonly isResumed: boolean; readonly user: string | undefined }[];
/** One for each request: the number of the connection that it came on, and what it was. */
let requests: string[];
let tunnels: number;
/** What the server does with a request instead of an answer. */
let disturb: (request: string) => "close" | "closeAfterwards" | undefined;

before(async () => {
  authority = await Authority.create("kept");
  folder = await mkdtemp(join(tmpdir(), "kept-"));
  proxy = createProxy().on("connect", (request: IncomingMessage, socket: Socket) => {
    tunnels += 1;
    const onward = connect(Number(request.url?.split(":").at(-1)), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    socket.on("error", () => onward.destroy());
    onward.on("error", () => socket.destroy());
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
});
after(async () => {
  proxy.close();
  await rm(folder, { recursive: true });
});

// Each test has a server of its own, since a process shares the connections to one address.
beforeEach(async () => {
  [handshakes, requests, tunnels, disturb] = [[], [], 0, () => undefined];
  const credential = await authority.issueServingCertificate({ ips: ["127.0.0.1"] });
  server = createServer({ ...credential, ca: authority.cert, requestCert: true, rejectUnauthorized: false });
  server.keepAliveTimeout = 0;
  const numbers = new Map<object, number>();
  server.on("secureConnection", (socket: TLSSocket) => {
    numbers.set(socket, numbers.size + 1);
    const user = socket.getPeerCertificate().subject?.CN;
    handshakes.push({ isResumed: socket.isSessionReused(), user: typeof user === "string" ? user : undefined });
  });
  server.on("request", (request, response) => {
    const line = `${numbers.get(request.socket)} ${request.method}`;
    requests.push(line);
    const disturbance = disturb(line);
    if (disturbance === "close") return request.socket.destroy();
    if (disturbance === "closeAfterwards") response.setHeader("connection", "close");
    response.setHeader("content-type", "application/json");
    return response.end(answer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, "close");
});

function kubeconfig(user: object = { token: "any" }, cluster: object = {}): string {
  const { port } = server.address() as AddressInfo;
  const ca = Buffer.from(authority.cert).toString("base64");
  const place = { server: `https://127.0.0.1:${port}`, "certificate-authority-data": ca, ...cluster };
  return JSON.stringify({
    "current-context": "kept",
    contexts: [{ name: "kept", context: { cluster: "kept", user: "kept" } }],
    clusters: [{ name: "kept", cluster: place }],
    users: [{ name: "kept", user }],
  });
}

function open(user?: object, cluster?: object): Promise<KubernetesClient> {
  return KubernetesClient.open({ kubeconfig: kubeconfig(user, cluster) });
}

function throughProxy(): object {
  return { "proxy-url": `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
}

async function read(client: KubernetesClient, times: number): Promise<void> {
  for (let count = 0; count < times; count++) await client.find(path);
}

const full = { isResumed: false, user: undefined };
const resumed = { isResumed: true, user: undefined };

describe("the connections to an API server", { concurrency: false }, () => {
  test("are one for requests that follow each other, of all clients of the process", async () => {
    await read(await open(), 5);
    await read(await open({ token: "another" }), 5);
    assert.deepEqual([handshakes, requests], [[full], Array(10).fill("1 GET")]);
  });

  test("are as many as requests at the same time, and stay for the next ones", async () => {
    const client = await open();
    for (let round = 0; round < 3; round++) await Promise.all(Array.from({ length: 4 }, () => client.find(path)));
    assert.deepEqual([handshakes.length, requests.length], [4, 12]);
  });

  test("resume the TLS session where each is closed after its answer", async () => {
    disturb = () => "closeAfterwards";
    await read(await open(), 4);
    assert.deepEqual(handshakes, [full, resumed, resumed, resumed]);
  });

  test("are kept through a proxy, too", async () => {
    await read(await open(undefined, throughProxy()), 5);
    assert.deepEqual([tunnels, handshakes, requests.length], [1, [full], 5]);
  });

  test("resume the TLS session through a proxy, too", async () => {
    disturb = () => "closeAfterwards";
    await read(await open(undefined, throughProxy()), 3);
    assert.deepEqual([tunnels, handshakes], [3, [full, resumed, resumed]]);
  });

  test("are not shared by a direct way and a way through a proxy", async () => {
    await read(await open(), 1);
    await read(await open(undefined, throughProxy()), 1);
    assert.deepEqual([tunnels, requests], [1, ["1 GET", "2 GET"]]);
  });

  test("of one client certificate never serve another, nor does its TLS session", async () => {
    const file = join(folder, "credential.json");
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      interactiveMode: "Never",
      command: "cat",
      args: [file],
    };
    const client = await open({ exec });
    for (const user of ["first", "second"]) {
      const { cert, key } = await authority.issueClientCertificate(user);
      // It has expired, so each request runs the plugin.
      const status = {
        clientCertificateData: cert,
        clientKeyData: key,
        expirationTimestamp: "2020-01-01T00:00:00Z",
      };
      await writeFile(file, JSON.stringify({ apiVersion: exec.apiVersion, kind: "ExecCredential", status }));
      await read(client, 2);
    }
    const users = ["first", "second"].map((user) => ({ isResumed: false, user }));
    assert.deepEqual([handshakes, requests], [users, ["1 GET", "1 GET", "2 GET", "2 GET"]]);
  });

  test("are not shared by those who verify the server and those who do not", async () => {
    const { port } = server.address() as AddressInfo;
    const anybody = { "insecure-skip-tls-verify": true, "certificate-authority-data": "" };
    await read(await open(undefined, { server: `https://127.0.0.1:${port}`, ...anybody }), 1);
    await read(await open(), 1);
    assert.deepEqual(
      [handshakes, requests],
      [
        [full, full],
        ["1 GET", "2 GET"],
      ],
    );
  });

  test("do not keep a program from its end", async () => {
    const program = join(__dirname, "fixtures", "asking.js");
    const { stdout } = await promisify(execFile)(process.execPath, [program, kubeconfig()], { timeout: 20_000 });
    assert.deepEqual([stdout, requests], ["", ["1 GET"]]);
  });
});

describe("a kept connection that the server has closed", { concurrency: false }, () => {
  const codes = (work: Promise<unknown>) =>
    work.then(
      () => assert.fail("it succeeded"),
      (error: unknown) => problemsOf(error)?.map(({ code }) => code),
    );

  test("costs a read nothing: it is sent again, on a new connection", async () => {
    const client = await open();
    await read(client, 1);
    disturb = (request) => (request === "1 GET" ? "close" : undefined);
    await read(client, 1);
    assert.deepEqual(requests, ["1 GET", "1 GET", "2 GET"]);
  });

  test("has a read sent again once, and no more", async () => {
    const client = await open();
    await read(client, 1);
    disturb = () => "close";
    assert.deepEqual(await codes(client.find(path)), ["GMR118"]);
    assert.deepEqual(requests, ["1 GET", "1 GET", "2 GET"]);
  });

  test("makes a read give up the other kept connections, which are as old", async () => {
    const client = await open();
    await Promise.all([client.find(path), client.find(path)]);
    disturb = (request) => (/^[12] /.test(request) ? "close" : undefined);
    await read(client, 1);
    assert.deepEqual([handshakes.length, requests.at(-1)], [3, "3 GET"]);
  });

  test("never has a write sent again", async () => {
    const client = await open();
    await read(client, 2);
    disturb = (request) => (request.endsWith("PATCH") ? "close" : undefined);
    assert.deepEqual(await codes(client.request("PATCH", path, { body: {} })), ["GMR118"]);
    assert.deepEqual(requests, ["1 GET", "1 GET", "1 PATCH"]);
  });

  test("serves no write before it has served two requests: some servers close after each answer", async () => {
    const client = await open();
    await read(client, 1);
    await client.request("PATCH", path, { body: {} });
    await read(client, 1);
    await client.request("PATCH", path, { body: {} });
    assert.deepEqual(requests, ["1 GET", "2 PATCH", "2 GET", "2 PATCH"]);
  });

  test("serves no write after a second without a request", async (context) => {
    const client = await open();
    await read(client, 2);
    context.mock.timers.enable({ apis: ["Date"], now: Date.now() + 1001 });
    await client.request("PATCH", path, { body: {} });
    assert.deepEqual(requests, ["1 GET", "1 GET", "2 PATCH"]);
  });

  test("has a request for the user's rights, which changes nothing, sent again like a read", async () => {
    const client = await open();
    await read(client, 1);
    disturb = (request) => (request.startsWith("1 ") ? "close" : undefined);
    await client.request("POST", path, { body: {}, isRead: true });
    assert.deepEqual(requests, ["1 GET", "1 POST", "2 POST"]);
  });
});
