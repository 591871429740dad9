import { strict as assert } from "node:assert";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { Secret, toPlainMap, type ValueMap } from "../../../sandbox/plugins/engine/values";
import { Helm, HelmError } from "../../../sandbox/plugins/kubernetes/helm";
import {
  chartLogin,
  completeInputs,
  installArguments,
  uninstallArguments,
  upgradeArguments,
  valuesInput,
} from "../../../sandbox/plugins/kubernetes/releaseInputs";
import { readSettings } from "../../../sandbox/plugins/kubernetes/settings";
import { eventually, running } from "../../../sandbox-tests/processTable";

// A helm that writes down what it was given and, when told so, waits to be ended.
const fakeHelm = `#!${process.execPath}
const { copyFileSync, readFileSync, writeFileSync } = require("node:fs");
const [, , command, word] = process.argv;
const write = (name, text) => writeFileSync(process.env.FAKE + "/" + name, text);
write("pid", String(process.pid));
write("arguments", process.argv.join("\\n"));
const kubeconfig = process.argv.find((argument) => argument.endsWith("/kubeconfig"));
if (kubeconfig) {
  write("where", kubeconfig);
  copyFileSync(kubeconfig, process.env.FAKE + "/seen");
}
write("input", readFileSync(0, "utf8"));
const end = (text) => {
  console.error(text);
  process.exit(1);
};
if (command === "fail") end("WARNING: old\\nError: INSTALLATION FAILED: " + word);
const release = { name: "agent", namespace: "mesh", version: 1, info: { status: "deployed" } };
if (command === "status") console.log(JSON.stringify(release));
else if (command === "get") console.log(JSON.stringify({ chart: "agent", version: "1.0.4" }));
else if (command === "wait") {
  process.on("SIGTERM", () => end("Error: told to stop"));
  setInterval(() => {}, 1000);
  write("waiting", "");
} else console.log("done");
`;

describe("running helm", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "plugins-helm-"));
    process.env["FAKE"] = folder;
    writeFileSync(path.join(folder, "helm"), fakeHelm, { mode: 0o755 });
  });
  after(() => {
    delete process.env["FAKE"];
    rmSync(folder, { recursive: true });
  });
  const seen = (name: string) => readFileSync(path.join(folder, name), "utf8");
  const helm = (kubeconfig: string, signal = new AbortController().signal) =>
    new Helm(
      path.join(folder, "helm"),
      path.join(folder, "home"),
      readSettings(new Map([["kubernetes:config:kubeconfig", kubeconfig]])),
      signal,
    );

  test("values go through standard input, the content of a kubeconfig through a private file that is gone afterwards", async () => {
    const content = "users:\n- token: s3cr3t\n";
    assert.equal(await helm(content).run(["install"], "password: s3cr3t"), "done\n");
    assert.equal(seen("input"), "password: s3cr3t");
    assert.doesNotMatch(seen("arguments"), /s3cr3t/);
    assert.equal(seen("seen"), content);
    assert.equal(statSync(path.join(folder, "seen")).mode & 0o777, 0o600);
    assert.equal(existsSync(seen("where")), false);
  });

  test("the path of a kubeconfig is handed on as it is", async () => {
    const file = path.join(folder, "kubeconfig");
    writeFileSync(file, "clusters: []\n");
    await helm(file).run(["install"]);
    assert.equal(seen("where"), file);
    assert.ok(existsSync(file));
  });

  test("a failure is told in helm's own words, without warnings and prefixes", async () => {
    await assert.rejects(helm("").run(["fail", "cannot re-use a name"]), (error) => {
      return error instanceof HelmError && error.message === "cannot re-use a name";
    });
  });

  test("cancelling asks helm to stop and waits for it", async () => {
    const cancelled = new AbortController();
    rmSync(path.join(folder, "waiting"), { force: true });
    const run = helm("", cancelled.signal).run(["wait"]);
    const refused = assert.rejects(run, /told to stop/);
    await eventually("helm runs", () => existsSync(path.join(folder, "waiting")));
    cancelled.abort();
    await refused;
  });

  test("cancelling as helm begins ends it, whichever of its helpers are there", async () => {
    const runs = Array.from({ length: 40 }, async () => {
      const cancelled = new AbortController();
      const run = helm("", cancelled.signal).run(["wait"]);
      cancelled.abort();
      await assert.rejects(run, HelmError);
    });
    await Promise.all(runs);
  });

  test("after cancelling nothing is begun, and a release is still looked for", async () => {
    const cancelled = AbortSignal.abort();
    rmSync(path.join(folder, "arguments"), { force: true });
    await assert.rejects(helm("", cancelled).run(["install"]), HelmError);
    assert.equal(existsSync(path.join(folder, "arguments")), false);
    const found = await helm("", cancelled).find("mesh", "agent");
    assert.equal(found?.info.status, "deployed");
  });

  test("helm dies with a plugin that is killed, and the kubeconfig's copy goes with it", async () => {
    rmSync(path.join(folder, "waiting"), { force: true });
    const program = `
      const { Helm } = require(${JSON.stringify(require.resolve("../../../sandbox/plugins/kubernetes/helm"))});
      const settings = { kubeconfig: "users: []\\n" };
      new Helm(${JSON.stringify(path.join(folder, "helm"))}, ${JSON.stringify(folder)}, settings, new AbortController().signal).run(["wait"]);
    `;
    const plugin = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "ignore", "inherit"] });
    await eventually("helm runs", () => existsSync(path.join(folder, "waiting")));
    const pid = Number(seen("pid"));
    assert.deepEqual(running([pid]), [pid]);
    await killed(plugin);
    await eventually("helm has ended", () => running([pid]).length === 0);
    await eventually("the copy is gone", () => !existsSync(seen("where")));
  });
});

