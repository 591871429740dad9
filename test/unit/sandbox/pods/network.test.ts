import { strict as assert } from "node:assert";
import { access, mkdtemp, rm } from "node:fs/promises";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Authority, type Credential } from "../../../sandbox/controlplane/authority";
import { ContainerLog } from "../../../sandbox/pods/containerLog";
import { KubeletServer } from "../../../sandbox/pods/kubeletServer";
import { PodNetwork } from "../../../sandbox/pods/podNetwork";

describe("pod network", () => {
  let folder: string;
  let network: PodNetwork;
  let web: http.Server;
  let webPort: number;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "gmr-"));
    network = await PodNetwork.start(join(folder, "pods.sock"), "10.200.0.1");
    web = http.createServer((request, response) => response.end(`hello ${request.url}`));
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    webPort = (web.address() as AddressInfo).port;
  });
  after(async () => {
    web.closeAllConnections();
    web.close();
    await network.stop();
    await assert.rejects(access(join(folder, "pods.sock")), { code: "ENOENT" });
    await rm(folder, { recursive: true });
  });

  /** CONNECT through the socket; the status, and the tunnel when it is 200. */
  function connect(target: string): Promise<{ status: number | undefined; tunnel: Socket }> {
    return new Promise((resolve, reject) => {
      const request = http.request({ socketPath: join(folder, "pods.sock"), method: "CONNECT", path: target });
      request.once("connect", (response, tunnel) => resolve({ status: response.statusCode, tunnel: tunnel as Socket }));
      request.once("error", reject);
      request.end();
    });
  }

  function get(tunnel: Socket, path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      http
        .get({ createConnection: () => tunnel, path, host: "pod" }, (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (piece: string) => {
            text += piece;
          });
          response.once("end", () => resolve(text));
        })
        .once("error", reject);
    });
  }

  test("a registered address leads to its local port, until it is taken back", async () => {
    const withdraw = network.route("10.200.1.9", 9091, { host: "127.0.0.1", port: webPort });
    const { status, tunnel } = await connect("10.200.1.9:9091");
    assert.equal(status, 200);
    assert.equal(await get(tunnel, "/metrics"), "hello /metrics");
    tunnel.destroy();
    withdraw();
    assert.equal((await connect("10.200.1.9:9091")).status, 502);
  });

  test("an address that nobody registered, and one behind which nobody listens, are bad gateways", async () => {
    assert.equal((await connect("10.200.1.8:80")).status, 502);
    assert.equal((await connect("127.0.0.1:80")).status, 502);
    const unused = http.createServer();
    await new Promise<void>((resolve) => unused.listen(0, "127.0.0.1", resolve));
    const { port } = unused.address() as AddressInfo;
    await new Promise((resolve) => unused.close(resolve));
    network.route("10.200.1.7", 80, { host: "127.0.0.1", port });
    assert.equal((await connect("10.200.1.7:80")).status, 502);
  });

  test("addresses are unique, kept when wanted and free, and never the node's or a broadcast one", () => {
    const first = network.allocate();
    assert.match(first, /^10\.200\.[1-9]\d*\.[1-9]\d*$/);
    assert.notEqual(network.allocate(first), first);
    network.release(first);
    assert.equal(network.allocate(first), first);
    assert.match(network.allocate("192.168.0.1"), /^10\.200\./);
    const many = Array.from({ length: 600 }, () => network.allocate());
    assert.equal(new Set(many).size, 600);
    assert.ok(!many.some((ip) => /\.(0|255)$/.test(ip) || ip === network.nodeIp));
  });

  test("the withdrawal of a replaced route does not take away its successor", async () => {
    const withdraw = network.route("10.200.1.6", 80, { host: "127.0.0.1", port: 1 });
    network.route("10.200.1.6", 80, { host: "127.0.0.1", port: webPort });
    withdraw();
    const { status, tunnel } = await connect("10.200.1.6:80");
    assert.equal(status, 200);
    tunnel.destroy();
  });
});

describe("kubelet endpoint", () => {
  let authority: Authority;
  let client: Credential;
  const log = new ContainerLog();
  let server: KubeletServer;
  before(async () => {
    log.append("one\ntwo");
    authority = await Authority.create("test");
    client = await authority.issueClientCertificate("kube-apiserver-kubelet-client");
    server = await KubeletServer.start({
      ...(await authority.issueServingCertificate({ ips: ["127.0.0.1"] })),
      clientCa: authority.cert,
      lookup: (_namespace, pod, container) =>
        pod !== "pod" ? "no such pod" : container !== "main" ? "no such container" : { log: () => log },
    });
  });
  after(() => server.stop());

  function get(path: string, credential: { cert?: string; key?: string } = client) {
    return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const { host, port } = server.address;
      https
        .get({ host, port, path, ca: authority.cert, agent: false, ...credential }, (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (piece: string) => {
            text += piece;
          });
          response.once("end", () => resolve({ status: response.statusCode, text }));
        })
        .once("error", reject);
    });
  }

  test("serves logs to the API server", async () => {
    assert.deepEqual(await get("/containerLogs/n/pod/main?tailLines=1"), { status: 200, text: "two\n" });
  });

  test("says what it does not have", async () => {
    assert.deepEqual(await get("/containerLogs/n/other/main"), { status: 404, text: 'pod "other" does not exist' });
    const wrong = await get("/containerLogs/n/pod/other");
    assert.deepEqual(wrong, { status: 404, text: 'container "other" not found in pod "pod"' });
    assert.equal((await get("/exec/n/pod/main")).status, 404);
    assert.equal((await get("/containerLogs/n/pod")).status, 400);
    assert.equal((await get("/containerLogs/n/%ff/main")).status, 400);
  });

  test("refuses callers without a certificate of the cluster", async () => {
    await assert.rejects(get("/containerLogs/n/pod/main", {}));
    const stranger = await (await Authority.create("other")).issueClientCertificate("kube-apiserver-kubelet-client");
    await assert.rejects(get("/containerLogs/n/pod/main", stranger));
  });
});
