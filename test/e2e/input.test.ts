import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { freePort } from "../sandbox/controlplane";
import { installDefinition, secretNames, writeSecret } from "../sandbox/relay";
import type { SecretReference } from "../sandbox/relay/secrets";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { EngineCommand, PulumiResult, PulumiWorkspace } from "../sandbox/workspace";
import { clustersOf, deleteSecret, makeNamespace, registeredOn, withoutWrites } from "./support/clusters";
import { generation, versions } from "./support/generation";
import { helmInstall } from "./support/helm";
import { nowhere, writeContexts, writeText } from "./support/kubeconfigs";
import { assertFailed, messagesOn, textOf } from "./support/runs";
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
  let one: SandboxCluster;
  let two: SandboxCluster;

  before(async () => {
    world = await World.start(["remote-1", "remote-2"], { furtherHubs: { other: { generation: other } } });
    management = world.sandbox.management;
    one = world.sandbox.remote("remote-1");
    two = world.sandbox.remote("remote-2");
    stack = await world.stack("input", { clusters });
  });

  after(() => world?.stop());

  /** Runs with these settings, which must fail without a write to any cluster. */
  const run = async (settings: Partial<StackSettings>, command: EngineCommand = "preview"): Promise<PulumiResult> => {
    await stack.setConfig(world.config({ clusters, ...settings }));
    const args = command === "preview" ? [] : ["--skip-preview"];
    return withoutWrites(clustersOf(world.sandbox), () => stack.start(command, args).result, { trials: true });
  };

  /** Asserts that it fails as expected. */
  const refused = async (
    settings: Partial<StackSettings>,
    expected: readonly (string | RegExp)[],
    command?: EngineCommand,
  ) => {
    const result = await run(settings, command);
    for (const text of expected) assertFailed(result, text);
  };

  describe("in the configuration of the stack", () => {
    it("is an unknown setting of a cluster, or a cluster without a name", () =>
      refused({ clusters: { "": {}, "remote-1": { contxt: "a" } } }, [
        /GMR010 .*contxt\] is not known.*pulumi config rm --path clusters\.remote-1\.contxt/,
        /GMR010 .*a cluster without a name/,
      ]));

    it("is a version that is not in the chart repository", () => {
      const version = versions.usual.replace(/\d+$/, "99");
      return refused({ defaults: { agent: { version } } }, [new RegExp(`version "${version}" not found`)]);
    });
  });

  // The second remote cluster plays a hub that is incomplete in one way after the other.
  describe("on the management cluster", () => {
    const root = { name: secretNames.root, namespace };
    const token = { name: secretNames.identityToken, namespace };
    const hubOfItsOwn = { management: { context: "remote-2" } };

    const place = (secret: SecretReference, data: Record<string, string>) => writeSecret(two.kubeConfig, secret, data);

    it("is a missing hub, beside a missing namespace on the remote cluster", () =>
      refused({ ...hubOfItsOwn, clusters: { "remote-1": { namespace: { create: false } } } }, [
        "GMR201",
        "GMR207",
        "GMR306",
      ]));

    it("are a missing kind KubernetesCluster, a missing root CA and a token Secret with nothing in its key", async () => {
      await makeNamespace(two, namespace);
      await place(token, { token: "" });
      await refused(hubOfItsOwn, ["GMR202", "GMR206", "GMR207"]);
    });

    it("are a root CA that is not PEM, and a missing token; up is refused as well", async () => {
      await installDefinition(two.kubeConfig, namespace);
      await place(root, { "ca.crt": "hello" });
      await deleteSecret(two, token.name);
      await refused(hubOfItsOwn, ["GMR204", "GMR205"], "up");
    });

    it("is another product generation", () =>
      refused({ management: { context: "other" } }, [
        new RegExp(
          `GMR228 .*another generation of Gloo Mesh than ${generation.name} .*set \\[generation\\] to "${other}"`,
        ),
      ]));
  });

  describe("of one registration beside the others", () => {
    let result: PulumiResult;

    before(async () => {
      const { sandbox } = world;
      const hanging = sandbox.cluster("other");
      const at = (kubeconfig: string) => ({ remote: { kubeconfig } });
      await makeNamespace(one, "leftovers");
      await writeSecret(one.kubeConfig, { name: secretNames.identityToken, namespace: "leftovers" }, { token: "x" });
      await installByHand(world, one, "leftovers");
      await makeNamespace(two, "taken");
      await registeredOn(management).create("remote-2");
      const wanted = {
        a_b: {
          remote: { context: "remote-1" },
          relay: { serverAddress: "relay" },
          agent: { version: "one" },
          namespace: { name: "Gloo" },
          proof: { timeoutSeconds: 0.5 },
        },
        nowhere: {},
        hub: { remote: { context: "management" } },
        missing: at(`${sandbox.folder}/none`),
        "no-yaml": at(await writeText(sandbox, "no-yaml", "a: [b\n  c: }")),
        empty: at(await writeText(sandbox, "empty", "apiVersion: v1\nkind: Config\n")),
        refused: at(await writeContexts(sandbox, "refused", { refused: nowhere(await freePort()) })),
        hanging: { remote: { context: "other" } },
        "remote-1": { namespace: { name: "leftovers", create: false } },
        "remote-2": { namespace: { name: "taken" } },
      };
      hanging.plane.freeze();
      try {
        result = await run({ clusters: wanted });
      } finally {
        hanging.plane.thaw();
      }
      await registeredOn(management).delete("remote-2");
    });

    for (const [title, name, expected] of [
      ["is several wrong values at once, all of them told", "a_b", ["GMR001", "GMR002", "GMR003", "GMR006", "GMR007"]],
      ["is a context that does not exist", "nowhere", [/GMR103 .*it has: management, .*remote-1, remote-2/]],
      ["is the management cluster itself", "hub", ["GMR301"]],
      ["is a kubeconfig that is missing", "missing", ["GMR101"]],
      ["is a kubeconfig that is no YAML", "no-yaml", ["GMR102"]],
      ["is a kubeconfig without a context", "empty", ["GMR103"]],
      ["is a kubeconfig that leads nowhere", "refused", ["GMR112"]],
      ["is an API server that hangs; the run ends by its own limit", "hanging", [/GMR113 .*no answer within \d+ s/]],
      ["is a Secret and a Helm release of somebody else", "remote-1", ["GMR304", "GMR305"]],
      [
        "is a namespace of somebody else, and a cluster name that somebody else has registered",
        "remote-2",
        [/GMR303 .*\[namespace\.create: false\]/, "GMR208"],
      ],
    ] as const) {
      it(title, () => {
        assert.ok(result.exitCode !== 0, "it succeeded");
        const told = messagesOn(result, name, "error").join("\n");
        for (const text of expected) {
          assert.match(told, typeof text === "string" ? new RegExp(`\\b${text}\\b`) : text, textOf(result));
        }
      });
    }
  });
});

/** As the vendor's guide does it: helm install. */
async function installByHand(world: World, cluster: SandboxCluster, namespace: string): Promise<void> {
  const { chart, releaseName, values } = generation;
  const given = [
    [values.clusterName, "by-hand"],
    [values.serverAddress, world.sandbox.relayAddress],
    ...(values.enabled ? [[values.enabled, "true"] as const] : []),
  ] as const;
  const settings = Object.fromEntries(given.map(([path, value]) => [path.join("."), value]));
  await helmInstall(world, cluster, [releaseName, chart], settings, namespace);
}
