import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type DoctorReport, exitCodeOf, findingsOf } from "../../../../cli/doctor/doctorReport";
import { createClientSecretData, createHubCertificates } from "../../../sandbox/relay";
import { secret } from "../../../support/fakeKubeApi";
import {
  clusters,
  codesOf,
  kubernetesCluster,
  mark,
  namespace,
  register,
  tokenSecret,
} from "../../../support/registeredClusters";
import { agentDeployment, revisionName } from "../../../support/remoteObjects";

// The doctor has no program: it reads the kind of registration from the clusters.

const kindsOf = (report: DoctorReport) => report.certificates.map(({ kind }) => kind);
const checkNamed = (report: DoctorReport, name: string) => report.checks.find((check) => check.name === name);
const healthyOf = (report: DoctorReport) => [codesOf(report), report.registration, exitCodeOf(report)];

describe("a management cluster that registers itself", () => {
  const itself = (kubeconfig: string) => ["--remote-context", "hub", "--remote-kubeconfig", kubeconfig];

  test("is healthy without copies of root CA and token, and without a namespace of its own", async (context) => {
    const { hub, look } = await clusters(context);
    await register({ hub, remote: hub }, { copies: false });
    const report = await look(...itself(hub.kubeconfig));
    assert.deepEqual(healthyOf(report), [[], "healthy", 0]);
    assert.deepEqual([report.clusterName, report.owner], ["cluster-2", mark]);
    assert.deepEqual(kindsOf(report).sort(), ["client", "intermediate", "root"]);
  });

  test("is unhealthy with a certificate of another root CA, although none is copied", async (context) => {
    const { hub, look } = await clusters(context);
    const client = await createClientSecretData(await createHubCertificates(), { clusterName: "cluster-2" });
    await register({ hub, remote: hub }, { copies: false, client });
    const report = await look(...itself(hub.kubeconfig));
    assert.deepEqual(healthyOf(report), [["error GMR502"], "unhealthy", 1]);
  });

  test("is reported as a mistake before it is registered, unless --self-registration is given", async (context) => {
    const { hub, look } = await clusters(context);
    const [finding] = findingsOf(await look(...itself(hub.kubeconfig)));
    assert.equal(finding?.code, "GMR301");
    assert.match(finding?.next ?? "", /give --self-registration \(the registration's selfRegistration: true\) if/);
    const report = await look(...itself(hub.kubeconfig), "--self-registration");
    assert.deepEqual(healthyOf(report), [[], "not registered", 0]);
  });
});

describe("a registration with a certificate that the user provides", () => {
  const values = { relay: { clientCertSecret: { name: "relay-client-tls-secret", namespace: "gloo-mesh" } } };

  test("is healthy with a certificate of any root CA", async (context) => {
    const { hub, remote, look } = await clusters(context);
    const client = await createClientSecretData(await createHubCertificates(), { clusterName: "cluster-2" });
    await register({ hub, remote }, { values, client });
    remote.store.remove(`${namespace}/secrets/relay-root-tls-secret`);
    const report = await look();
    assert.deepEqual(healthyOf(report), [[], "healthy", 0]);
    assert.deepEqual(kindsOf(report).filter((kind) => kind === "client").length, 1);
  });

  test("without its certificate is advised to provide one, not to run pulumi up", async (context) => {
    const { hub, remote, look } = await clusters(context);
    await register({ hub, remote }, { values, client: null });
    const report = await look();
    assert.equal(report.registration, "unhealthy");
    assert.ok(findingsOf(report).some(({ code }) => code === "GMR501"));
    for (const { next } of findingsOf(report)) assert.doesNotMatch(next, /pulumi up/);
  });
});

describe("a relay without TLS", () => {
  for (const [title, values] of [
    ["of 1.0", { relay: { insecure: true } }],
    ["since 1.1", { global: { insecure: true } }],
  ] as const) {
    test(`${title} is healthy without any Secret, with a warning and no certificates`, async (context) => {
      const { hub, remote, look } = await clusters(context);
      await register({ hub, remote }, { values, client: null });
      remote.store.remove(`${namespace}/secrets/relay-root-tls-secret`);
      const report = await look();
      assert.deepEqual(healthyOf(report), [["warning GMR214"], "healthy", 0]);
      assert.equal(checkNamed(report, "client certificate")?.skipped, "the relay works without client certificates");
      assert.deepEqual(kindsOf(report), []);
    });
  }
});

describe("an agent that someone else installs", () => {
  const deploymentPath = "/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-agent";

  test("beside a KubernetesCluster of Pulumi is recognised, and healthy without a release of Pulumi", async (context) => {
    const { hub, remote, look } = await clusters(context);
    await register({ hub, remote });
    remote.store.remove(`${namespace}/secrets/${revisionName(1)}`);
    const report = await look();
    assert.deepEqual(healthyOf(report), [[], "healthy", 0]);
    assert.equal(report.owner, mark);
    assert.equal(checkNamed(report, "Helm release")?.skipped, "the agent is provided");
    assert.equal(checkNamed(report, "pulumi up")?.detail, "nothing to do");
  });

  test("beside a KubernetesCluster of Helm is recognised by the root CA that was copied", async (context) => {
    const { hub, remote, look } = await clusters(context);
    await register({ hub, remote });
    remote.store.remove(`${namespace}/secrets/${revisionName(1)}`);
    hub.store.put(kubernetesCluster, { metadata: { labels: { "app.kubernetes.io/managed-by": "Flux" } } });
    const report = await look("--cluster-name", "cluster-2");
    assert.deepEqual(healthyOf(report), [[], "healthy", 0]);
    assert.equal(report.owner, mark);
  });

  test("is no problem that a registration would meet with --provided-agent", async (context) => {
    const { remote, look } = await clusters(context);
    remote.store.put(namespace, { kind: "Namespace" });
    remote.store.put(deploymentPath, agentDeployment(true));
    const options = ["--cluster-name", "cluster-2", "--existing-namespace"];
    assert.deepEqual(healthyOf(await look(...options)), [["error GMR315"], "unknown", 1]);
    assert.deepEqual(healthyOf(await look(...options, "--provided-agent")), [[], "not registered", 0]);
  });
});

describe("a registration by meshctl", () => {
  test("is healthy and has no owner; foreign objects are warnings without a step to take", async (context) => {
    const { hub, remote, look } = await clusters(context);
    await register({ hub, remote }, { by: "meshctl" });
    const report = await look();
    assert.deepEqual([report.registration, report.owner, exitCodeOf(report)], ["healthy", undefined, 0]);
    assert.equal(report.clusterName, "cluster-2");
    const findings = findingsOf(report);
    assert.deepEqual([...new Set(findings.map(({ severity }) => severity))], ["warning"]);
    assert.ok(findings.some(({ code }) => code === "GMR208"));
    for (const { next } of findings) assert.doesNotMatch(next, /kubectl|pulumi|helm uninstall|choose/);
    assert.deepEqual(kindsOf(report).sort(), ["client", "intermediate", "root"]);
  });

  test("is listed object by object, with the owner of each and what a take-over would do", async (context) => {
    const { hub, remote, look } = await clusters(context);
    await register({ hub, remote }, { by: "meshctl" });
    const labels = { "reconcile.external-secrets.io/created-by": "x" };
    remote.store.put(tokenSecret, { ...secret({ token: "the-token" }), metadata: { labels } });
    const report = await look();
    const unmarked = "it carries no mark of a registration";
    const rows = report.checks.filter(({ group }) => group === "takeOver");
    const token = "relay.tokenSecret.key, relay.tokenSecret.name, relay.tokenSecret.namespace";
    assert.deepEqual(
      rows.map(({ name, detail, changes }) => [name, detail, changes]),
      [
        ["Namespace gloo-mesh", `would be adopted; ${unmarked}`, true],
        ["Secret gloo-mesh/relay-root-tls-secret", `would be adopted; ${unmarked}`, true],
        [
          "Secret gloo-mesh/relay-identity-token-secret",
          "left alone; External Secrets manages it (reconcile.external-secrets.io/created-by: x)",
          false,
        ],
        ["Secret gloo-mesh/relay-client-tls-secret", `left alone; ${unmarked}`, false],
        ["KubernetesCluster gloo-mesh/cluster-2", `would be adopted; ${unmarked}`, true],
        [
          "Helm release gloo-mesh/enterprise-agent",
          `would be changed: an upgrade in place, values: relay.authority, ${token}; ${unmarked}`,
          true,
        ],
        ["Deployment gloo-mesh/enterprise-agent", `left alone; ${unmarked}`, false],
      ],
    );
    assert.deepEqual([report.registration, exitCodeOf(report)], ["healthy", 0]);
  });

  test("of this package lists none", async (context) => {
    const { hub, remote, look } = await clusters(context);
    await register({ hub, remote });
    const { checks } = await look();
    assert.deepEqual(
      checks.filter(({ group }) => group === "takeOver"),
      [],
    );
  });

  test("is judged by the management cluster's root CA", async (context) => {
    const { hub, remote, look } = await clusters(context);
    const client = await createClientSecretData(await createHubCertificates(), { clusterName: "cluster-2" });
    await register({ hub, remote }, { by: "meshctl", client });
    const report = await look();
    assert.ok(codesOf(report).includes("error GMR502"));
    assert.equal(report.registration, "unhealthy");
  });

  test("is not advised to run Pulumi, which did not create it", async (context) => {
    const { hub, remote, look } = await clusters(context);
    await register({ hub, remote }, { by: "meshctl", client: null });
    remote.store.put("/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-agent", agentDeployment(false));
    const report = await look();
    assert.equal(report.registration, "unhealthy");
    const certificate = findingsOf(report).find(({ code }) => code === "GMR501");
    assert.match(certificate?.next ?? "", /helm or meshctl/);
    assert.ok(report.notes.some((note) => note.includes("pulumi up")));
  });
});

describe("the doctor's next step", () => {
  test("names its own option and the registration's argument", async (context) => {
    const { look } = await clusters(context, []);
    const findings = findingsOf(await look());
    assert.deepEqual(findings.map(({ code }) => code).sort(), ["GMR221", "GMR224"]);
    const next = findings.map((finding) => finding.next).join("\n");
    assert.match(
      next,
      /^give --relay-server-address \(the registration's relay\.serverAddress\), or find the Service with: kubectl /m,
    );
    assert.match(
      next,
      /^give --agent-version \(the registration's agent\.version\), or find the Deployment with: kubectl /m,
    );
    for (const { what, where, cause = "", next } of findings) {
      assert.doesNotMatch([what, where, cause, next].join(), /\[[a-z]\w*(?:\.\w+)*(?:: \w+)?\]/);
    }
  });

  test("for a chart that is too old for the cluster is an option", async (context) => {
    const { look } = await clusters(context, ["--relay-server-address", "127.0.0.1:1", "--agent-version", "1.0.4"]);
    const [finding] = findingsOf(await look());
    assert.equal(finding?.code, "GMR120");
    assert.match(finding?.next ?? "", /--chart-repository \(the registration's agent\.repository\)/);
    assert.deepEqual(findingsOf(await look("--chart-repository", "https://charts.example")), []);
  });

  test("for a namespace that exists already is the option to use it", async (context) => {
    const { remote, look } = await clusters(context);
    remote.store.put(namespace, { kind: "Namespace" });
    const [finding] = findingsOf(await look());
    assert.equal(finding?.code, "GMR303");
    assert.match(
      finding?.next ?? "",
      /^give the registration's takeOver: true to take it over as it is; or give --existing-namespace \(the registration's namespace\.create: false\) to use it as it is/,
    );
    assert.deepEqual(findingsOf(await look("--existing-namespace")), []);
  });

  test("for an existing registration names its arguments, which no option would change", async (context) => {
    const { hub, remote, look } = await clusters(context);
    await register({ hub, remote });
    remote.store.put("/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-agent", agentDeployment(false));
    const waiting = { reason: "ImagePullBackOff", message: 'Back-off pulling image "registry.invalid/x:1": not found' };
    remote.store.put(`${namespace}/pods/enterprise-agent-1`, {
      metadata: { labels: { app: "enterprise-agent" }, creationTimestamp: "2026-01-01T00:00:00Z" },
      status: {
        phase: "Pending",
        containerStatuses: [{ name: "enterprise-agent", ready: false, restartCount: 0, state: { waiting } }],
      },
    });
    const finding = findingsOf(await look()).find(({ code }) => code === "GMR503");
    assert.match(finding?.next ?? "", /the registration's agent\.version/);
    assert.doesNotMatch(finding?.next ?? "", /--|\[/);
  });
});
