import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import * as k8s from "@kubernetes/client-node";
import { findingsOf } from "../../cli/report/findings";
import type { FleetReport } from "../../cli/report/fleetReport";
import { becomes } from "../e2e/support/agents";
import { deleteSecret } from "../e2e/support/clusters";
import { askDoctor, runDoctor } from "../e2e/support/doctor";
import { nowhere, writeContexts } from "../e2e/support/kubeconfigs";
import { npmRun } from "../e2e/support/npmRun";
import { assertSucceeded, withVariable } from "../e2e/support/runs";
import { type ClusterSettings, World } from "../e2e/support/world";
import { freePort } from "../sandbox/controlplane";
import { createClientSecretData, type HubCertificates, secretNames, validFor, writeSecret } from "../sandbox/relay";
import { repositoryRoot } from "../sandbox/repositoryRoot";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiWorkspace } from "../sandbox/workspace";

// What preview, drift, apply and doctor say of broken registrations, and what they say first. One cluster for each state, all in one stack: none hides another.

const namespace = "gloo-mesh";
const agentName = "enterprise-agent";
const strategicMerge = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.StrategicMergePatch);
const merge = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch);

/** What a report says of a cluster: its state, and the beginning of its first problem, of its health or of its plan. */
type Said = readonly [state: string, first: RegExp];

interface Row {
  readonly damage: (world: World) => Promise<unknown>;
  readonly preview: Said;
  readonly drift: Said;
  readonly apply: Said;
  /** The last line of the doctor, before apply has repaired anything. */
  readonly doctor: RegExp;
}

const none = /^$/;
const scaledTo0 = /^GMR503 The relay agent is not available: the agent's Deployment is scaled to 0/;
const edited = /^GMR319 The agent's Deployment was edited.*containers\[enterprise-agent\]\.image .* → other\/agent:1/;
const refused = /^GMR112 The API server refuses the connection/;

