import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { clustersOf, makeNamespace, withoutWrites } from "../e2e/support/clusters";
import { askDoctor, type DoctorDocument, type DoctorRun, runDoctor } from "../e2e/support/doctor";
import { nowhere, writeContexts } from "../e2e/support/kubeconfigs";
import { findLeaks } from "../e2e/support/leaks";
import { assertSucceeded } from "../e2e/support/runs";
import { World } from "../e2e/support/world";
import { auditEvents, freePort, isWrite } from "../sandbox/controlplane";
import { createClientSecretData, secretNames, writeSecret } from "../sandbox/relay";

const namespace = "gloo-mesh";
const mergePatch = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.StrategicMergePatch);

// remote-1 is registered and is damaged further from test to test; remote-2 is never registered.

describe("the doctor", () => {
  let world: World;
  const printed: DoctorRun[] = [];

  before(async () => {
    world = await World.start(["remote-1", "remote-2"]);
    const stack = await world.stack("doctor", { clusters: { "remote-1": {} } });
    assertSucceeded(await stack.up(["--skip-preview"]));
  });

  after(() => world?.stop());

  const argsFor = (context: string, kubeconfig = world.sandbox.kubeconfig) => [
    ...["--management-context", "management", "--remote-context", context, "--kubeconfig", kubeconfig],
  ];

  /** Runs the doctor and asserts that it wrote nothing and tried no write. */
  const look = (...args: string[]): Promise<DoctorRun> =>
    withoutWrites(clustersOf(world.sandbox), async () => {
      const run = await runDoctor(args);
      printed.push(run);
      return run;
    });
  const ask = (...args: string[]) => withoutWrites(clustersOf(world.sandbox), () => askDoctor(args));
  const errorsIn = ({ findings }: DoctorDocument) => findings.filter(({ severity }) => severity === "error");

  describe("of a healthy registration", () => {
    it("prints a table of checks and certificates, and exits with 0", async () => {
      const run = await look(...argsFor("remote-1"));
      assert.equal(run.exitCode, 0, run.stdout);
      assert.equal(run.stderr, "");
      assert.match(run.stdout, /^remote-1 \(registration urn:pulumi:doctor::[\w-]+::\S+::remote-1\)$/m);
      assert.match(run.stdout, /^√ agent: available, 1 pod$/m);
      assert.match(run.stdout, /^√ relay connection: counted as connected$/m);
      assert.match(run.stdout, /^√ pulumi up: nothing to do$/m);
      assert.match(run.stdout, /\n\nremote-1 is healthy\n$/);
      assert.match(
        run.stdout,
        /^client +\S.* +\d{4}-\d\d-\d\d +\d+ +\d{4}-\d\d-\d\d(?: DUE)? +cluster remote-1, Secret/m,
      );
      assert.match(run.stdout, /^server +\S.* +127\.0\.0\.1:\d+$/m);
    });

    it("prints the same in JSON, with the certificate that expires first on top", async () => {
      const { exitCode, document } = await ask(...argsFor("remote-1"));
      assert.equal(exitCode, 0, JSON.stringify(document));
      assert.deepEqual([document.registration, document.good, document.clusterName], ["healthy", true, "remote-1"]);
      assert.deepEqual([document.findings, document.reasons], [[], []]);
      const kinds = document.certificates.map(({ kind }) => kind);
      assert.equal(kinds[0], "client");
      assert.deepEqual(kinds.sort(), ["client", "intermediate", "root", "server"]);
    });

    it("and as JUnit XML without a failure", async () => {
      const run = await look(...argsFor("remote-1"), "--output", "junit");
      assert.equal(run.exitCode, 0);
      assert.match(run.stdout, /<testsuite name="doctor remote-1" tests="12" failures="0" errors="0" skipped="0">/);
    });

    it("sends only reads and reviews of access", async () => {
      const seen = await Promise.all(
        clustersOf(world.sandbox).map(({ plane }) =>
          auditEvents(plane, ({ userAgent }) => userAgent === "gloo-mesh-relay-registration"),
        ),
      );
      assert.ok(seen.flat().length > 0);
      assert.deepEqual(seen.flat().filter(isWrite), []);
    });
  });

  describe("of a cluster that is not registered", () => {
    it("finds no problem where a registration would meet none", async () => {
      const { exitCode, document } = await ask(
        ...argsFor("remote-2"),
        "--relay-server-address",
        world.sandbox.relayAddress,
      );
      assert.deepEqual([exitCode, document.registration], [0, "not registered"], JSON.stringify(document));
      assert.deepEqual(errorsIn(document), []);
    });

    it("lists all problems that a registration would meet", async () => {
      await makeNamespace(world.sandbox.remote("remote-2"), namespace);
      const { exitCode, document } = await ask(
        ...[...argsFor("remote-2"), "--cluster-name", "remote-1"],
        ...["--relay-server-address", world.sandbox.relayAddress],
      );
      assert.equal(exitCode, 1);
      const codes = errorsIn(document).map(({ code }) => code);
      // The name is another cluster's, and the namespace carries no mark.
      assert.deepEqual(codes.sort(), ["GMR208", "GMR303"]);
    });
  });

  describe("where the remote cluster cannot be reached", () => {
    it("reports that, and still reads the management cluster", async () => {
      const port = await freePort();
      const kubeconfig = await writeContexts(world.sandbox, "unreachable", {
        management: world.sandbox.management,
        "remote-1": nowhere(port),
      });
      // There is no agent to read an address from, and the sandbox has no load balancer.
      const address = ["--relay-server-address", world.sandbox.relayAddress];
      const { exitCode, document } = await ask(...argsFor("remote-1", kubeconfig), ...address);
      assert.deepEqual([exitCode, document.registration], [1, "unknown"]);
      assert.deepEqual(
        errorsIn(document).map(({ code }) => code),
        ["GMR112"],
      );
      assert.ok(document.certificates.some(({ kind }) => kind === "server"));
    });
  });

  describe("of a registration with trouble", () => {
    it("names the root cause of an agent that cannot run", async () => {
      const apps = world.sandbox.remote("remote-1").kubeConfig.makeApiClient(k8s.AppsV1Api);
      const containers = [{ name: "enterprise-agent", image: "registry.invalid/nothing:0.0.0" }];
      const body = { spec: { template: { spec: { containers } } } };
      await apps.patchNamespacedDeployment({ name: "enterprise-agent", namespace, body }, mergePatch);
      const { exitCode, document } = await untilReported("image-not-found");
      assert.deepEqual([exitCode, document.registration], [1, "unhealthy"]);
      const [cause, consequence] = errorsIn(document);
      assert.deepEqual([cause?.code, consequence?.code], ["GMR319", "GMR503"]);
      assert.match(cause?.cause ?? "", /image .* → registry\.invalid\/nothing:0\.0\.0/);
      assert.equal(consequence?.next, "fix first: pod template");
    });

    it("and a certificate that has expired beside it", async () => {
      const now = Date.now();
      const validity = { notBefore: new Date(now - 7_200_000), notAfter: new Date(now - 3_600_000) };
      const expired = await createClientSecretData(world.sandbox.hub.certificates, {
        clusterName: "remote-1",
        validity,
      });
      const { kubeConfig } = world.sandbox.remote("remote-1");
      await writeSecret(kubeConfig, { name: secretNames.client, namespace }, { ...expired });
      const run = await look(...argsFor("remote-1"));
      assert.equal(run.exitCode, 1);
      assert.match(
        run.stdout,
        / {4}GMR502 The client certificate is not acceptable\n.*\n {4}cause: the certificate expired on /,
      );
      assert.match(run.stdout, /^client +\S.* +\d{4}-\d\d-\d\d +-\d+ +\d{4}-\d\d-\d\d DUE /m);
      assert.match(run.stdout, /^ {4}GMR503 /m);
      assert.match(run.stdout, /^± pulumi up: Secret gloo-mesh\/relay-client-tls-secret: the certificate expired on /m);
    });
  });

  it("does not print what is secret", async () => {
    const { hub, kubeconfig } = world.sandbox;
    const config = new k8s.KubeConfig();
    config.loadFromString(await readFile(kubeconfig, "utf8"));
    const confidential = new Map([["token", hub.token()]]);
    for (const { name, token } of config.getUsers()) if (token) confidential.set(`credentials of ${name}`, token);
    const evidence = new Map(printed.map(({ stdout, stderr }, run) => [`run ${run}`, `${stdout}\n${stderr}`]));
    assert.ok(evidence.size > 0 && confidential.size > 1);
    assert.deepEqual(findLeaks(confidential, evidence), []);
  });

  /** Asks until the node reports the cause; earlier answers are true as well. */
  async function untilReported(rootCause: string): Promise<{ exitCode: number; document: DoctorDocument }> {
    const limit = AbortSignal.timeout(30_000);
    for (;;) {
      const answer = await ask(...argsFor("remote-1"));
      if (answer.document.findings.some((finding) => finding.rootCause === rootCause)) return answer;
      assert.ok(!limit.aborted, JSON.stringify(answer.document, undefined, 2));
    }
  }
});
