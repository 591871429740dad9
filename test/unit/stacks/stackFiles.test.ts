import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { readConfiguration } from "../../../stacks/configuration";
import { wavesOf } from "../../../stacks/waves";
import { repositoryRoot } from "../../sandbox/repositoryRoot";

const root = repositoryRoot();
const project = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as {
  name: string;
  config: Record<string, { type: string; description: string }>;
};

describe("the stacks of the repository", () => {
  const files = globSync("stacks/Pulumi.*.yaml", { cwd: root }).sort();

  test("are one for each environment", () => {
    assert.deepEqual(
      files.map((file) => basename(file)),
      ["Pulumi.dev.yaml", "Pulumi.prod.yaml", "Pulumi.sandbox.yaml", "Pulumi.staging.yaml"],
    );
  });

  for (const file of files) {
    test(`${file} has keys of the schema in Pulumi.yaml, and is read without a fault`, () => {
      const { config } = parse(readFileSync(join(root, file), "utf8")) as { config: Record<string, unknown> };
      for (const key of Object.keys(config)) {
        assert.ok(Object.hasOwn(project.config, key.replace(`${project.name}:`, "")), key);
      }
      // As the language host hands it over.
      const texts = Object.entries(config).map(([key, value]) => [
        key,
        typeof value === "object" ? JSON.stringify(value) : String(value),
      ]);
      pulumi.runtime.setAllConfig(Object.fromEntries(texts));
      const { clusters } = readConfiguration(new pulumi.Config(project.name));
      assert.ok(clusters.size >= 2);
      for (const { remote } of clusters.values()) assert.equal(remote.kubeconfig, undefined);
    });
  }
});

describe("the schema in Pulumi.yaml", () => {
  test("gives each key a type and a description", () => {
    for (const [key, { type, description }] of Object.entries(project.config)) {
      assert.ok(["string", "integer", "object"].includes(type), key);
      assert.ok(description.length > 20, key);
    }
  });

  test("has exactly the keys that the program reads", () => {
    const program = readFileSync(join(root, "stacks/configuration.ts"), "utf8");
    const read = [...program.matchAll(/(?:config\.(?:get|require)\(|optional\(config, )"(\w+)"/g)].map(
      ([, key]) => key,
    );
    assert.deepEqual([...new Set(read)].sort(), Object.keys(project.config).sort());
  });
});

describe("waves", () => {
  test("come in the order of their numbers, each with its clusters in the order of the configuration", () => {
    const clusters = new Map([
      ["d", { wave: 10 }],
      ["a", {}],
      ["canary", { wave: 0 }],
      ["b", { wave: 1 }],
    ]);
    assert.deepEqual(
      wavesOf(clusters).map((wave) => wave.map(([name]) => name)),
      [["canary"], ["a", "b"], ["d"]],
    );
  });

  test("are none without clusters", () => assert.deepEqual(wavesOf(new Map()), []));
});
