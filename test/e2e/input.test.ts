import { after, before, describe, it } from "node:test";
import { freePort } from "../sandbox/controlplane";
import { installDefinition, secretNames, writeHubSecrets, writeSecret } from "../sandbox/relay";
import type { SecretReference } from "../sandbox/relay/secrets";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { EngineCommand, PulumiWorkspace } from "../sandbox/workspace";
import { clustersOf, deleteSecret, makeNamespace, registeredOn, withoutWrites } from "./support/clusters";
import { generation, versions } from "./support/generation";
import { helmInstall } from "./support/helm";
import { nowhere, writeContexts, writeText } from "./support/kubeconfigs";
import { assertFailed } from "./support/runs";
import { type StackSettings, World } from "./support/world";

const namespace = "gloo-mesh";

const other = generation.name === "1.x" ? "2.x" : "1.x";

/** The clusters that the stack registers when a test is about something else. */
const clusters = { "remote-1": {} };

// One stack, never deployed, is given one fault after the other; each must be told by its code, without a write.

describe("bad input", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let management: SandboxCluster;
  let remote: SandboxCluster;

  before(async () => {
    world = await World.start(["remote-1", "remote-2"], { furtherHubs: { other: { generation: other } } });
    management = world.sandbox.management;
    remote = world.sandbox.remote("remote-1");
    stack = await world.stack("input", { clusters });
  });

  after(() => world?.stop());

  /** Runs with these settings and asserts that it fails as expected without a write to any cluster. */
  const refused = async (
    settings: Partial<StackSettings>,
    expected: readonly (string | RegExp)[],
    command: EngineCommand = "preview",
  ) => {
    await stack.setConfig(world.config({ clusters, ...settings }));
    const args = command === "preview" ? [] : ["--skip-preview"];
    const run = await withoutWrites(clustersOf(world.sandbox), () => stack.start(command, args).result, {
      trials: true,
    });
    for (const one of expected) assertFailed(run, one);
  };

  describe("in the configuration of the stack", () => {
    it("is an unknown setting of a cluster, or a cluster without a name", () =>
      refused({ clusters: { "": {}, "remote-1": { contxt: "a" } } }, [
        /GMR010 .*contxt\] is not known.*pulumi config rm --path clusters\.remote-1\.contxt/,
        /GMR010 .*a cluster without a name/,
      ]));

    it("is a relay address that neither is given nor can be read", () =>
      refused({ defaults: { relay: { serverAddress: undefined } } }, ["GMR221"]));

    it("is a version that is not in the chart repository", () => {
      const version = versions.usual.replace(/\d+$/, "99");
      return refused({ defaults: { agent: { version } } }, [new RegExp(`version "${version}" not found`)]);
    });

    it("is several things at once, all of them told", () => {
      const defaults = { relay: { serverAddress: "relay" }, agent: { version: "one" } };
      const everyCode = ["GMR001", "GMR002", "GMR003", "GMR006", "GMR007"];
      const wrong = { remote: { context: "remote-1" }, namespace: { name: "Gloo" }, proof: { timeoutSeconds: 0.5 } };
      return refused({ defaults, clusters: { a_b: wrong } }, everyCode);
    });

    it("is a cluster that cannot be registered as it is wanted, each told", () =>
      refused(
        {
          clusters: {
            nowhere: {},
            hub: { remote: { context: "management" } },
            "remote-1": { namespace: { create: false } },
          },
        },
        [/GMR103 .*it has: management, .*remote-1, remote-2/, "GMR301", "GMR306"],
      ));
  });

  describe("in a kubeconfig", () => {
    it("is a file that is missing, is no YAML, has no context, or leads nowhere; each told", async () => {
      const { sandbox } = world;
      const kubeconfigs = {
        missing: `${sandbox.folder}/none`,
        "no-yaml": await writeText(sandbox, "no-yaml", "a: [b\n  c: }"),
        empty: await writeText(sandbox, "empty", "apiVersion: v1\nkind: Config\n"),
        refused: await writeContexts(sandbox, "refused", { refused: nowhere(await freePort()) }),
      };
      const entries = Object.entries(kubeconfigs).map(([name, kubeconfig]) => [name, { remote: { kubeconfig } }]);
      await refused({ clusters: Object.fromEntries(entries) }, ["GMR101", "GMR102", "GMR103", "GMR112"]);
    });

    it("is an API server that hangs; the run ends by its own limit", async () => {
      remote.plane.freeze();
      try {
        await stack.setConfig(world.config({ clusters }));
        assertFailed(await stack.preview(), /GMR113 .*no answer within \d+ s/);
      } finally {
        remote.plane.thaw();
      }
    });
  });

  // The second remote cluster plays a hub that is incomplete in one way after the other.
  describe("on the management cluster", () => {
    const root = { name: secretNames.root, namespace };
    const token = { name: secretNames.identityToken, namespace };
    const hubOfItsOwn = { management: { context: "remote-2" } };
    let hub: SandboxCluster;

    before(() => {
      hub = world.sandbox.remote("remote-2");
    });

    /** The hub is complete but for what `spoil` does to it. */
    const spoiled = async (
      spoil: () => Promise<unknown>,
      expected: readonly (string | RegExp)[],
      command?: EngineCommand,
    ) => {
      await writeHubSecrets(hub.kubeConfig, world.sandbox.hub);
      await spoil();
      await refused(hubOfItsOwn, expected, command);
    };

    it("is a missing hub", () => refused(hubOfItsOwn, ["GMR201", "GMR207"]));

    it("is a missing kind KubernetesCluster", async () => {
      await makeNamespace(hub, namespace);
      await spoiled(async () => undefined, ["GMR207"]);
      await installDefinition(hub.kubeConfig, namespace);
    });

    it("is another product generation", () =>
      refused({ management: { context: "other" } }, [
        new RegExp(
          `GMR228 .*another generation of Gloo Mesh than ${generation.name} .*set \\[generation\\] to "${other}"`,
        ),
      ]));

    it("are missing Secrets of root CA and token, in preview and in up", async () => {
      const missing = ["GMR202", "GMR205"];
      await spoiled(() => Promise.all([root, token].map(({ name }) => deleteSecret(hub, name))), missing);
      await refused(hubOfItsOwn, missing, "up");
    });

    const place = (secret: SecretReference, data: Record<string, string>) => writeSecret(hub.kubeConfig, secret, data);

    it("are a root CA that is not PEM, and a token Secret with nothing in its key", () =>
      spoiled(
        () => Promise.all([place(root, { "ca.crt": "hello" }), place(token, { token: "" })]),
        ["GMR204", "GMR206"],
      ));

    it("is a cluster name that somebody else has registered", async () => {
      await registeredOn(management).create("remote-1");
      await refused({}, ["GMR208"]);
      await registeredOn(management).delete("remote-1");
    });
  });

  describe("on the remote cluster", () => {
    it("is a namespace of somebody else", async () => {
      await makeNamespace(remote, "taken");
      await refused({ clusters: { "remote-1": { namespace: { name: "taken" } } } }, [
        /GMR303 .*\[namespace\.create: false\]/,
      ]);
    });

    it("is a Secret of somebody else", async () => {
      await makeNamespace(remote, "leftovers");
      await writeSecret(remote.kubeConfig, { name: secretNames.identityToken, namespace: "leftovers" }, { token: "x" });
      await refused({ clusters: { "remote-1": { namespace: { name: "leftovers", create: false } } } }, ["GMR304"]);
    });

    it("is a Helm release of somebody else", async () => {
      await installByHand(world, remote, "by-hand");
      await refused({ clusters: { "remote-1": { namespace: { name: "by-hand", create: false } } } }, ["GMR305"]);
    });
  });
});

/** As the vendor's guide does it: helm install. */
async function installByHand(world: World, cluster: SandboxCluster, namespace: string): Promise<void> {
  await makeNamespace(cluster, namespace);
  const { chart, releaseName, values } = generation;
  const given = [
    [values.clusterName, "by-hand"],
    [values.serverAddress, world.sandbox.relayAddress],
    ...(values.enabled ? [[values.enabled, "true"] as const] : []),
  ] as const;
  const settings = Object.fromEntries(given.map(([path, value]) => [path.join("."), value]));
  await helmInstall(world, cluster, [releaseName, chart], settings, namespace);
}
