import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { parse } from "yaml";
import { limiter } from "../../components/base/async";
import { podsAndRestarts } from "../e2e/support/agents";
import { clientFingerprint, clustersOf, withoutWrites } from "../e2e/support/clusters";
import { runDoctor } from "../e2e/support/doctor";
import { assertRegistered } from "../e2e/support/proof";
import { registerAsMeshctl } from "../e2e/support/registeredByOthers";
import { assertNoChanges, assertSucceeded, textOf } from "../e2e/support/runs";
import { World } from "../e2e/support/world";
import { PulumiWorkspace } from "../sandbox/workspace";

// A fleet that is there already, twenty clusters with FLEET=full. test/teams/fleet.test.ts has what happens in a fleet with fewer clusters, and test/e2e/takeOver.test.ts one cluster in
// more ways.

/** Of the sample in `npm run test:all`, and of `npm run test:fleet`. */
const count = process.env["FLEET"] === "full" ? 20 : 4;
const names = Array.from({ length: count }, (_, index) => `cluster-${String(index + 1).padStart(2, "0")}`);
/** The one that a person installed with helm: under a release name and Secret names of its own, with values of its own. */
const byHelm = "cluster-01";
const secrets = { root: "mesh-root", client: "mesh-client" };
const password = "hunter2-of-the-proxy";

interface Configuration extends Readonly<Record<"management" | "clusters", Readonly<Record<string, object>>>> {
  readonly kubeconfig: string;
}

describe(`${count} registrations by meshctl and helm`, () => {
  let world: World;
  let printed: Configuration;
  let secretPath = "";

  before(async () => {
    world = await World.start(names);
    // Helm's processes at the same time.
    const limit = limiter(4);
    await Promise.all(
      names.map((clusterName) =>
        limit(() => registerAsMeshctl(world, world.sandbox.remote(clusterName), { clusterName, ...own(clusterName) })),
      ),
    );
  });

  after(() => world?.stop());

  const lookAtAll = () =>
    Promise.all(
      names.map(async (name) => {
        const remote = world.sandbox.remote(name);
        return { name, pods: await podsAndRestarts(remote), certificate: await clientFingerprint(remote) };
      }),
    );

  it("are printed as the configuration of one stack, which the doctor reads without a write", async () => {
    const { kubeconfig, chartRepository, relayAddress } = world.sandbox;
    const options = ["--management-context", "management", "--all", "--kubeconfig", kubeconfig];
    const chart = ["--chart-repository", chartRepository.url];
    const { exitCode, stdout, stderr } = await withoutWrites(clustersOf(world.sandbox), () =>
      runDoctor([...options, ...chart, "--print-arguments=stack"]),
    );
    assert.equal(exitCode, 0, stderr);
    assert.doesNotMatch(stdout, new RegExp(password));
    const { config } = parse(stdout) as { config: Record<string, unknown> };
    assert.equal(config["gloo-mesh-relay-registration:kubeconfig"], kubeconfig);
    printed = { kubeconfig, management: configOf(config, "management"), clusters: configOf(config, "clusters") };
    secretPath = /# pulumi config set --path --secret '(.+)'$/m.exec(stdout)?.[1] ?? "";
    assert.deepEqual(Object.keys(printed.clusters), names);
    const shared = {
      takeOver: true,
      namespace: { disableIstioInjection: true },
      relay: { serverAddress: relayAddress },
    };
    assert.deepEqual(printed.clusters["cluster-02"], {
      ...shared,
      agent: { repository: chartRepository.url },
    });
    assert.deepEqual(printed.clusters[byHelm], {
      ...shared,
      agent: {
        repository: chartRepository.url,
        releaseName: "mesh-agent",
        values: {
          enterpriseAgent: { customPodAnnotations: { "proxy-password": { secure: "" } } },
          verbose: true,
        },
      },
      rootCertificate: { secret: { name: secrets.root } },
      clientCertificate: { secret: { name: secrets.client } },
    });
  });

  it("are taken over by that stack in one up: no restart, and the same certificates", async () => {
    const present = await lookAtAll();
    const stack = await PulumiWorkspace.create(world.sandbox, { stack: "take-over", config: { ...printed } });
    await stack.command(["config", "set", "--path", "--secret", secretPath], password);
    const preview = await stack.preview();
    assertSucceeded(preview);
    assert.doesNotMatch(textOf(preview), /restart;|(?:one|most one) restart/);
    assertSucceeded(await stack.up(["--skip-preview"]));
    assert.deepEqual(await lookAtAll(), present);
    for (const name of names.filter((one) => one !== byHelm)) {
      await assertRegistered(world, stack, name, world.sandbox.remote(name));
    }
    assertNoChanges(await stack.up(["--skip-preview"]));
    assert.deepEqual(await lookAtAll(), present);
  });
});

/** What the person gave to helm, beside what meshctl gives. */
function own(clusterName: string) {
  if (clusterName !== byHelm) return {};
  const annotations = { "proxy-password": password };
  return {
    releaseName: "mesh-agent",
    secrets,
    values: { verbose: true, enterpriseAgent: { customPodAnnotations: annotations } },
  };
}

function configOf(config: Readonly<Record<string, unknown>>, key: string) {
  return (config[`gloo-mesh-relay-registration:${key}`] ?? {}) as Readonly<Record<string, object>>;
}
