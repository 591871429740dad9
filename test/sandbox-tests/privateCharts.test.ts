import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { chartSource } from "../../components/glooMesh/chartSource";
import {
  CHART,
  type ChartRegistry,
  type ChartRepository,
  startChartRegistry,
  startChartRepository,
} from "../sandbox/charts";
import { Secret, toPlainMap, type ValueMap } from "../sandbox/plugins/engine/values";
import { Helm } from "../sandbox/plugins/kubernetes/helm";
import { chartFlags, chartLogin, chartReference, completeInputs } from "../sandbox/plugins/kubernetes/releaseInputs";
import { readSettings } from "../sandbox/plugins/kubernetes/settings";
import { createRootAuthority, issueServerCertificate } from "../sandbox/relay";
import { ensureTools } from "../toolchain";

// The real helm pulls from a registry and a repository that ask for user, password and trust in their own CA. Not proven here: that the official
// plugin, which has Helm inside, does the same.

const login = { username: "robot", password: "never-shown-0123" };
const version = "1.0.4";

describe("private charts", { timeout: 240_000 }, () => {
  let folder: string;
  let helm: string;
  let registry: ChartRegistry;
  let repository: ChartRepository;
  let caFile: string;
  let archive: string;

  before(async () => {
    helm = (await ensureTools()).helm.path;
    folder = await mkdtemp(join(tmpdir(), "gmr-private-"));
    // The stand-in's folders for logins, and nobody else's.
    process.env["TMPDIR"] = join(folder, "tmp");
    await mkdir(tmpdir());
    const root = await createRootAuthority();
    const certificate = await issueServerCertificate(root, { dnsNames: ["localhost"] });
    caFile = join(folder, "ca.pem");
    await writeFile(caFile, root.certificatePem);
    const protection = { certificate, login };
    registry = await startChartRegistry(protection);
    const served = join(folder, "served");
    repository = await startChartRepository({ folder: served, helm, versions: { [CHART]: [version] }, protection });
    archive = join(served, `enterprise-agent-${version}.tgz`);
    const access = ["--username", login.username, "--password", login.password, "--ca-file", caFile];
    await promisify(execFile)(helm, ["push", archive, registry.url, ...access], { env: environment() });
  });
  after(async () => {
    await registry?.stop();
    await repository?.stop();
    delete process.env["TMPDIR"];
    await rm(folder, { recursive: true, force: true });
  });

  const environment = () => ({
    ...process.env,
    HOME: folder,
    HELM_CACHE_HOME: join(folder, "cache"),
    HELM_CONFIG_HOME: join(folder, "config"),
    HELM_DATA_HOME: join(folder, "data"),
  });

  /** The chart's metadata, found by what the component declares for these arguments, as the stand-in plugin's check does. */
  async function show(
    agent: { repository?: string; chart?: string },
    options: Record<string, string> = { ...login, caFile },
  ): Promise<string> {
    const source = chartSource({ repository: "https://unused.example", chart: "enterprise-agent", ...agent });
    const { password, ...others } = options;
    const repositoryOpts: ValueMap = {
      ...others,
      ...(password === undefined ? {} : { password: new Secret(password) }),
      ...(source.repo === undefined ? {} : { repo: source.repo }),
    };
    const given = { chart: source.chart, version, ...(source.isLocal ? {} : { repositoryOpts }) };
    const inputs = toPlainMap(completeInputs(given, "agent", "mesh"));
    const runner = new Helm(helm, join(folder, "home"), readSettings(new Map()), new AbortController().signal);
    return runner.local(["show", "chart", chartReference(inputs), ...chartFlags(inputs)], chartLogin(inputs));
  }

  test("a registry is read with user, password and CA", async () => {
    const before = registry.pulls;
    assert.match(await show({ repository: registry.url }), /^version: 1\.0\.4$/m);
    assert.ok(registry.pulls > before);
    assert.match(await show({ chart: `${registry.url}/enterprise-agent` }), /^version: 1\.0\.4$/m);
  });

  test("a repository is read with user, password and CA, its index and its archive", async () => {
    const path = `/enterprise-agent-${version}.tgz`;
    const before = repository.requests().get(path) ?? 0;
    assert.match(await show({ repository: repository.url }), /^version: 1\.0\.4$/m);
    assert.equal(repository.requests().get(path), before + 1);
  });

  test("an archive and a folder need neither", async () => {
    assert.match(await show({ chart: archive }), /^version: 1\.0\.4$/m);
    await promisify(execFile)("tar", ["-xzf", archive, "-C", folder]);
    assert.match(await show({ chart: join(folder, "enterprise-agent") }), /^version: 1\.0\.4$/m);
  });

  for (const [what, of] of [
    ["registry", () => ({ repository: registry.url })],
    ["repository", () => ({ repository: repository.url })],
  ] as const) {
    test(`a ${what} refuses another password and nobody, and is not trusted without its CA; no message has the password`, async () => {
      const wrong = { username: "robot", password: "wrong-but-secret" };
      const fails = (expected: RegExp) => (error: Error) => {
        assert.match(error.message, expected);
        assert.doesNotMatch(error.message, /never-shown|wrong-but-secret/);
        return true;
      };
      await assert.rejects(show(of(), { ...wrong, caFile }), fails(/401/));
      await assert.rejects(show(of(), { caFile }), fails(/401|basic credential not found/));
      await assert.rejects(show(of(), login), fails(/certificate signed by unknown authority/));
    });
  }

  test("nothing of a login stays on the machine", () => {
    assert.deepEqual(readdirSync(tmpdir()), []);
    const files = ["home", "config"].flatMap((name) =>
      existsSync(join(folder, name)) ? (readdirSync(join(folder, name), { recursive: true }) as string[]) : [],
    );
    assert.deepEqual(
      files.filter((name) => /registry|repositories/.test(name)),
      [],
    );
  });
});
