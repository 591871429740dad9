import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type InstallOptions, installPlugins, pluginVersion } from "../../../sandbox/plugins";

describe("installing plugins", () => {
  let folder: string;
  let options: InstallOptions;
  let lines: string[];
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "plugins install's-"));
    lines = [];
    options = {
      pulumiHome: path.join(folder, "home"),
      pulumi: path.join(folder, "pulumi"),
      helm: "/bin/helm",
      node: process.execPath,
      download: false,
      report: (line) => lines.push(line),
    };
  });
  afterEach(() => rm(folder, { recursive: true }));

  const official = async (plugins: string, name: "kubernetes" | "command") => {
    const place = path.join(plugins, `resource-${name}-v${pluginVersion(name)}`);
    await mkdir(place, { recursive: true });
    await writeFile(path.join(folder, `${name}-binary`), "\x7fELF", { mode: 0o755 });
    await symlink(path.join(folder, `${name}-binary`), path.join(place, `pulumi-resource-${name}`));
  };

  test("versions are those of the npm packages", () => {
    assert.match(pluginVersion("kubernetes"), /^4\./);
    assert.match(pluginVersion("command"), /^1\./);
  });

  test("without official plugins the stand-ins are installed, and the report says so", async () => {
    const { kubernetes, command } = await installPlugins(options);
    assert.deepEqual([kubernetes.source, command.source], ["stand-in", "stand-in"]);
    const version = pluginVersion("kubernetes");
    assert.equal(
      kubernetes.path,
      path.join(folder, `home/plugins/resource-kubernetes-v${version}/pulumi-resource-kubernetes`),
    );
    assert.equal((await stat(kubernetes.path)).mode & 0o111, 0o111);
    assert.equal(lines.length, 2);
    assert.match(lines.join("\n"), /kubernetes [\d.]+: stand-in/);
  });

  test("an installed stand-in is written anew", async () => {
    const before = await installPlugins(options);
    await installPlugins({ ...options, helm: "/other/helm" });
    assert.match(await readFile(before.kubernetes.path, "utf8"), /\/other\/helm/);
  });

  test("an official plugin that is there is left alone", async () => {
    await official(path.join(folder, "home/plugins"), "kubernetes");
    const { kubernetes, command } = await installPlugins(options);
    assert.deepEqual([kubernetes.source, command.source], ["official", "stand-in"]);
    assert.equal(await readFile(kubernetes.path, "utf8"), "\x7fELF");
  });

  test("an official plugin from a folder takes the place of a stand-in, as a real file in a real folder", async () => {
    await installPlugins(options);
    await official(path.join(folder, "offered"), "kubernetes");
    const { kubernetes } = await installPlugins({ ...options, officialPlugins: path.join(folder, "offered") });
    assert.equal(kubernetes.source, "official");
    assert.equal(await readFile(kubernetes.path, "utf8"), "\x7fELF");
    assert.deepEqual((await installPlugins(options)).kubernetes.source, "official");
  });

  test("a download is tried once; what it brings is used, its failure is not repeated", async () => {
    const script = `#!/bin/sh
echo "$4" >> '${path.join(folder.replaceAll("'", "'\\''"), "tries")}'
[ "$4" = command ] || exit 1
mkdir -p "$PULUMI_HOME/plugins/resource-$4-v$5" && echo binary > "$PULUMI_HOME/plugins/resource-$4-v$5/pulumi-resource-$4"
`;
    await writeFile(options.pulumi, script, { mode: 0o755 });
    const first = await installPlugins({ ...options, download: true });
    assert.deepEqual([first.kubernetes.source, first.command.source], ["stand-in", "official"]);
    await installPlugins({ ...options, download: true });
    const tries = (await readFile(path.join(folder, "tries"), "utf8")).trim().split("\n").sort();
    assert.deepEqual(tries, ["command", "kubernetes"]);
  });
});
