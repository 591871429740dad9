import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { renderJunit } from "../../cli/doctor/doctorJunit";
import { renderTable } from "../../cli/doctor/doctorTable";
import { RegistrationError } from "../../components/base/problems";
import { FakeKubeApi } from "../support/fakeKubeApi";
import { examine, prepareHub, register, type Servers } from "../support/registeredClusters";
import { testCases } from "./figures";
import { answerCases } from "./hostile/answers";
import type { HostileCase } from "./hostile/hostileCase";
import { releaseCases } from "./hostile/releases";
import { textCases } from "./hostile/texts";

// The remote cluster is hostile: the doctor, which reads all that a run reads, ends with a report or with problems that have codes, asks the
// management cluster for nothing else than for a good one, and shows no text of the cluster as it is.

interface World extends Servers {
  /** The paths of the management cluster that the doctor asks for a good registration. */
  readonly asked: ReadonlySet<string>;
  readonly good: () => Promise<void>;
}

const options = ["--relay-server-address", "127.0.0.1:1", "--agent-version", "1.2.0"];

async function start(): Promise<World> {
  const [hub, remote] = await Promise.all([FakeKubeApi.start("hub"), FakeKubeApi.start("remote")]);
  await prepareHub(hub);
  const identity = remote.store.get("/api/v1/namespaces/kube-system");
  assert.ok(identity);
  const good = async () => {
    for (const path of remote.store.paths()) remote.store.remove(path);
    remote.store.put("/api/v1/namespaces/kube-system", identity);
    remote.intervene = () => undefined;
    await register({ hub, remote });
    hub.requests.length = 0;
  };
  await good();
  await examine({ hub, remote }, ...options);
  // Without a registration that can be read, the doctor looks for its name and for why there is none.
  const also = [
    "/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-networking",
    "/apis/multicluster.solo.io/v1alpha1/namespaces/gloo-mesh/kubernetesclusters/cluster-2",
    "/apis/multicluster.solo.io/v1alpha1/namespaces/gloo-mesh/kubernetesclusters/remote",
  ];
  return { hub, remote, asked: new Set([...hub.requests.map(({ path }) => path), ...also]), good };
}

const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{DI}]/u;

/** What no line of a report may be, whatever the cluster wrote. */
function assertClean(text: string): void {
  for (const line of text.split("\n")) {
    assert.doesNotMatch(line, hidden);
    assert.doesNotMatch(line, /^\s*::[\w-]+.*::|##\w*\[|<\{%/);
    assert.doesNotMatch(line, /^(?:GMR304 The Secret is not yours|plan: |\s+- deregister everything)/);
    assert.ok(line.length < 20_000, "no line is endless");
  }
}

const cases: readonly HostileCase[] = [...answerCases, ...releaseCases, ...textCases];

testCases(
  "hostile",
  cases,
  { start, stop: async ({ hub, remote }) => void (await Promise.all([hub.stop(), remote.stop()])) },
  async ({ turn, check }, { hub, remote, asked, good }, figures) => {
    await good();
    turn(remote);
    const report = await figures.promise("P9", async () => {
      try {
        const examined = await examine({ hub, remote }, ...options);
        for (const text of [renderTable(examined), renderJunit([examined])]) assertClean(text);
        return examined;
      } catch (error) {
        if (!(error instanceof RegistrationError)) throw error;
        assertClean(error.message);
        return undefined;
      }
    });
    await figures.promise("P8", () => {
      const others = hub.requests.filter(({ path }) => !asked.has(path)).map(({ path }) => path);
      assert.deepEqual(others, []);
      assert.deepEqual(hub.writes, []);
    });
    if (check) check(report ?? assert.fail("there is a report"));
  },
);

describe("one hostile cluster of two", () => {
  test("changes nothing for the other", async (context) => {
    const world = await start();
    const neighbour = await FakeKubeApi.start("remote");
    context.after(() => Promise.all([world.hub.stop(), world.remote.stop(), neighbour.stop()]));
    await world.good();
    const alone = await examine(world, ...options);
    for (const { turn } of [...releaseCases.slice(0, 3), ...answerCases.slice(0, 1)]) {
      turn(neighbour);
      const [beside] = await Promise.all([
        examine(world, ...options),
        examine({ hub: world.hub, remote: neighbour }, ...options).catch((error: unknown) =>
          assert.ok(error instanceof RegistrationError),
        ),
      ]);
      assert.deepEqual(beside, alone);
    }
  });
});
