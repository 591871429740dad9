import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { parse } from "yaml";
import { clustersOf, makeNamespace, withoutWrites } from "../e2e/support/clusters";
import { exampleStack } from "../e2e/support/examplePrograms";
import { writeContexts } from "../e2e/support/kubeconfigs";
import {
  assertFailed,
  assertNoChanges,
  assertSucceeded,
  changesOf,
  registrationOf,
  registrationStates,
  textOf,
} from "../e2e/support/runs";
import { World } from "../e2e/support/world";
import { repositoryRoot } from "../sandbox/repositoryRoot";
import type { PulumiWorkspace } from "../sandbox/workspace";

const stackAndProviders = 1 + 2 * 2;
const registration = 8;

/** Examples that name the contexts themselves, and nothing that has a default. */
const keepingDefaults: readonly {
  readonly example: string;
  readonly management: string;
  readonly remotes: readonly string[];
  readonly config?: (relayServerAddress: string) => Record<string, string | object>;
}[] = [
  { example: "minimal", management: "prod-hub", remotes: ["prod-cluster-2"] },
  {
    example: "kind",
    management: "kind-hub",
    remotes: ["kind-cluster-2"],
    config: (relayServerAddress) => ({ relayServerAddress }),
  },
  {
    example: "many-clusters",
    management: "prod-hub",
    remotes: ["eu", "us"],
    config: () => ({ clusters: { "prod-eu": "eu", "prod-us": "us" } }),
  },
  { example: "waves", management: "prod-hub", remotes: ["prod-canary", "prod-eu", "prod-us"] },
];