const rows: Readonly<Record<string, Row>> = {
  fine: {
    damage: async () => undefined,
    preview: ["unchanged", none],
    drift: ["unchanged", none],
    apply: ["proven", none],
    doctor: /^fine is healthy$/,
  },
  scaled: {
    damage: (world) => patchAgent(world, "scaled", { spec: { replicas: 0 } }),
    preview: ["unhealthy", scaledTo0],
    drift: ["unhealthy", scaledTo0],
    apply: ["unhealthy", scaledTo0],
    doctor: /^scaled is unhealthy: the agent's Deployment is scaled to 0$/,
  },
  edited: {
    damage: (world) => patchAgent(world, "edited", template({ name: agentName, image: "other/agent:1" })),
    preview: ["unhealthy", edited],
    drift: ["unhealthy", edited],
    apply: ["unhealthy", edited],
    doctor: /^edited is unhealthy: the agent's Deployment was edited: it differs from its Helm release$/,
  },
  certless: {
    damage: ({ sandbox }) => deleteSecret(sandbox.remote("certless"), secretNames.client),
    preview: ["changes", /^change certless · client certificate: Secret .* does not exist/],
    drift: ["changes", /^change certless · client certificate: Secret .* does not exist/],
    apply: ["proven", none],
    doctor: /^certless is unhealthy: the relay agent has no client certificate$/,
  },
  rootless: {
    damage: ({ sandbox }) => deleteSecret(sandbox.remote("rootless"), secretNames.root),
    preview: ["failed", /^GMR312 The Secret gloo-mesh\/relay-root-tls-secret of this registration is gone/],
    drift: ["changes", /^GMR312 The Secret gloo-mesh\/relay-root-tls-secret/],
    apply: ["failed", /^GMR312 The Secret gloo-mesh\/relay-root-tls-secret/],
    doctor: /^rootless is unhealthy: the Secret gloo-mesh\/relay-root-tls-secret of this registration is gone$/,
  },
  unknown: {
    damage: ({ sandbox }) =>
      sandbox.management.kubeConfig
        .makeApiClient(k8s.CustomObjectsApi)
        .deleteNamespacedCustomObject({ ...kubernetesCluster, name: "unknown" }),
    preview: ["failed", /^GMR312 The KubernetesCluster gloo-mesh\/unknown of this registration is gone/],
    drift: ["changes", /^GMR312 The KubernetesCluster gloo-mesh\/unknown/],
    apply: ["failed", /^GMR312 The KubernetesCluster gloo-mesh\/unknown/],
    doctor: /^unknown is unhealthy: the KubernetesCluster gloo-mesh\/unknown of this registration is gone$/,
  },
  uninstalled: {
    damage: ({ sandbox }) => {
      const place = ["--kube-context", "uninstalled", "--kubeconfig", sandbox.kubeconfig, "-n", namespace];
      return promisify(execFile)(sandbox.tools.helm.path, ["uninstall", agentName, "--wait", ...place]);
    },
    preview: ["failed", /^GMR312 The Helm release enterprise-agent of this registration is gone/],
    drift: ["changes", /^GMR312 The Helm release enterprise-agent/],
    // The proof finds no release to prove, which follows from it.
    apply: ["failed", /^GMR312 The Helm release enterprise-agent of this registration is gone/],
    doctor: /^uninstalled is unhealthy: the Helm release enterprise-agent does not exist$/,
  },
  namespaceless: {
    damage: ({ sandbox }) => deleteNamespace(sandbox.remote("namespaceless")),
    preview: ["failed", /^GMR312 The namespace gloo-mesh of this registration is gone/],
    drift: ["changes", /^GMR312 The namespace gloo-mesh/],
    // The first write finds no namespace (GMR117), which follows from it.
    apply: ["failed", /^GMR312 The namespace gloo-mesh of this registration is gone/],
    doctor: /^namespaceless is unhealthy: the namespace gloo-mesh of this registration is gone$/,
  },
  expired: {
    damage: ({ sandbox }) => expireCertificate(sandbox.remote("expired"), sandbox.hub.certificates),
    preview: ["changes", /^change expired · client certificate: .*the certificate expired on /],
    drift: ["changes", /^change expired · client certificate: .*the certificate expired on /],
    apply: ["proven", none],
    doctor: /^expired is unhealthy: the client certificate/,
  },
  conflict: {
    damage: ({ sandbox }) =>
      sandbox.management.kubeConfig
        .makeApiClient(k8s.CustomObjectsApi)
        .patchNamespacedCustomObject(
          { ...kubernetesCluster, name: "conflict", body: { spec: { clusterDomain: "other.local" } } },
          merge,
        ),
    preview: ["unchanged", none],
    drift: ["failed", /^ someone else changed what this stack declares: conflict with .*: \.spec\.clusterDomain/],
    apply: ["proven", none],
    doctor: /^conflict is healthy$/,
  },
  lost: {
    damage: async ({ sandbox: { management, remotes }, sandbox }) =>
      writeContexts(sandbox, "call", {
        management,
        ...Object.fromEntries(remotes),
        lost: nowhere(await freePort()),
      }),
    preview: ["failed", refused],
    drift: ["failed", refused],
    apply: ["failed", refused],
    doctor: /^lost is unknown: the remote cluster cannot be read$/,
  },
};

const names = Object.keys(rows);