test("arguments say what the resource says: waiting, CRDs, history, where the chart is", () => {
  const inputs = toPlainMap(
    completeInputs(
      {
        chart: "agent",
        version: "1.0.4",
        repositoryOpts: { repo: "http://charts" },
        skipCrds: true,
        values: { a: 1 },
        timeout: 7,
      },
      "agent",
      "mesh",
    ),
  );
  const install = installArguments(inputs).join(" ");
  assert.match(install, /^install agent agent --namespace mesh --values - /);
  for (const part of ["--wait", "--timeout 7s", "--repo http://charts", "--version 1.0.4", "--skip-crds"])
    assert.ok(install.includes(part), part);
  assert.equal(valuesInput(inputs), '{"a":1}');
  const upgrade = upgradeArguments({ ...inputs, skipAwait: true }).join(" ");
  assert.ok(!upgrade.includes("--wait") && !upgrade.includes("--skip-crds") && upgrade.includes("--history-max 0"));
  assert.deepEqual(uninstallArguments({ ...inputs, skipAwait: true }), ["uninstall", "agent", "--namespace", "mesh"]);
});

test("the arguments never hold a login; a user without a password is none", () => {
  const inputs = (repositoryOpts: ValueMap, chart = "agent") =>
    toPlainMap(completeInputs({ chart, repositoryOpts }, "agent", "mesh"));
  const login = { username: "robot", password: new Secret("s3cr3t") };
  const repository = inputs({ repo: "https://charts", ...login, caFile: "ca.pem" });
  assert.match(installArguments(repository).join(" "), /^install agent login\/agent .*--ca-file ca.pem/);
  assert.doesNotMatch(installArguments(repository).join(" "), /s3cr3t|robot|--repo/);
  const registry = inputs(login, "oci://registry:5000/charts/agent");
  assert.match(upgradeArguments(registry).join(" "), /^upgrade agent oci:\/\/registry:5000\/charts\/agent /);
  assert.equal(chartLogin(registry)?.registry, "registry:5000");
  assert.equal(chartLogin(inputs({ repo: "https://charts", username: "robot" })), undefined);
});

async function killed(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}