describe("the examples", () => {
  let world: World;
  /** Configuration that all examples share. */
  let common: { managementContext: string; relayServerAddress: string; chartRepository: string };
  /** Of the remote cluster alone. */
  let content = "";

  before(async () => {
    world = await World.start(["remote-1", "remote-2", "remote-3"]);
    const { relayAddress, chartRepository } = world.sandbox;
    common = {
      managementContext: "management",
      relayServerAddress: relayAddress,
      chartRepository: chartRepository.url,
    };
    const kubeConfig = new k8s.KubeConfig();
    kubeConfig.loadFromString(world.sandbox.remote("remote-1").kubeConfig.exportConfig());
    content = kubeConfig.exportConfig();
  });

  after(() => world?.stop());

  /** Previews a fresh registration: nothing is written, and all resources are to be made. */
  const previewed = async (stack: PulumiWorkspace, resources = stackAndProviders + registration): Promise<void> => {
    const preview = await withoutWrites(clustersOf(world.sandbox), () => stack.preview(), { trials: true });
    assertSucceeded(preview);
    assert.equal(changesOf(preview)["create"], resources, textOf(preview));
    assert.match(textOf(preview), /plan:/);
    const { "current-context": _, ...secrets } = parse(content) as Record<string, unknown>;
    const [user] = (secrets["users"] ?? []) as { user?: { token?: string } }[];
    if (user?.user?.token) assert.ok(!textOf(preview).includes(user.user.token));
  };

  it("kubeconfig-path: a file and a context", async () => {
    const { kubeconfig } = world.sandbox;
    await previewed(
      await exampleStack(world, "kubeconfig-path", { config: { ...common, kubeconfig, remoteContext: "remote-1" } }),
    );
  });

  it("kubeconfig-secret: content as a secret of the stack, which Pulumi wants as one", async () => {
    const plain = await exampleStack(world, "kubeconfig-secret", { config: common, secrets: { kubeconfig: content } });
    await previewed(plain);
    await plain.setConfig({ kubeconfig: content });
    assertFailed(await plain.preview(), /'kubeconfig' must be encrypted as it's secret/);
  });

  it("stack-reference: an output of the stack that made the cluster", async () => {
    const clusters = await exampleStack(world, "stack-reference/clusters", {
      config: {},
      secrets: { kubeconfig: content },
    });
    assertSucceeded(await clusters.up(["--skip-preview"]));
    const passphrase = String(clusters.env["PULUMI_CONFIG_PASSPHRASE"]);
    const stack = await exampleStack(world, "stack-reference/registration", {
      config: { ...common, clusterStack: "organization/example-clusters/test" },
      passphrase,
    });
    await previewed(stack, stackAndProviders + registration);
  });

  it("esc: configuration, files and variables as an environment hands them over", async () => {
    const file = join(repositoryRoot(), "examples", "esc", "environment.yaml");
    const { values } = parse(readFileSync(file, "utf8")) as {
      values: {
        files: Record<string, string>;
        pulumiConfig: { managementContext: string; remoteContext: string; relayServerAddress: string };
        environmentVariables: Record<string, string>;
      };
    };
    assert.deepEqual(values.files, { KUBECONFIG: `\${${"kubeconfig"}}` });
    const { managementContext, remoteContext } = values.pulumiConfig;
    const { management } = world.sandbox;
    const KUBECONFIG = await writeContexts(world.sandbox, "esc-kubeconfig", {
      [managementContext]: management,
      [remoteContext]: world.sandbox.remote("remote-1"),
    });
    const { relayServerAddress, chartRepository } = common;
    const stack = await exampleStack(world, "esc", {
      config: { ...values.pulumiConfig, relayServerAddress, chartRepository },
    });
    const variables = Object.keys(values.environmentVariables).map((name) => [name, "handed over"]);
    Object.assign(stack.env, Object.fromEntries(variables), { KUBECONFIG });
    await previewed(stack);
  });

  for (const { example, management, remotes, config } of keepingDefaults) {
    it(`${example}: keeps to the defaults`, async () => {
      const KUBECONFIG = await writeContexts(world.sandbox, `${example}-kubeconfig`, {
        [management]: world.sandbox.management,
        ...Object.fromEntries(remotes.map((name, index) => [name, world.sandbox.remote(`remote-${index + 1}`)])),
      });
      const stack = await exampleStack(world, example, { config: config?.(world.sandbox.relayAddress) ?? {} }, true);
      Object.assign(stack.env, { KUBECONFIG });
      await previewed(stack, 1 + 2 * (1 + remotes.length) + registration * remotes.length);
    });
  }

  it("and the program of the repository keeps a kubeconfig as content secret, and reports one in plain text", async () => {
    const stack = await world.stack("content", { clusters: { "remote-1": {} } });
    await stack.setConfig({ clusters: { "remote-1": { remote: { kubeconfig: content } } } });
    assertFailed(
      await stack.preview(),
      /GMR010 .*Pulumi\.content\.yaml, \[clusters\.remote-1\.remote\.kubeconfig\] .*plain text/,
    );
    await stack.setConfig({ clusters: { "remote-1": {} } });
    await stack.command(["config", "set", "--secret", "--path", "clusters.remote-1.remote.kubeconfig"], content);
    const up = await stack.up(["--skip-preview"]);
    assertSucceeded(up);
    const { certificateFingerprint } = await registrationOf(stack, "remote-1");
    assert.equal((await registrationStates(stack))["remote-1"], "proven");
    assert.match(certificateFingerprint, /^[0-9A-F]{2}:/);
    const [line = ""] = content.split("\n").filter((one) => one.includes("certificate-authority-data"));
    assert.ok(line.length > 200);
    for (const text of [textOf(up), JSON.stringify(await stack.exportState())]) {
      assert.ok(!text.includes(line.trim().slice(-100)));
    }
    assertNoChanges(await stack.up(["--skip-preview"]));
  });

  it("cert-manager: a certificate that somebody else provides, in a namespace that exists", async () => {
    await makeNamespace(world.sandbox.remote("remote-3"), "gloo-mesh");
    const KUBECONFIG = await writeContexts(world.sandbox, "cert-manager-kubeconfig", {
      "prod-hub": world.sandbox.management,
      "prod-cluster-2": world.sandbox.remote("remote-3"),
    });
    const stack = await exampleStack(world, "cert-manager", { config: {} }, true);
    Object.assign(stack.env, { KUBECONFIG });
    // Neither namespace nor root CA nor token.
    await previewed(stack, stackAndProviders + registration - 3);
  });
});
