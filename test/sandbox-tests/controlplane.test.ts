import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import {
  auditEvents,
  type ControlPlane,
  isWrite,
  mintUser,
  startControlPlanes,
  writeKubeconfig,
} from "../sandbox/controlplane";
import { Processes } from "../sandbox/processes";
import { ensureTools, type Tools } from "../toolchain";
import { processesNaming } from "./processTable";

// Real etcd, API servers and controller managers. There is no kubelet: pods stay pending.

let tools: Tools;
let folder = "";
let processes: Processes;
let first: ControlPlane;
let second: ControlPlane;

before(async () => {
  tools = await ensureTools({ report: (line) => console.error(line) });
  folder = mkdtempSync("/tmp/planes-");
  processes = await Processes.start();
  processes.removeWhenAbandoned(folder);
  [first, second] = await startTwo(["management", "remote-1"], { folder, tools, processes });
});

after(async () => {
  await processes?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const core = (plane: { kubeConfig: k8s.KubeConfig }) => plane.kubeConfig.makeApiClient(k8s.CoreV1Api);

describe("control planes", () => {
  it("hold objects of their own", async () => {
    await core(first).createNamespace({ body: { metadata: { name: "only-here" } } });
    await core(first).readNamespace({ name: "only-here" });
    await assert.rejects(core(second).readNamespace({ name: "only-here" }), statusOf(404));
    const uid = async (plane: ControlPlane) => (await core(plane).readNamespace({ name: "kube-system" })).metadata?.uid;
    assert.notEqual(await uid(first), await uid(second));
  });

  it("are in one kubeconfig as contexts, the first as the current one, readable for the owner only", async () => {
    const path = join(folder, "kubeconfig");
    await writeKubeconfig(path, [first, second]);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const kubectl = (...args: string[]) =>
      execFileSync(tools.kubectl.path, [`--kubeconfig=${path}`, ...args], { encoding: "utf8" }).trim();
    assert.equal(kubectl("config", "get-contexts", "--output=name"), "management\nremote-1");
    assert.equal(kubectl("config", "current-context"), "management");
    for (const plane of [first, second]) {
      assert.equal(kubectl(`--context=${plane.name}`, "get", "--raw=/readyz"), "ok");
    }
  });

  it("are verified by their own certificate authority, which the other's certificate does not satisfy", async () => {
    const mistaken = new k8s.KubeConfig();
    mistaken.loadFromOptions({
      clusters: second.kubeConfig.clusters.map((cluster) => ({ ...cluster, server: first.server })),
      users: first.kubeConfig.users,
      contexts: [{ name: "mistaken", cluster: "remote-1", user: "management-admin" }],
      currentContext: "mistaken",
    });
    await assert.rejects(core({ kubeConfig: mistaken }).listNamespace(), certificateRefused);
  });

  it("answer on the loopback address only", async () => {
    const port = Number(new URL(first.server).port);
    const others = Object.values(networkInterfaces()).flatMap((addresses) =>
      (addresses ?? []).filter(({ internal, family }) => !internal && family === "IPv4"),
    );
    for (const { address } of others) {
      await assert.rejects(once(connect(port, address), "connect"), /ECONNREFUSED/, address);
    }
  });

  it("keep keys, tokens and data from everybody but their owner", () => {
    const open = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile() && (statSync(join(entry.parentPath, entry.name)).mode & 0o077) !== 0,
    );
    assert.deepEqual(
      open.map(({ name }) => name),
      [],
    );
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  it("have controllers that turn a Deployment into pods and collect them after it", async () => {
    const apps = first.kubeConfig.makeApiClient(k8s.AppsV1Api);
    const labels = { app: "web" };
    const spec = {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "web:1" }] } },
    };
    await apps.createNamespacedDeployment({ namespace: "default", body: { metadata: { name: "web" }, spec } });
    await untilPods(first, 1);
    await apps.deleteNamespacedDeployment({ name: "web", namespace: "default" });
    await untilPods(first, 0);
  });

  it("dial pods through the Unix socket of the pod network", async () => {
    const podIp = "10.244.7.7";
    const dialled: string[] = [];
    const proxy = createServer().on("connect", (request, socket) => {
      dialled.push(String(request.url));
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    });
    proxy.listen(second.podNetworkSocket);
    await once(proxy, "listening");
    try {
      const spec = { containers: [{ name: "web", image: "web:1" }], nodeName: "sandbox" };
      const pod = { name: "dialled", namespace: "default" };
      const created = await core(second).createNamespacedPod({ namespace: "default", body: { metadata: pod, spec } });
      const status = { phase: "Running", podIP: podIp, podIPs: [{ ip: podIp }] };
      await core(second).replaceNamespacedPodStatus({ ...pod, body: { ...created, status } });
      await second.get("/api/v1/namespaces/default/pods/dialled:8080/proxy/");
      assert.deepEqual(dialled, [`${podIp}:8080`]);
    } finally {
      proxy.close();
    }
  });
});

