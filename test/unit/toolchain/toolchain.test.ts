import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { eventually, running } from "../../sandbox-tests/processTable";
import { ensureTools, MissingToolsError, type ToolName, toolNames } from "../../toolchain";
import { compareVersions, findVersion } from "../../toolchain/versions";

// Stand-ins: PATH holds nothing but one folder with shell scripts that print versions, and a `go` whose builds write a
// script. That the real modules build is what every use of the sandbox shows.

let folder = "";
let bin = "";
let env: NodeJS.ProcessEnv = {};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "toolchain-"));
  bin = join(folder, "bin");
  mkdirSync(bin);
  env = { PATH: bin, HOME: folder, XDG_CACHE_HOME: join(folder, "cache") };
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function script(name: string, body: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(bin, name), 0o755);
}

const goodVersions: Readonly<Record<ToolName, string>> = {
  pulumi: "v3.260.0",
  "pulumi-language-nodejs": "",
  "kube-apiserver": "Kubernetes v1.33.1",
  "kube-controller-manager": "Kubernetes v1.33.4",
  kubectl: "Client Version: v1.31.7-eks-bcf3d70",
  etcd: "etcd Version: 3.5.21\nGit SHA: a17edfd",
  helm: "v3.18.4+gd80839c",
  actionlint: "1.7.7\ninstalled by downloading from release page",
};

function installAll(overrides: Partial<Record<ToolName, string>> = {}): void {
  for (const [name, version] of Object.entries({ ...goodVersions, ...overrides })) {
    script(name, `printf '%s\\n' '${version}'`);
  }
}

/** A go command that notes each build in a file and then does what is said, with $out as the file to be written. */
function installGo(build = `printf '#!/bin/sh\\n' > "$out"; /bin/chmod +x "$out"`, version = "go1.26.3"): void {
  script(
    "go",
    `if [ "$1" = env ]; then echo ${version}; exit; fi
printf '%s\\n' "$*" >> ${folder}/builds
while [ "$1" != -o ]; do shift; done
out=$2
${build}`,
  );
}

const builds = () =>
  existsSync(join(folder, "builds")) ? readFileSync(join(folder, "builds"), "utf8").trim().split("\n") : [];
const cache = () => join(folder, "cache", "gloo-mesh-relay-registration", "tools");

describe("tools on PATH", () => {
  it("are taken when they are new enough, with the version that they tell, and nothing is built or written", async () => {
    installAll();
    installGo();
    const tools = await ensureTools({ env, names: toolNames });
    assert.deepEqual(
      Object.values(tools).map(({ name, path, version, source }) => [name, path, version, source]),
      [
        ["pulumi", join(bin, "pulumi"), "3.260.0", "path"],
        ["pulumi-language-nodejs", join(bin, "pulumi-language-nodejs"), "3.260.0", "path"],
        ["kube-apiserver", join(bin, "kube-apiserver"), "1.33.1", "path"],
        ["kube-controller-manager", join(bin, "kube-controller-manager"), "1.33.4", "path"],
        ["kubectl", join(bin, "kubectl"), "1.31.7", "path"],
        ["etcd", join(bin, "etcd"), "3.5.21", "path"],
        ["helm", join(bin, "helm"), "3.18.4", "path"],
        ["actionlint", join(bin, "actionlint"), "1.7.7", "path"],
      ],
    );
    assert.deepEqual(readdirSync(folder), ["bin"]);
  });

  for (const [name, version, why] of [
    ["pulumi", "v3.199.9", "is 3.199.9, older than 3.200.0"],
    ["kubectl", "Client Version: v1.28.15", "is 1.28.15, older than 1.29.0"],
    ["etcd", "etcd Version: 3.4.30", "is 3.4.30, older than 3.5.0"],
    ["helm", "v3.13.3+gc8b9489", "is 3.13.3, older than 3.14.0"],
    ["helm", "v4.0.0", "is 4.0.0, not below 4.0.0"],
    ["etcd", "no idea", "does not tell its version"],
  ] as const) {
    it(`are passed over when unfit, and the report says why: ${name} ${why}`, async () => {
      installAll({ [name]: version });
      installGo();
      const lines: string[] = [];
      const tools = await ensureTools({ env, report: (line) => lines.push(line) });
      assert.equal(tools[name].source, "built");
      assert.ok(
        lines.some((line) => line.includes(`${join(bin, name)} ${why}`)),
        lines.join("\n"),
      );
    });
  }

  it("are passed over in favour of a later one on PATH that serves", async () => {
    installAll();
    const first = join(folder, "first");
    mkdirSync(first);
    writeFileSync(join(first, "helm"), "#!/bin/sh\necho v2.17.0\n", { mode: 0o755 });
    const tools = await ensureTools({ env: { ...env, PATH: `${first}:${bin}` } });
    assert.equal(tools.helm.path, join(bin, "helm"));
  });

  it("of the control plane are taken in one release only: the controller manager must not be newer than its server", async () => {
    installAll({ "kube-apiserver": "Kubernetes v1.31.0" });
    installGo();
    const tools = await ensureTools({ env });
    assert.deepEqual([tools["kube-apiserver"].source, tools["kube-controller-manager"].source], ["built", "built"]);
    assert.equal(tools.kubectl.source, "path");
  });

  it("leave the language host to the build when it does not lie beside pulumi", async () => {
    installAll();
    rmSync(join(bin, "pulumi-language-nodejs"));
    installGo();
    const tools = await ensureTools({ env });
    assert.deepEqual([tools.pulumi.source, tools["pulumi-language-nodejs"].source], ["path", "built"]);
  });
});

