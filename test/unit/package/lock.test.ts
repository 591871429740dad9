import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { repositoryRoot } from "../../sandbox/repositoryRoot";

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

const root = repositoryRoot();
const read = (file: string) => JSON.parse(readFileSync(join(root, file), "utf8")) as Record<string, unknown>;
const lock = read("package-lock.json")["packages"] as Readonly<Record<string, Locked>>;
const installed = Object.entries(lock).filter(([path]) => path.includes("node_modules/"));

// What `npm ci` installs is what was reviewed: each archive has a checksum, and no script fetches more.
describe("package-lock.json", () => {
  test("holds a checksum of each archive, for every platform", () => {
    const without = installed.filter(([, { integrity, link }]) => !link && !/^sha512-.{86}==$/.test(integrity ?? ""));
    assert.deepEqual(
      without.map(([path]) => path),
      [],
    );
  });

  test("links to folders of this repository alone", () => {
    const links = installed.filter(([, { link }]) => link).map(([, { resolved }]) => resolved);
    assert.deepEqual(links, ["test/toolchain/node"]);
  });

  test("has no package that needs its install script, so that pipelines run none", () => {
    const scripted = installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
    // Pulumi's install a plugin, which `pulumi` does again when it misses one; protobufjs compares versions and prints a hint.
    const known = ["@pulumi/command", "@pulumi/kubernetes", "protobufjs"];
    assert.deepEqual(
      scripted,
      known.map((name) => `node_modules/${name}`),
    );
  });

  test("holds the Node of this repository, one version for all platforms", () => {
    const { version, optionalDependencies } = read("test/toolchain/node/package.json");
    const versions = Object.entries(optionalDependencies as Readonly<Record<string, string>>);
    assert.ok(versions.length > 0);
    for (const [name, wanted] of versions) {
      assert.equal(wanted, version, name);
      assert.equal(lock[`node_modules/${name}`]?.version, version, name);
    }
  });
});
