import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import type { OperationsName } from "../../components/registration/providerText";
import { failureOf } from "../provider/proofWorld";
import { certificatePath, clientSecret, inputsFor, installAgent, type World, world } from "../provider/world";
import { DynamicProvider, ProviderFailure } from "../support/dynamicProvider";
import { select } from "../support/selection";
import { Figures } from "./figures";
import { ApiProxy } from "./support/apiProxy";
import { isNetworkSample, type NetworkCase, networkCases, type Work } from "./support/networkCases";
import { lasting, latencies, type NetworkFault, passing, refusals } from "./support/networkFaults";
import { isWatch } from "./support/proxiedRequest";

// The dynamic resources in Pulumi's own host, against fake API servers behind a proxy that does to the connections what networks do.
// Not proven here: what Pulumi's Kubernetes plugin and Helm make of the same; their requests are their own.

const selected = select(networkCases, isNetworkSample);
const figures = new Figures("network", networkCases.length);

/** Seconds that any single request may take. */
const requestSeconds = 10;
/** Seconds that a proof may take here. A fault that lasts is told once a request has met it, which may take as long as any, on a busy machine too. */
const limits = { lasting: 2 * requestSeconds, passing: 60 };
/** Seconds by which a wait may outlast its limit: P6. */
const graceSeconds = 5;

/** `CODE what — where — cause — next`, without a stack: P9. What the API server itself has said needs no cause beside it. */
const problemForm = /^GMR\d{3} [^\n—]+ — [^\n—]+ — ([^\n—]+ — )?[^\n—]+$/;

if (selected.length > 0) {
  describe("a dynamic resource whose network fails", { concurrency: 16 }, () => {
    const processes = new Map<OperationsName, DynamicProvider>();

    before(async () => {
      for (const name of ["preparation", "bootstrapToken", "clientCertificate"] as const)
        processes.set(name, await DynamicProvider.start(name));
    });

    after(async () => {
      console.log(`# ${figures}`);
      for (const process of processes.values()) await process.stop();
    });

    for (const one of selected) {
      it(one.id, (context) =>
        figures.case(async () => {
          const scene = await stage(context, one, processes);
          await (one.fault.kind === "lasting" ? fails(scene, one) : succeeds(scene, one));
        }),
      );
    }
  });
}

/** Two clusters behind proxies, and the work that is to be done on them. */
interface Scene extends World {
  readonly proxy: ApiProxy;
  start(timeoutSeconds: number): Promise<{ id: string }>;
  /** Resolves when the proof watches. */
  readonly waiting: Promise<void>;
}

async function stage(
  context: TestContext,
  { work, side }: NetworkCase,
  processes: ReadonlyMap<OperationsName, DynamicProvider>,
): Promise<Scene> {
  const clusters = await world(context);
  const { hub, remote, rootCertificate } = clusters;
  const proxies = { hub: await ApiProxy.start(hub), remote: await ApiProxy.start(remote) };
  context.after(() => Promise.all([proxies.hub.stop(), proxies.remote.stop()]));
  if (work === "proof" || work === "wait") installAgent(remote, clusters.token);
  const { preparationInputs, tokenInputs, certificateInputs } = inputsFor({
    management: { kubeconfig: proxies.hub.kubeConfig.exportConfig(), context: hub.name },
    managementIdentity: hub.identity,
    remote: { kubeconfig: proxies.remote.kubeConfig.exportConfig(), context: remote.name },
    remoteIdentity: remote.identity,
    rootCertificate,
  });
  const inputs = {
    preparation: preparationInputs,
    token: tokenInputs,
    proof: certificateInputs,
    wait: certificateInputs,
  };
  const process = processes.get(operationsOf(work));
  assert.ok(process);
  return {
    ...clusters,
    proxy: proxies[side],
    start: (timeoutSeconds) =>
      process.create(inputs[work](work === "proof" || work === "wait" ? { timeoutSeconds } : {})),
    waiting: remote.until(() => remote.count("watch", "/secrets") > 0),
  };
}

function operationsOf(work: Work): OperationsName {
  return (
    {
      preparation: "preparation",
      token: "bootstrapToken",
      proof: "clientCertificate",
      wait: "clientCertificate",
    } as const
  )[work];
}

/** A fault that lasts: it is told with its code, in time, and nothing was written. */
async function fails(scene: Scene, { work, fault }: NetworkCase): Promise<void> {
  assert.ok(fault.kind === "lasting");
  const { fault: begin, code } = lasting[fault.name];
  let began = Date.now();
  let working: Promise<unknown>;
  if (work === "wait") {
    working = scene.start(limits.lasting);
    working.catch(() => undefined);
    await scene.waiting;
    await begin(scene.proxy);
    scene.proxy.resetAll();
  } else {
    scene.waiting.catch(() => undefined);
    await begin(scene.proxy);
    began = Date.now();
    working = scene.start(limits.lasting);
  }
  const { message } = await failureOf(working);
  const seconds = (Date.now() - began) / 1000;
  const limit = work === "wait" || work === "proof" ? limits.lasting : requestSeconds;
  await figures.promise("P6", () => assert.ok(seconds <= limit + graceSeconds, `it took ${seconds} s`));
  // A write that was sent and not answered may have been done; nothing may be written elsewhere, or after that.
  const sent = new Set(scene.proxy.requests.filter(({ kind }) => kind === "write").map(({ path }) => path));
  const others = [...scene.hub.writes, ...scene.remote.writes].filter(({ path }) => !sent.has(path));
  await figures.promise("P9", () => {
    assert.match(message, problemForm);
    const isWaitedOut = work === "wait" && !refusals.has(fault.name);
    if (isWaitedOut) assert.match(message, /^GMR501 /);
    assert.match(message, new RegExp(isWaitedOut ? `— [^—]*\\b${code}\\b` : `^${code} `));
    assert.deepEqual(others, []);
  });
}

/** A fault that passes, or only slows down: the work is done all the same. */
async function succeeds(scene: Scene, { work, fault }: NetworkCase): Promise<void> {
  const working = scene.start(limits.passing);
  working.catch(() => undefined);
  const begin = beginningOf(fault);
  if (work === "wait") {
    if (fault.kind !== "half-open watch") await scene.waiting;
    const trouble = Promise.resolve(begin(scene.proxy));
    if (fault.kind === "passing") scene.proxy.resetAll();
    if (fault.kind === "half-open watch") await scene.waiting;
    scene.remote.store.put(certificatePath, await clientSecret());
    await trouble;
  } else {
    scene.waiting.catch(() => undefined);
    await begin(scene.proxy);
  }
  const began = Date.now();
  await figures.promise("P3", async () => assert.ok((await working).id));
  const seconds = (Date.now() - began) / 1000;
  await figures.promise("P6", () => assert.ok(seconds <= limits.passing + graceSeconds, `it took ${seconds} s`));
}

function beginningOf(fault: NetworkCase["fault"]): NetworkFault {
  if (fault.kind === "latency") return latencies[fault.name] ?? unknown(fault.name);
  if (fault.kind === "passing") return (passing[fault.name] ?? unknown(fault.name))();
  if (fault.kind === "lasting") return lasting[fault.name].fault;
  return (proxy) => {
    // The head of the answer comes, and no event ever: nobody has told this end that the other is gone.
    proxy.treat = (request) =>
      isWatch(request) && proxy.requests.filter(isWatch).length <= 1
        ? async (exchange) => exchange.passHead(await exchange.forward())
        : undefined;
  };
}

function unknown(name: string): never {
  throw new ProviderFailure(`no fault ${name}`);
}