describe("a minted user", () => {
  it("may do what its rules say and nothing else", async () => {
    const kubeConfig = await mintUser(first, {
      name: "reader",
      rules: { default: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] }] },
    });
    await core({ kubeConfig }).listNamespacedConfigMap({ namespace: "default" });
    await assert.rejects(core({ kubeConfig }).listNamespacedConfigMap({ namespace: "kube-system" }), statusOf(403));
    await assert.rejects(core({ kubeConfig }).listNamespacedSecret({ namespace: "default" }), statusOf(403));
  });

  it("of one cluster is nobody on another", async () => {
    const kubeConfig = await mintUser(first, { name: "stranger", groups: ["system:masters"] });
    await core({ kubeConfig }).listNamespace();
    const elsewhere = new k8s.KubeConfig();
    elsewhere.loadFromClusterAndUser(clusterOf(second), userOf(kubeConfig));
    await assert.rejects(core({ kubeConfig: elsewhere }).listNamespace(), statusOf(401));
  });
});

describe("the audit log", () => {
  it("tells every request of a user, the last one included, and no content", async () => {
    const kubeConfig = await mintUser(first, { name: "writer", groups: ["system:masters"] });
    const client = core({ kubeConfig });
    const secret = { name: "s", namespace: "default" };
    const content = "very-confidential";
    await client.createNamespacedSecret({ namespace: "default", body: { metadata: secret, stringData: { content } } });
    await client.readNamespacedSecret(secret);
    await assert.rejects(client.readNamespacedSecret({ ...secret, name: "absent" }), statusOf(404));
    await client.deleteNamespacedSecret(secret);
    const events = await auditEvents(first, ({ user }) => user === "writer");
    assert.deepEqual(
      events.map(({ verb, resource, namespace, name, code }) => [verb, resource, namespace, name, code]),
      [
        ["create", "secrets", "default", "s", 201],
        ["get", "secrets", "default", "s", 200],
        ["get", "secrets", "default", "absent", 404],
        ["delete", "secrets", "default", "s", 200],
      ],
    );
    assert.deepEqual(events.map(isWrite), [true, false, false, true]);
    const log = readFileSync(first.auditLog, "utf8");
    assert.ok(!log.includes(content) && !log.includes(Buffer.from(content).toString("base64")));
  });
});