describe("on call, with one cluster for each broken state", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let folder: string;
  let kubeconfig: string;

  before(async () => {
    world = await World.start(names);
    folder = join(world.sandbox.folder, "reports");
    const { management, remotes } = world.sandbox;
    kubeconfig = await writeContexts(world.sandbox, "call", { management, ...Object.fromEntries(remotes) });
    stack = await world.stack("call", { kubeconfig, clusters: settings() });
    assertSucceeded(await stack.up(["--skip-preview"]));
    for (const { damage } of Object.values(rows)) await damage(world);
  });

  after(() => world?.stop());

  const settings = (changes: ClusterSettings = {}) => Object.fromEntries(names.map((name) => [name, changes]));
  const run = async (command: "preview" | "drift" | "apply", ...args: string[]) => {
    const options = ["--stack", stack.stack, "--report-folder", folder, "--config-file", stack.configFile, ...args];
    const { exitCode, output } = await npmRun(world.sandbox, stack, `ci:${command}`, options).result;
    const report = JSON.parse(readFileSync(join(folder, `${command}.json`), "utf8")) as FleetReport;
    const problems = [...report.problems, ...report.clusters.flatMap((cluster) => cluster.problems)];
    await assertAdvice([...problems, ...findingsOf(report)]);
    return { exitCode, output, report };
  };
  /** A test follows every advice with a command, and the commands that only look run as printed. */
  const assertAdvice = async (given: readonly { readonly next?: string }[]) => {
    const advice = [...new Set(given.map(({ next = "" }) => next))].filter((next) =>
      /(?:kubectl|helm|pulumi) /.test(next),
    );
    const unknown = advice.filter((next) => !driven.some((known) => known.test(next)));
    assert.deepEqual(unknown, [], "no test follows this advice");
    for (const command of advice.flatMap((next) => commandIn(next, "get") ?? [])) {
      const { code, output } = await shell(world, command);
      // What asks a cluster that cannot be reached shows why.
      if (/--context lost /.test(command)) assert.match(output, /refused/, command);
      else assert.equal(code, 0, `${command}: ${output}`);
    }
  };
  const assertSaid = (report: FleetReport, expected: (row: Row) => Said, output: string) => {
    for (const [name, row] of Object.entries(rows)) {
      const [state, first] = expected(row);
      const found = report.clusters.find((cluster) => cluster.name === name);
      assert.equal(found?.state, state, `${name}: ${JSON.stringify(found)}\n${output}`);
      assert.match(firstOf(report, name), first, name);
    }
  };
  /** A cluster that cannot be reached keeps the certificate of its last proof, with the time at which the state got it. */
  const assertRemembered = ({ certificates, startedAt }: FleetReport, name: string) => {
    const own = certificates.filter(({ kind, clusters }) => kind === "client" && clusters.includes(name));
    assert.equal(own.length, 1, JSON.stringify(certificates));
    assert.ok((own[0]?.seenAt ?? "9") < startedAt, own[0]?.seenAt);
  };
  const doctorArguments = (context: string) => [
    ...["--management-context", "management", "--remote-context", context, "--kubeconfig", kubeconfig],
  ];
  const doctor = (context: string) => runDoctor(doctorArguments(context));

  it("preview says of each what is wrong, and which of them up repairs", async () => {
    const { exitCode, report, output } = await run("preview");
    assert.equal(exitCode, 1);
    assertSaid(report, ({ preview }) => preview, output);
  });

  it("drift judges all of them, although one cannot be reached and another one was edited", async () => {
    const { exitCode, report, output } = await run("drift");
    assert.equal(exitCode, 1);
    assertSaid(report, ({ drift }) => drift, output);
    const setApart = report.clusters.filter((cluster) => cluster.setApart).map(({ name }) => name);
    assert.deepEqual(setApart.sort(), ["conflict", "lost"]);
    assertRemembered(report, "lost");
  });

  it("the doctor's last line is its verdict", async () => {
    const { exitCode, stdout } = await doctor("scaled");
    assert.match(stdout.trimEnd().split("\n").at(-1) ?? "", rows["scaled"]?.doctor ?? /^$/, stdout);
    assert.equal(exitCode, 1);
  });

  for (const [name, row] of Object.entries(rows)) {
    it(`the doctor says of ${name}: ${row.doctor.source}, and the commands that look run as printed`, async () => {
      const { exitCode, document } = await askDoctor(doctorArguments(name));
      const { clusterName, registration, why, findings } = document;
      const verdict = `${clusterName} is ${registration}${why === "" ? "" : `: ${why}`}`;
      assert.match(verdict, row.doctor);
      assert.equal(exitCode, registration === "healthy" ? 0 : 1);
      await assertAdvice(findings);
    });
  }

  it("the doctor examines all clusters that the management cluster knows", async () => {
    const { exitCode, stdout } = await runDoctor([
      "--management-context",
      "management",
      "--all",
      "--kubeconfig",
      kubeconfig,
    ]);
    assert.equal(exitCode, 1, stdout);
    const verdicts = stdout.split("\n").filter((line) => / is (?:healthy|unhealthy|unknown|not registered)/.test(line));
    // The management cluster no longer knows "unknown".
    assert.deepEqual(
      verdicts.map((line) => line.split(" is ")[0]),
      names.filter((name) => name !== "unknown").sort(),
    );
    for (const line of verdicts) assert.match(line, rows[line.split(" ")[0] ?? ""]?.doctor ?? /^$/);
  });

  it("apply repairs what it can, and says proven of nothing that is not healthy", async () => {
    const { exitCode, report, output } = await run("apply");
    assert.equal(exitCode, 1);
    assertSaid(report, ({ apply }) => apply, output);
  });

  it("with checks.unhealthy: heal an apply restores what was scaled and edited, and proves it", async () => {
    await stack.setConfig({ clusters: settings({ checks: { unhealthy: "heal" } }) });
    const { report, output } = await run("apply");
    for (const name of ["scaled", "edited"]) {
      const found = report.clusters.find((cluster) => cluster.name === name);
      assert.equal(found?.state, "proven", output);
      assert.equal((await doctor(name)).exitCode, 0);
    }
    // An apply that failed for it came between.
    assertRemembered(report, "lost");
  });

  it("what the findings on deleted objects advise, a refresh, restores them", async () => {
    const { report, output } = await run("apply", "--refresh");
    for (const name of ["rootless", "unknown", "uninstalled", "namespaceless"]) {
      assert.equal(report.clusters.find((cluster) => cluster.name === name)?.state, "proven", output);
      assert.equal((await doctor(name)).exitCode, 0);
    }
  });

  it("what the finding on a conflict advises takes back what another program wrote", async () => {
    const force = "PULUMI_K8S_ENABLE_PATCH_FORCE";
    const { report, output } = await withVariable(stack, force, () => run("apply", "--refresh"));
    assert.equal(report.clusters.find(({ name }) => name === "conflict")?.state, "proven", output);
    assert.deepEqual(
      report.clusters.flatMap(({ name, setApart }) => (setApart ? [name] : [])),
      ["lost"],
    );
  });

  it("an emptied token of the management cluster is a warning for clusters that need none", async () => {
    const core = world.sandbox.management.kubeConfig.makeApiClient(k8s.CoreV1Api);
    const place = { name: secretNames.identityToken, namespace };
    const { data } = await core.readNamespacedSecret(place);
    await core.patchNamespacedSecret({ ...place, body: { data: { token: "" } } }, merge);
    const { report } = await run("preview");
    // What was healed before needs nothing either.
    for (const name of ["fine", "scaled", "edited"]) {
      assert.equal(report.clusters.find((cluster) => cluster.name === name)?.state, "unchanged", name);
    }
    assert.match(firstOf(report, "fine"), /^GMR206 /);
    assert.equal((await doctor("fine")).exitCode, 0);
    await core.patchNamespacedSecret({ ...place, body: { data } }, merge);
  });

  it("without pulumi the report says so in one line, with the next step", async () => {
    const { env } = stack;
    const main = join(repositoryRoot(), "bin", "cli", "main.js");
    const options = ["--stack", stack.stack, "--report-folder", folder];
    const { stderr, code } = await promisify(execFile)(process.execPath, [main, "drift", ...options], {
      cwd: repositoryRoot(),
      env: { ...env, PATH: "/nonexistent" },
    }).then(
      () => ({ stderr: "", code: 0 }),
      (error: { stderr: string; code: number }) => error,
    );
    assert.equal(code, 1);
    assert.match(stderr, /^pulumi is not on PATH: install Pulumi [^\n]*$/m);
  });

  it("with checks.unhealthy: fail an up fails before its first write", async () => {
    await patchAgent(world, "scaled", { spec: { replicas: 0 } });
    await stack.setConfig({ clusters: settings({ checks: { unhealthy: "fail" } }) });
    const { exitCode, report } = await run("apply");
    assert.equal(exitCode, 1);
    const found = report.clusters.find(({ name }) => name === "scaled");
    assert.equal(found?.state, "failed");
    assert.match(firstOf(report, "scaled"), scaledTo0);
  });

  it("the command in the finding on an agent that is scaled to 0 makes it healthy again", async () => {
    const { findings } = (await askDoctor(doctorArguments("scaled"))).document;
    const command = commandIn(findings.find(({ code }) => code === "GMR503")?.next ?? "", "scale") ?? "";
    assert.deepEqual(await shell(world, command), { code: 0, output: "deployment.apps/enterprise-agent scaled\n" });
    await doctorSays("scaled", /^scaled is healthy$/);
  });

  it("a management cluster that cannot be reached makes the health unknown", async () => {
    const { remotes } = world.sandbox;
    const contexts = { ...Object.fromEntries(remotes), management: nowhere(await freePort()) };
    const file = await writeContexts(world.sandbox, "hubless", contexts);
    const { exitCode, document } = await askDoctor([
      ...["--management-context", "management", "--remote-context", "fine", "--kubeconfig", file],
    ]);
    assert.deepEqual([exitCode, document.registration], [1, "unknown"]);
  });

  it("without a relay server every registration is unhealthy, for this one reason", async () => {
    await stack.setConfig({ clusters: settings() });
    await world.sandbox.management.kubeConfig
      .makeApiClient(k8s.AppsV1Api)
      .patchNamespacedDeployment(
        { name: "enterprise-networking", namespace, body: { spec: { replicas: 0 } } },
        strategicMerge,
      );
    await doctorSays("fine", /^fine is unhealthy: the relay server is not available$/);
    const { report } = await run("preview");
    const fine = report.clusters.find(({ name }) => name === "fine");
    assert.equal(fine?.state, "unhealthy");
    assert.match(firstOf(report, "fine"), /^GMR227 The relay server is not available/);
  });

  /** The doctor's last line; what was changed just before takes effect after a moment. */
  const doctorSays = async (name: string, expected: RegExp) => {
    for (let left = 20; ; left--) {
      const { stdout } = await doctor(name);
      const last = stdout.trimEnd().split("\n").at(-1) ?? "";
      if (expected.test(last)) return;
      assert.ok(left > 0, stdout);
    }
  };
});

