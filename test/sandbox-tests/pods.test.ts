import { strict as assert } from "node:assert";
import { access } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import type { PodContext, PodProgram } from "../sandbox/pods";
import { deferred, PodWorld } from "./podsWorld";

const exitCodeOfCrash = 3;

// That stop() leaves no timer and no socket open is proved by this file coming to its end: node waits for what is left.
describe("pod runner against a real control plane", { timeout: 240_000 }, () => {
  let world: PodWorld;
  before(async () => {
    world = await PodWorld.start();
  });
  after(() => world?.stop());

  test("a Deployment becomes available and its Service leads to the program's HTTP port", async () => {
    const image = world.image("web", () => webServer("relay_push_clients_connected 1\n"));
    await world.deploy("web", { image, ports: [{ name: "metrics", containerPort: 9091 }] });
    await world.kubectl("expose", "deployment", "web", "--port=9091", "--name=web");
    await world.kubectl("rollout", "status", "deployment/web", "--timeout=30s");
    await world.endpoint("web");
    const text = await world.kubectl("get", "--raw", "/api/v1/namespaces/default/services/web:9091/proxy/metrics");
    assert.equal(text, "relay_push_clients_connected 1\n");
    const pod = await world.pod("web", (one) => one.status?.phase === "Running");
    assert.match(pod.status?.podIP ?? "", /^10\.\d+\.\d+\.\d+$/);
    assert.equal(pod.spec?.nodeName, "sandbox-node");
    await world.eventCount(pod, 5);
    assert.deepEqual(await world.eventReasons(pod), ["Created", "Pulled", "Pulling", "Scheduled", "Started"]);
  });

  test("arguments and environment follow the pod's fields and Secrets", async () => {
    const seen = deferred<PodContext>();
    const image = world.image("arguments", () => ({
      run: (context) => {
        seen.resolve(context);
        return aborted(context.signal);
      },
    }));
    await world.kubectl("create", "secret", "generic", "settings", "--from-literal=colour=green");
    await world.deploy("arguments", {
      image,
      args: ["--at=$(PLACE)", "--colour=$(COLOUR)", "$$(PLACE)", "$(UNKNOWN)"],
      env: [
        { name: "NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
        { name: "PLACE", value: "$(NAMESPACE)!" },
        { name: "COLOUR", valueFrom: { secretKeyRef: { name: "settings", key: "colour" } } },
      ],
    });
    const context = await seen.promise;
    assert.deepEqual(context.args, ["--at=default!", "--colour=green", "$(PLACE)", "$(UNKNOWN)"]);
    assert.equal(context.env["COLOUR"], "green");
  });

  test("a program has the rights of its ServiceAccount and no others", async () => {
    const answers = deferred<{ granted: number; refused: unknown }>();
    const image = world.image("rights", () => ({
      run: async (context) => {
        answers.resolve(await world.tryRights(context.kubeConfig));
        return aborted(context.signal);
      },
    }));
    await world.kubectl("create", "serviceaccount", "reader");
    await world.kubectl("create", "role", "reader", "--verb=list", "--resource=configmaps");
    await world.kubectl("create", "rolebinding", "reader", "--role=reader", "--serviceaccount=default:reader");
    await world.deploy("rights", { image }, { serviceAccountName: "reader" });
    const { granted, refused } = await answers.promise;
    assert.ok(granted >= 1);
    assert.equal(refused, 403);
  });

  test("a crashing container is restarted with back-off, and recovers", async () => {
    let crashes = true;
    let runs = 0;
    const image = world.image("crash", () => ({
      run: async (context) => {
        runs += 1;
        context.log(`run ${runs}`);
        return crashes ? exitCodeOfCrash : aborted(context.signal);
      },
    }));
    await world.deploy("crash", { image });
    const looping = await world.pod("crash", (one) => {
      const status = one.status?.containerStatuses?.[0];
      return status?.state?.waiting?.reason === "CrashLoopBackOff" && status.restartCount >= 3;
    });
    const status = looping.status?.containerStatuses?.[0];
    assert.equal(looping.status?.phase, "Running");
    assert.equal(status?.lastState?.terminated?.exitCode, exitCodeOfCrash);
    assert.equal(status?.lastState?.terminated?.reason, "Error");
    assert.match(
      status?.state?.waiting?.message ?? "",
      /^back-off \S+ restarting failed container=main pod=crash-\S+_default\(\S+\)$/,
    );
    assert.match(await world.kubectl("logs", "deployment/crash", "--previous"), /^run \d+\n$/);
    assert.match(await world.kubectl("get", "pods", "-l", "app=crash"), /CrashLoopBackOff/);
    crashes = false;
    await world.kubectl("rollout", "status", "deployment/crash", "--timeout=30s");
    const { name, uid } = looping.metadata ?? {};
    const backOff = `Back-off restarting failed container main in pod ${name}_default(${uid})`;
    await world.event(looping, "BackOff", backOff);
    const log = await world.kubectl("logs", "deployment/crash");
    const previous = await world.kubectl("logs", "deployment/crash", "--previous");
    assert.equal(Number(log.slice(4)), Number(previous.slice(4)) + 1);
  });

  test("kubectl logs shows the tail, follows, and ends with the container", async () => {
    const started = deferred<PodContext>();
    const image = world.image("talk", () => ({
      run: async (context) => {
        for (const line of ["one", "two", "three"]) {
          context.log(line);
        }
        started.resolve(context);
        await aborted(context.signal);
        context.log("bye");
        return 0;
      },
    }));
    await world.deploy("talk", { image });
    const context = await started.promise;
    await world.kubectl("rollout", "status", "deployment/talk", "--timeout=30s");
    assert.equal(await world.kubectl("logs", "deployment/talk", "--tail=2"), "two\nthree\n");
    assert.match(await world.kubectl("logs", "deployment/talk", "--tail=1", "--timestamps"), /^\d{4}-\S+Z three\n$/);
    assert.equal(await world.kubectl("logs", "deployment/talk", "--limit-bytes=5"), "one\nt");
    await assert.rejects(
      world.kubectl("logs", "deployment/talk", "--previous"),
      /previous terminated container "main" in pod "talk-\S+" not found/,
    );
    const follower = world.startKubectl("logs", "-f", "--tail=1", "deployment/talk");
    await follower.untilOutput("three\n");
    context.log("four");
    await follower.untilOutput("three\nfour\n");
    await world.kubectl("delete", "deployment", "talk", "--wait=false");
    assert.equal(await follower.output, "three\nfour\nbye\n");
  });

  test("deleting the Deployment ends the program and removes the pod", async () => {
    const ended = deferred<void>();
    const image = world.image("leave", () => ({
      run: async (context) => {
        await aborted(context.signal);
        ended.resolve();
        return 0;
      },
    }));
    await world.deploy("leave", { image });
    await world.kubectl("rollout", "status", "deployment/leave", "--timeout=30s");
    const pod = await world.pod("leave", () => true);
    await world.kubectl("delete", "deployment", "leave", "--cascade=foreground", "--timeout=30s");
    await ended.promise;
    await world.podGone(pod);
    await world.event(pod, "Killing", "Stopping container main");
  });

  test("a pod that shall not restart ends with its exit code, keeps its log, and can be deleted", async () => {
    const image = world.image("once", () => ({
      run: async (context) => {
        context.log("done");
        return exitCodeOfCrash;
      },
    }));
    await world.kubectl("run", "once", `--image=${image}`, "--restart=Never", "--labels=app=once");
    const pod = await world.pod("once", (one) => one.status?.phase === "Failed");
    assert.equal(pod.status?.containerStatuses?.[0]?.state?.terminated?.exitCode, exitCodeOfCrash);
    assert.equal(await world.kubectl("logs", "once"), "done\n");
    await world.kubectl("delete", "pod", "once", "--timeout=30s");
  });

  test("an image that nobody knows waits in ImagePullBackOff", async () => {
    await world.deploy("nowhere", { image: "example.test/nowhere:1" });
    const pod = await world.pod(
      "nowhere",
      (one) => one.status?.containerStatuses?.[0]?.state?.waiting?.reason === "ImagePullBackOff",
    );
    assert.equal(pod.status?.phase, "Pending");
    assert.equal(
      pod.status?.containerStatuses?.[0]?.state?.waiting?.message,
      'Back-off pulling image "example.test/nowhere:1": ErrImagePull: not found',
    );
    await world.event(pod, "Failed", 'Failed to pull image "example.test/nowhere:1": not found');
    await world.event(pod, "Failed", "Error: ErrImagePull");
    await world.event(pod, "BackOff", 'Back-off pulling image "example.test/nowhere:1"');
    await assert.rejects(
      world.kubectl("logs", "deployment/nowhere"),
      /is waiting to start: (trying and failing to pull image|image can't be pulled)/,
    );
  });

  test("a missing Secret holds the container back until it is there", async () => {
    const image = world.image("patient", () => ({ run: (context) => aborted(context.signal) }));
    const env = [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "late", key: "token" } } }];
    await world.deploy("patient", { image, env });
    const pod = await world.pod(
      "patient",
      (one) => one.status?.containerStatuses?.[0]?.state?.waiting?.reason === "CreateContainerConfigError",
    );
    assert.equal(pod.status?.containerStatuses?.[0]?.state?.waiting?.message, 'secret "late" not found');
    await world.event(pod, "Failed", 'Error: secret "late" not found');
    await world.kubectl("create", "secret", "generic", "late", "--from-literal=token=x");
    await world.kubectl("rollout", "status", "deployment/patient", "--timeout=30s");
  });

  test("with a readinessProbe the pod is ready only when the program says so", async () => {
    const started = deferred<PodContext>();
    const image = world.image("slow", () => ({
      run: (context) => {
        started.resolve(context);
        return aborted(context.signal);
      },
    }));
    await world.deploy("slow", { image, readinessProbe: { httpGet: { path: "/ready", port: 8090 } } });
    const context = await started.promise;
    const running = await world.pod("slow", (one) => one.status?.phase === "Running");
    const ready = running.status?.conditions?.find((condition) => condition.type === "Ready");
    assert.equal(ready?.status, "False");
    assert.equal(ready?.message, "containers with unready status: [main]");
    context.ready();
    await world.kubectl("rollout", "status", "deployment/slow", "--timeout=30s");
  });

  test("a pod in good health causes no further writes", async () => {
    const image = world.image("quiet", () => ({ run: (context) => aborted(context.signal) }));
    await world.deploy("quiet", { image });
    await world.kubectl("rollout", "status", "deployment/quiet", "--timeout=30s");
    const pod = await world.pod("quiet", (one) => one.status?.phase === "Running");
    await world.eventCount(pod, 5);
    const writes = await world.nodeWrites(pod);
    assert.deepEqual(writes.slice(0, 1), ["create pods/binding"]);
    assert.ok(writes.filter((one) => one === "patch pods/status").length <= 2, writes.join(", "));
  });

  test("the runner outlives a restart of the API server", async () => {
    await world.plane.restart();
    const image = world.image("later", () => ({ run: (context) => aborted(context.signal) }));
    await world.deploy("later", { image });
    await world.kubectl("rollout", "status", "deployment/later", "--timeout=60s");
  });

  test("the runner stops even while the API server hangs", async () => {
    world.plane.freeze();
    try {
      await world.runner.stop();
    } finally {
      world.plane.thaw();
    }
    await world.startRunner();
  });

  test("a new runner starts the pods again that a stopped one left, and a stopped one serves nothing", async () => {
    const image = world.image("stay", () => ({ run: (context) => aborted(context.signal) }));
    await world.deploy("stay", { image });
    await world.kubectl("rollout", "status", "deployment/stay", "--timeout=30s");
    const first = await world.pod("stay", (one) => one.status?.phase === "Running");
    await world.runner.stop();
    await assert.rejects(access(world.plane.podNetworkSocket), { code: "ENOENT" });
    await world.startRunner();
    const second = await world.pod("stay", (one) => one.status?.containerStatuses?.[0]?.restartCount === 1);
    assert.equal(second.metadata?.uid, first.metadata?.uid);
    assert.equal(second.status?.podIP, first.status?.podIP);
  });
});

function webServer(body: string): PodProgram {
  return {
    run: async (context) => {
      const server: Server = createServer((_request, response) => response.end(body));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      context.listen(9091, { host: "127.0.0.1", port });
      context.ready();
      await aborted(context.signal);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      return 0;
    },
  };
}

function aborted(signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(0);
    }
    signal.addEventListener("abort", () => resolve(0), { once: true });
  });
}