describe("tools that PATH does not offer", () => {
  it("are built step by step, each reported when it starts and when it is done, and are cached afterwards", async () => {
    installGo();
    const lines: string[] = [];
    const ask = (report: (line: string) => void) => ensureTools({ env, names: toolNames, report });
    const built = await ask((line) => lines.push(line));
    assert.equal(lines.length, 12);
    assert.match(
      lines[0] ?? "",
      /^\[1\/6\] actionlint [\d.]+: building \(.*; not in the cache\); took \d+ s on 2 busy cores$/,
    );
    assert.match(lines[11] ?? "", /^\[6\/6\] kube-apiserver, kube-controller-manager, kubectl [\d.]+: built in \d+ s$/);
    assert.equal(builds().length, 8);
    for (const tool of Object.values(built)) {
      assert.equal(tool.source, "built");
      assert.ok(existsSync(tool.path), tool.path);
    }
    const again = await ask(() => assert.fail("nothing to report"));
    assert.deepEqual(new Set(Object.values(again).map(({ source }) => source)), new Set(["cache"]));
    assert.deepEqual(again.helm, { ...built.helm, source: "cache" });
    assert.equal(builds().length, 8);
  });

  it("are built only if they are asked for: the sandbox does not need the one that checks workflows", async () => {
    installGo();
    const built = await ensureTools({ env });
    assert.deepEqual(Object.keys(built).sort(), toolNames.filter((name) => name !== "actionlint").sort());
    assert.equal(builds().length, 7);
    assert.ok(builds().every((line) => !line.includes("actionlint")));
  });

  it("get their version from go.mod, are trimmed of paths and do not touch the module files", async () => {
    installGo();
    const tools = await ensureTools({ env });
    const build = builds().find((line) => line.endsWith("cmd/kube-apiserver")) ?? "";
    assert.match(build, /^build .*-mod=readonly -trimpath -ldflags -s -w /);
    assert.ok(build.includes(`gitVersion=v${tools["kube-apiserver"].version} `), build);
  });

  it("are built once when two callers ask at the same time", async () => {
    installGo(`/bin/sleep 0.1; printf '#!/bin/sh\\n' > "$out"; /bin/chmod +x "$out"`);
    const [first, second] = await Promise.all([ensureTools({ env }), ensureTools({ env })]);
    assert.equal(builds().length, 7);
    assert.equal(first.etcd.path, second.etcd.path);
  });

  it("whose build fails are named with what go said, and nothing is left that could be taken for a tool", async () => {
    installAll();
    rmSync(join(bin, "etcd"));
    installGo(`echo half > "$out"; echo 'main.go:3: undefined: x' >&2; exit 1`);
    await assert.rejects(ensureTools({ env }), /go build ended with exit code 1:\nmain\.go:3: undefined: x/);
    assert.deepEqual(
      readdirSync(cache()).filter((name) => !name.endsWith(".lock")),
      [],
    );
  });

  it("stop being built when the caller gives up: go and its compilers end, nothing is left", async () => {
    installAll();
    rmSync(join(bin, "etcd"));
    installGo(`/bin/sleep 60 & echo $$ $! > ${folder}/pids; wait`);
    const giveUp = new AbortController();
    const result = assert.rejects(ensureTools({ env, signal: giveUp.signal }), new Error("enough"));
    await eventually("the build runs", () => readPids().length === 2);
    giveUp.abort(new Error("enough"));
    await result;
    await eventually("go and its child end", () => running(readPids()).length === 0);
    assert.deepEqual(
      readdirSync(cache()).filter((name) => !name.endsWith(".lock")),
      [],
    );
  });

  it("are built by the next run when the one that was building them is killed", async () => {
    installAll();
    rmSync(join(bin, "etcd"));
    installGo(`echo half > "$out"; /bin/sleep 60 & echo $$ $! > ${folder}/pids; wait`);
    const other: ChildProcess = spawn(process.execPath, [join(__dirname, "..", "..", "toolchain", "main.js")], {
      env,
      stdio: "ignore",
    });
    await eventually("the build runs", () => readPids().length === 2);
    other.kill("SIGKILL");
    await once(other, "exit");
    installGo();
    const tools = await ensureTools({ env });
    assert.equal(readFileSync(tools.etcd.path, "utf8"), "#!/bin/sh\n");
    await eventually("the build of the killed one ends", () => running(readPids()).length === 0);
  });
});