const kubernetesCluster = {
  group: "multicluster.solo.io",
  version: "v1alpha1",
  namespace,
  plural: "kubernetesclusters",
};

/** What a person reads first of a cluster: its first problem, else its plan if it changes. */
function firstOf({ clusters }: FleetReport, name: string): string {
  const { problems = [], plan = [], state } = clusters.find((cluster) => cluster.name === name) ?? {};
  const [problem] = problems;
  if (problem) return `${problem.code ?? ""} ${problem.what}: ${problem.cause ?? ""}`;
  return state === "changes" ? (plan[0] ?? "") : "";
}

/** Every advice with a command that preview, drift, apply and doctor give for these states; the tests above do each of them. */
const driven: readonly RegExp[] = [
  // The cause, whose own advice is among these.
  /^fix first: /,
  /^(?:restore it with|run): pulumi up --refresh$/,
  /^read its plan; `pulumi up --refresh` makes these changes$/,
  /^stop what writes it, then run: PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up --refresh$/,
  /^run pulumi up, /,
  /; or run pulumi up with (?:\[checks\.unhealthy: "heal"\]|the registration's checks\.unhealthy: "heal"), /,
  /^scale it up: kubectl \S.* scale deployment /,
  /^check on the management cluster: kubectl \S.* get deployment,pods /,
  /^check that the cluster runs: kubectl \S.* get --raw \/readyz$/,
];

/** The command in an advice that has this verb of kubectl. */
function commandIn(next: string, verb: string): string | undefined {
  return new RegExp(`kubectl --[^;]* ${verb} [^;]*`).exec(next)?.[0];
}

/** Runs a command that a person has copied. */
async function shell({ sandbox }: World, command: string): Promise<{ code: number; output: string }> {
  const path = [sandbox.tools.kubectl, sandbox.tools.helm].map((tool) => dirname(tool.path)).join(delimiter);
  const env = { ...process.env, PATH: [path, process.env["PATH"] ?? ""].join(delimiter) };
  return promisify(execFile)("sh", ["-c", command], { env }).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, output: stdout + stderr }),
  );
}

async function expireCertificate({ kubeConfig }: SandboxCluster, hub: HubCertificates): Promise<void> {
  const validity = validFor(1, new Date(Date.now() - 3 * 86_400_000));
  const data = await createClientSecretData(hub, { clusterName: "expired", validity });
  await writeSecret(kubeConfig, { name: secretNames.client, namespace }, { ...data });
}

/** Resolves when it is gone. */
async function deleteNamespace({ kubeConfig }: SandboxCluster): Promise<void> {
  const core = kubeConfig.makeApiClient(k8s.CoreV1Api);
  await core.deleteNamespace({ name: namespace });
  const names = async () => (await core.listNamespace()).items.map(({ metadata }) => metadata?.name);
  await becomes(async () => (await names()).includes(namespace), false);
}

function template(container: object): object {
  return { spec: { template: { spec: { containers: [container] } } } };
}

function patchAgent({ sandbox }: World, name: string, body: object): Promise<unknown> {
  const apps = sandbox.remote(name).kubeConfig.makeApiClient(k8s.AppsV1Api);
  return apps.patchNamespacedDeployment({ name: agentName, namespace, body }, strategicMerge);
}
