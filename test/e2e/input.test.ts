import { execFile } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { freePort, mintUser } from "../sandbox/controlplane";
import { installDefinition, kubernetesClusters, secretNames, writeHubSecrets, writeSecret } from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { EngineCommand, PulumiWorkspace } from "../sandbox/workspace";
import { clustersOf, deleteSecret, makeNamespace, withoutWrites } from "./support/clusters";
import { nowhere, writeContexts, writeText } from "./support/kubeconfigs";
import { assertFailed } from "./support/runs";
import { type ClusterSettings, type StackSettings, World } from "./support/world";

const namespace = "gloo-mesh";

/** The clusters that the stack registers when a test is about something else. */
const clusters = { "remote-1": {} };

// One stack, never deployed, is given one fault after the other; each must be told by its code, without a write.

describe("bad input", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let management: SandboxCluster;
  let remote: SandboxCluster;

  before(async () => {
    world = await World.start(["remote-1", "remote-2"]);
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
    const names: Record<string, string> = {
      "is empty": "",
      "holds an underscore": "cluster_2",
      "holds an upper-case letter": "Cluster-2",
      "begins with a hyphen": "-cluster",
      "is longer than a DNS label": "c".repeat(64),
    };
    for (const [fault, name] of Object.entries(names)) {
      it(`is a cluster name that ${fault}`, () =>
        refused({ clusters: { [name]: { context: "remote-1" } } }, ["GMR001"]));
    }

    const addresses: Record<string, string> = {
      "has no port": "relay.example.com",
      "has no host": ":9900",
      "has a scheme": "https://relay.example.com:9900",
      "is an IPv6 address without brackets": "2001:db8::1",
      "has a port out of range": "relay.example.com:65536",
    };
    for (const [fault, relayServerAddress] of Object.entries(addresses)) {
      it(`is a relay address that ${fault}`, () => refused({ relayServerAddress }, ["GMR002"]));
    }

    const others: readonly [what: string, settings: Partial<StackSettings>, expected: string | RegExp][] = [
      ["a missing relay address", { relayServerAddress: "" }, /GMR010 .*relayServerAddress/],
      ["an unknown setting of a cluster", { clusters: { "remote-1": { contxt: "a" } } }, /GMR010 .*contxt/],
      ["a version of another product generation", { agentVersion: "2.0.0" }, "GMR003"],
      ["a version that is not in the chart repository", { agentVersion: "1.9.9" }, /version "1\.9\.9" not found/],
      ["a limit out of range", { clusters: { "remote-1": { timeoutSeconds: 0.5 } } }, "GMR007"],
      ["a namespace that cannot be one", { clusters: { "remote-1": { namespace: "Gloo" } } }, "GMR006"],
      ["a context that is not there", { clusters: { nowhere: {} } }, /GMR103 .*it has: management, remote-1, remote-2/],
      ["the hub's context for a remote cluster", { clusters: { hub: { context: "management" } } }, "GMR301"],
      ["a namespace to adopt that is missing", { clusters: { "remote-1": { createNamespace: false } } }, "GMR306"],
    ];
    for (const [what, settings, expected] of others) it(`is ${what}`, () => refused(settings, [expected]));

    it("is several things at once, all of them told", () =>
      refused({ relayServerAddress: "relay", agentVersion: "one", clusters: { a_b: { context: "remote-1" } } }, [
        "GMR001",
        "GMR002",
        "GMR003",
      ]));
  });

  describe("in a kubeconfig", () => {
    const kubeconfig = async (path: string, settings: ClusterSettings = {}) => ({
      clusters: { "remote-1": { kubeconfig: path, ...settings } },
    });

    it("is a file that does not exist", async () =>
      refused(await kubeconfig(`${world.sandbox.folder}/none`), ["GMR101"]));

    it("is a file that is not YAML", async () =>
      refused(await kubeconfig(await writeText(world.sandbox, "no-yaml", "a: [b\n  c: }")), ["GMR102"]));

    it("is a file without a context", async () =>
      refused(await kubeconfig(await writeText(world.sandbox, "empty", "apiVersion: v1\nkind: Config\n")), ["GMR103"]));

    it("is an address at which nobody listens", async () => {
      const path = await writeContexts(world.sandbox, "refused", { "remote-1": nowhere(await freePort()) });
      await refused(await kubeconfig(path), ["GMR112"]);
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

    it("is a user without rights, on either side", async () => {
      const clerk = { kubeConfig: await mintUser(remote.plane, { name: "clerk" }) };
      const path = await writeContexts(world.sandbox, "clerk", { "remote-1": clerk });
      await refused(await kubeconfig(path), [/GMR116 .*User "clerk"/]);
      const guest = { kubeConfig: await mintUser(management.plane, { name: "guest" }) };
      const both = await writeContexts(world.sandbox, "guest", { management: guest, "remote-1": remote });
      await refused({ kubeconfig: both }, [/GMR116 .*User "guest"/]);
    });
  });

  // The second remote cluster plays a hub that is incomplete in one way after the other.
  describe("on the management cluster", () => {
    const root = { name: secretNames.root, namespace };
    const token = { name: secretNames.identityToken, namespace };
    const managementContext = "remote-2";
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
      await refused({ managementContext }, expected, command);
    };

    it("is a missing hub", () => refused({ managementContext }, ["GMR201", "GMR207"]));

    it("is a missing kind KubernetesCluster", async () => {
      await makeNamespace(hub, namespace);
      await spoiled(async () => undefined, ["GMR207"]);
      await installDefinition(hub.kubeConfig, namespace);
    });

    it("is a missing root CA Secret, in preview and in up", async () => {
      await spoiled(() => deleteSecret(hub, root.name), ["GMR202"]);
      await refused({ managementContext }, ["GMR202"], "up");
    });

    it("is a missing token Secret, in preview and in up", async () => {
      await spoiled(() => deleteSecret(hub, token.name), ["GMR205"]);
      await refused({ managementContext }, ["GMR205"], "up");
    });

    const contents: readonly [what: string, secret: typeof root, data: Record<string, string>, code: string][] = [
      ["a root CA Secret without ca.crt", root, { "tls.crt": "x" }, "GMR203"],
      ["an empty ca.crt", root, { "ca.crt": "" }, "GMR203"],
      ["a ca.crt that is not PEM", root, { "ca.crt": "hello" }, "GMR204"],
      ["a token Secret without token", token, { other: "x" }, "GMR206"],
      ["an empty token", token, { token: "" }, "GMR206"],
    ];
    for (const [what, secret, data, code] of contents) {
      it(`is ${what}`, () => spoiled(() => writeSecret(hub.kubeConfig, secret, data), [code]));
    }

    it("is a cluster name that somebody else has registered", async () => {
      await kubernetesClusters(management.kubeConfig, namespace).create("remote-1");
      await refused({}, ["GMR208"]);
      await kubernetesClusters(management.kubeConfig, namespace).delete("remote-1");
    });
  });

  describe("on the remote cluster", () => {
    it("is a namespace of somebody else", async () => {
      await makeNamespace(remote, "taken");
      await refused({ clusters: { "remote-1": { namespace: "taken" } } }, [/GMR303 .*namespace\.create to false/]);
    });

    it("is a Secret of somebody else", async () => {
      await makeNamespace(remote, "leftovers");
      await writeSecret(remote.kubeConfig, { name: secretNames.identityToken, namespace: "leftovers" }, { token: "x" });
      await refused({ clusters: { "remote-1": { namespace: "leftovers", createNamespace: false } } }, ["GMR304"]);
    });

    it("is a Helm release of somebody else", async () => {
      await installByHand(world, remote, "by-hand");
      await refused({ clusters: { "remote-1": { namespace: "by-hand", createNamespace: false } } }, ["GMR305"]);
    });
  });
});

/** As the vendor's guide does it: helm install. */
async function installByHand({ sandbox }: World, cluster: SandboxCluster, release: string): Promise<void> {
  await makeNamespace(cluster, release);
  const values = ["relay.cluster=by-hand", `relay.serverAddress=${sandbox.relayAddress}`].flatMap((value) => [
    "--set",
    value,
  ]);
  const where = ["--kubeconfig", sandbox.kubeconfig, "--kube-context", cluster.name, "--namespace", release];
  const chart = ["--repo", sandbox.chartRepository.url, "--version", sandbox.hub.version];
  const home = `${sandbox.folder}/helm`;
  const env = { ...process.env, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  const helm = promisify(execFile);
  await helm(
    sandbox.tools.helm.path,
    ["install", "enterprise-agent", "enterprise-agent", ...where, ...chart, ...values],
    { env },
  );
}