describe("tools that are missing without a Go that could build them", () => {
  it("are all listed with their installation pages when there is no go", async () => {
    installAll();
    for (const name of ["helm", "etcd", "pulumi"]) rmSync(join(bin, name));
    await assert.rejects(ensureTools({ env }), (error) => {
      assert.ok(error instanceof MissingToolsError);
      assert.match(error.message, /^Go 1\.26 or newer, .* is not on PATH; see https:\/\/go\.dev\/doc\/install/);
      assert.match(
        error.message,
        /\n {2}helm \(3\.14\.0 or newer, below 4\.0\.0\): not on PATH; see https:\/\/helm\.sh/,
      );
      assert.match(error.message, /\n {2}etcd .*https:\/\/etcd\.io/);
      assert.match(error.message, /\n {2}pulumi .*https:\/\/www\.pulumi\.com\/docs\/install\//);
      assert.match(error.message, /\n {2}pulumi-language-nodejs /);
      assert.doesNotMatch(error.message, /kubectl/);
      return true;
    });
    assert.equal(existsSync(cache()), false);
  });

  it("are listed when go is too old", async () => {
    installAll();
    rmSync(join(bin, "helm"));
    installGo("", "go1.22.5");
    await assert.rejects(ensureTools({ env }), /^MissingToolsError: Go 1\.26 or newer.*is needed, not go1\.22\.5/);
    assert.deepEqual(builds(), []);
  });

  it("are listed with what go says when it refuses the module", async () => {
    installAll();
    rmSync(join(bin, "helm"));
    script("go", "echo 'go: go.mod requires go >= 1.26 (running go 1.24.0; GOTOOLCHAIN=local)' >&2; exit 1");
    await assert.rejects(ensureTools({ env }), /running go 1\.24\.0; GOTOOLCHAIN=local/);
  });
});

describe("versions", () => {
  it("are compared number by number", () => {
    assert.ok(compareVersions("3.9.0", "3.10.0") < 0);
    assert.ok(compareVersions("4.0", "3.10.7") > 0);
    assert.equal(compareVersions("3.14", "3.14.0"), 0);
  });

  it("are found in what the tools print", () => {
    assert.equal(findVersion("go1.26.3"), "1.26.3");
    assert.equal(findVersion("no version here"), undefined);
  });
});

function readPids(): number[] {
  const file = join(folder, "pids");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split(" ").filter(Boolean).map(Number) : [];
}