describe("starting control planes", () => {
  it("leaves no process behind when one of them cannot start, and shows the end of its log", async () => {
    const own = mkdtempSync("/tmp/planes-");
    const ownProcesses = await Processes.start();
    try {
      const broken = join(own, "broken");
      writeFileSync(broken, "#!/bin/sh\necho no such flag >&2\nexit 2\n");
      chmodSync(broken, 0o700);
      const manager = { ...tools["kube-controller-manager"], path: broken };
      await assert.rejects(
        startControlPlanes(["alone"], {
          folder: join(own, "planes"),
          tools: { ...tools, "kube-controller-manager": manager },
          processes: ownProcesses,
        }),
        /the controller manager of alone has ended with exit code 2\nno such flag/,
      );
      assert.deepEqual(processesNaming(own), []);
    } finally {
      await ownProcesses.stop();
      rmSync(own, { recursive: true, force: true });
    }
  });

  it("works beside those of another sandbox, and stopping them leaves the others alone", async () => {
    const own = mkdtempSync("/tmp/planes-");
    const ownProcesses = await Processes.start();
    try {
      const [plane] = await startControlPlanes(["management"], { folder: own, tools, processes: ownProcesses });
      assert.notEqual(plane?.server, first.server);
      await assert.rejects(
        core({ kubeConfig: plane?.kubeConfig ?? new k8s.KubeConfig() }).readNamespace({ name: "only-here" }),
      );
    } finally {
      await ownProcesses.stop();
      rmSync(own, { recursive: true, force: true });
    }
    assert.deepEqual(processesNaming(own), []);
    assert.equal((await first.get("/readyz")).status, 200);
  });

  for (const [what, names, message] of [
    ["a name that is not one", ["Remote 1"], /not a name for a control plane: "Remote 1"/],
    ["a name twice", ["a", "b", "a"], /named twice: a/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(startControlPlanes(names, { folder: join(folder, "refused"), tools, processes }), message);
    });
  }

  it("refuses a folder in which the path of a Unix socket would be too long", async () => {
    const long = join(folder, "x".repeat(100));
    await assert.rejects(startControlPlanes(["a"], { folder: long, tools, processes }), /too long for a Unix socket/);
  });
});

describe("a control plane that fails", () => {
  it("is unreachable while it is stopped and has its objects and address again after a restart", async () => {
    const { server } = second;
    await core(second).createNamespace({ body: { metadata: { name: "survivor" } } });
    await second.stop();
    await assert.rejects(second.get("/readyz"), /ECONNREFUSED/);
    await second.restart();
    assert.equal(second.server, server);
    await core(second).readNamespace({ name: "survivor" });
  });

  it("takes connections but does not answer while it is frozen", async () => {
    second.freeze();
    try {
      await assert.rejects(second.get("/readyz"), /no answer within 5 s/);
    } finally {
      second.thaw();
    }
    assert.equal((await second.get("/readyz")).status, 200);
  });
});

async function startTwo(
  names: readonly [string, string],
  options: Parameters<typeof startControlPlanes>[1],
): Promise<[ControlPlane, ControlPlane]> {
  const [one, two] = await startControlPlanes(names, options);
  assert.ok(one !== undefined && two !== undefined);
  return [one, two];
}

/** Resolves when the namespace `default` has this number of pods; looks whenever one of them changes. */
async function untilPods(plane: ControlPlane, count: number): Promise<void> {
  const enough = new AbortController();
  const look = async () => {
    const { items } = await core(plane).listNamespacedPod({ namespace: "default" });
    if (items.length === count) enough.abort();
  };
  const ended = once(enough.signal, "abort", { signal: AbortSignal.timeout(20_000) });
  const watch = new k8s.Watch(plane.kubeConfig);
  const watching = await watch.watch(
    "/api/v1/namespaces/default/pods",
    {},
    () => void look(),
    () => {},
  );
  try {
    await look();
    if (!enough.signal.aborted) await ended;
  } finally {
    watching.abort();
    enough.abort();
  }
}

function statusOf(code: number): (error: unknown) => boolean {
  return (error) => error instanceof k8s.ApiException && error.code === code;
}

function certificateRefused(error: unknown): boolean {
  const reasons: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) reasons.push(cause.message);
  return reasons.some((reason) => /certificate/.test(reason));
}

function clusterOf(plane: ControlPlane): k8s.Cluster {
  const cluster = plane.kubeConfig.getCurrentCluster();
  assert.ok(cluster);
  return cluster;
}

function userOf(kubeConfig: k8s.KubeConfig): k8s.User {
  const user = kubeConfig.getCurrentUser();
  assert.ok(user);
  return user;
}
