import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { formatProblem } from "../../../../../components/base/problems";
import { KubernetesClient } from "../../../../../components/kubernetes/client";
import { judgeRemoteObjects } from "../../../../../components/preflight/remote/foreignObjects";
import { readRemoteObjects } from "../../../../../components/preflight/remote/remoteObjects";
import { createClientSecretData, createHubCertificates } from "../../../../sandbox/relay";
import { type FakeKubeApi, secret } from "../../../../support/fakeKubeApi";
import { mark, requestFor } from "../../../../support/preflightRequest";
import { agentDeployment, helmRevision, revisionName } from "../../../../support/remoteObjects";
import { at, namespace, others, ours, register, startApi } from "./world";

const deploymentPath = "/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-agent";

async function codes(
  context: TestContext,
  prepare: (api: FakeKubeApi) => void,
  args: Parameters<typeof requestFor>[0] = {},
  registered = false,
): Promise<string[]> {
  const { api, client } = await startApi(context);
  prepare(api);
  const request = requestFor(args);
  const findings = judgeRemoteObjects(await readRemoteObjects(client, request), request, registered);
  assert.deepEqual(api.writes, []);
  return findings.map(({ code, severity }) => `${severity} ${code}`).sort();
}

describe("objects of someone else on the remote cluster", () => {
  test("nothing on an empty one, and nothing of this registration", async (context) => {
    assert.deepEqual(await codes(context, () => undefined), []);
    assert.deepEqual(await codes(context, register), []);
  });

  test("a foreign namespace and what is foreign in it are reported at once", async (context) => {
    const prepare = (api: FakeKubeApi) => {
      api.store.put(namespace, { kind: "Namespace", metadata: { annotations: others } });
      api.store.put(at.root, secret({ "ca.crt": "root" }));
      api.store.put(at.token, secret({ token: "t" }, others));
      api.store.put(at.release, helmRevision({ status: "deployed", mark: undefined }));
    };
    assert.deepEqual(await codes(context, prepare), ["error GMR303", "error GMR304", "error GMR304", "error GMR305"]);
  });

  const remedies = async (client: KubernetesClient) =>
    judgeRemoteObjects(await readRemoteObjects(client, requestFor()), requestFor(), false).map(
      ({ code, next }) => `${code} ${next}`,
    );

  test("the advice is a command for the remote cluster where no owner is known", async (context) => {
    const { api, client } = await startApi(context);
    const on = `--context remote -n gloo-mesh`;
    const leftover = "or, if it is a leftover that nothing else manages,";
    api.store.put(namespace, { kind: "Namespace", metadata: { annotations: ours } });
    api.store.put(at.root, secret({ "ca.crt": "root" }));
    api.store.put(at.release, helmRevision({ status: "deployed", mark: undefined }));
    const expectedRemedies = [
      `GMR304 give [takeOver: true] to take it over as it is; or to use it as it is, give [rootCertificate.provided: true]; ${leftover} delete it: kubectl --kubeconfig ${api.kubeconfig} ${on} delete secret relay-root-tls-secret`,
      `GMR305 give [takeOver: true] to take it over as it is; or leave the cluster to whoever installed it; or give [agent.provided: true] to register it with the agent as it is; ${leftover} uninstall it first: helm --kubeconfig ${api.kubeconfig} --kube-${on.slice(2)} uninstall enterprise-agent`,
    ];
    assert.deepEqual(await remedies(client), expectedRemedies);
    const current = await KubernetesClient.open({ kubeconfig: api.kubeconfig });
    assert.deepEqual(await remedies(current), expectedRemedies, "the current context by its name: it may change");
  });

  test("the advice for a release of 2.x without an agent is another name for the registration's", async (context) => {
    const { api, client } = await startApi(context);
    const request = requestFor({ generation: "2.x" });
    api.store.put(namespace, { kind: "Namespace", metadata: { annotations: ours } });
    const adviceFor = async (values: Readonly<Record<string, unknown>>) => {
      const release = helmRevision({ name: "gloo-platform", status: "deployed", mark: undefined, values });
      api.store.put(`${namespace}/secrets/${revisionName(1, "gloo-platform")}`, release);
      const found = judgeRemoteObjects(await readRemoteObjects(client, request), request, false);
      return found.find(({ code }) => code === "GMR305")?.next;
    };
    assert.match((await adviceFor({ extAuthService: { enabled: true } })) ?? "", /set \[agent\.releaseName\]/);
    assert.match(
      (await adviceFor({ glooAgent: { enabled: true } })) ?? "",
      /^give \[takeOver: true\] to take it over as it is; or leave the cluster to whoever installed it/,
    );
  });

  test("the advice is to destroy the other registration where it owns the object", async (context) => {
    const { api, client } = await startApi(context);
    api.store.put(namespace, { kind: "Namespace", metadata: { annotations: others } });
    api.store.put(at.root, secret({ "ca.crt": "root" }, others));
    api.store.put(at.release, helmRevision({ status: "deployed", mark: "other/stack/cluster-9" }));
    const next =
      'if it is this registration, which was renamed or moved, add to its resource options aliases: [{"name":"cluster-9","stack":"stack","project":"other"}]; if that registration has left its stack\'s state and the agent is to stay, give [takeOver: "other/stack/cluster-9"]; otherwise destroy that registration first, in a run of its own';
    assert.deepEqual(await remedies(client), [`GMR303 ${next}`, `GMR304 ${next}`, `GMR305 ${next}`]);
  });

  test("a release with copied values is reported, and can be taken over", async (context) => {
    const { api, client } = await startApi(context);
    api.store.put(namespace, { kind: "Namespace", metadata: { annotations: ours } });
    const reported = async (copied: string) => {
      api.store.put(at.release, helmRevision({ status: "deployed", mark: copied, description: "Install complete" }));
      const request = requestFor();
      const findings = judgeRemoteObjects(await readRemoteObjects(client, request), request, false);
      return findings.map(({ code, cause, next }) => `${code} ${cause} — ${next}`);
    };
    const uninstall = `uninstall it first: helm --kubeconfig ${api.kubeconfig} --kube-context remote -n gloo-mesh uninstall enterprise-agent`;
    const leftover = `or, if it is a leftover that nothing else manages, ${uninstall}`;
    assert.deepEqual(await reported(mark), [
      `GMR305 its mark is a copy of one of the registration ${mark} — give [takeOver: true] to take it over as it is; or leave the cluster to whoever installed it; or give [agent.provided: true] to register it with the agent as it is; ${leftover}`,
    ]);
    assert.deepEqual(await reported("other/stack/x"), [
      `GMR305 its mark is a copy of one of the registration other/stack/x — give [takeOver: true] to take it over as it is; or leave the cluster to whoever installed it; or give [agent.provided: true] to register it with the agent as it is; ${leftover}`,
    ]);
  });

  test("the advice is never to delete what another tool would restore", async (context) => {
    const { api, client } = await startApi(context);
    const request = requestFor({ namespace: { create: false } });
    const externalSecret = {
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      name: "root",
      controller: true,
    };
    api.store.put(namespace, { kind: "Namespace" });
    api.store.put(at.root, { metadata: { ownerReferences: [externalSecret] } });
    api.store.put(at.token, {
      metadata: { annotations: { "argocd.argoproj.io/tracking-id": "mesh:/Secret:gloo-mesh/x" } },
    });
    const findings = judgeRemoteObjects(await readRemoteObjects(client, request), request, false);
    assert.deepEqual(
      findings.map(({ code, cause, next }) => `${code} ${cause} — ${next}`),
      [
        "GMR304 External Secrets manages it (owned by ExternalSecret root) — to use it as it is, give [rootCertificate.provided: true]; or remove it where External Secrets has it from, since External Secrets would restore it",
        'GMR304 Argo CD manages it (argocd.argoproj.io/tracking-id: mesh:/Secret:gloo-mesh/x) — to use it as it is, give [identity: "provided-token"]; or remove it where Argo CD has it from, since Argo CD would restore it',
      ],
    );
  });

  test("an agent of someone else is the only finding: nothing is advised against its Secrets", async (context) => {
    const prepare = (api: FakeKubeApi) => {
      api.store.put(namespace, { kind: "Namespace" });
      for (const path of [at.root, at.token, at.client]) api.store.put(path, secret({ "ca.crt": "x" }));
      api.store.put("/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-agent", { kind: "Deployment" });
    };
    assert.deepEqual(await codes(context, prepare), ["error GMR315"]);
    assert.deepEqual(await codes(context, prepare, { selfRegistration: true }), ["error GMR315"]);
  });

  test("an agent under another name is found by its label, as Kustomize renders it with a prefix", async (context) => {
    const prepare = (api: FakeKubeApi) => {
      api.store.put(namespace, { kind: "Namespace", metadata: { annotations: ours } });
      api.store.put("/apis/apps/v1/namespaces/gloo-mesh/deployments/prod-enterprise-agent", {
        kind: "Deployment",
        metadata: { labels: { app: "enterprise-agent" } },
      });
    };
    assert.deepEqual(await codes(context, prepare), ["error GMR315"]);
  });

  test("the agent of this registration is none, nor one whose release lost its record", async (context) => {
    const helm = { "meta.helm.sh/release-name": "enterprise-agent", "meta.helm.sh/release-namespace": "gloo-mesh" };
    const prepare = (api: FakeKubeApi) => {
      register(api);
      api.store.put("/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-agent", {
        metadata: { annotations: helm },
      });
    };
    assert.deepEqual(await codes(context, prepare), []);
    const lost = (api: FakeKubeApi) => {
      prepare(api);
      api.store.remove(at.release);
    };
    assert.deepEqual(await codes(context, lost), []);
    const never = (api: FakeKubeApi) => {
      lost(api);
      api.store.put(at.root, secret({ "ca.crt": "x" }));
    };
    assert.deepEqual(await codes(context, never), ["error GMR315"]);
    assert.deepEqual(await codes(context, never, {}, true), ["error GMR304"]);
  });

  test("the agent of this registration in another namespace cannot be moved, and nothing is advised against it", async (context) => {
    const prepare = (api: FakeKubeApi) => {
      const inAgents = { "meta.helm.sh/release-name": "enterprise-agent", "meta.helm.sh/release-namespace": "agents" };
      api.store.put("/api/v1/namespaces/agents", { kind: "Namespace" });
      api.store.put(at.release.replace("gloo-mesh", "agents"), helmRevision({ status: "deployed", mark }));
      api.store.put("/apis/rbac.authorization.k8s.io/v1/clusterroles/enterprise-agent", {
        metadata: { annotations: inAgents },
      });
    };
    assert.deepEqual(await codes(context, prepare), ["error GMR308"]);
    const theirs = (api: FakeKubeApi) => {
      prepare(api);

      api.store.put(
        at.release.replace("gloo-mesh", "agents"),
        helmRevision({ status: "deployed", mark: "other/stack/cluster-9" }),
      );
    };
    assert.deepEqual(await codes(context, theirs), ["error GMR315"]);
  });

  test("a namespace that is being deleted takes with it what is in it", async (context) => {
    const prepare = (api: FakeKubeApi) => {
      const metadata = { deletionTimestamp: new Date().toISOString() };
      api.store.put(namespace, { kind: "Namespace", metadata });
      api.store.put(at.root, secret({ "ca.crt": "root" }));
    };
    assert.deepEqual(await codes(context, prepare), ["error GMR309"]);
  });

  test("Secrets that the user provides may belong to anybody", async (context) => {
    const prepare = (api: FakeKubeApi) => {
      api.store.put(namespace, { kind: "Namespace" });
      for (const path of [at.root, at.token, at.client]) api.store.put(path, secret({ "ca.crt": "x" }));
    };
    const unowned = { namespace: { create: false } };
    const token = { ...unowned, identity: "provided-token", rootCertificate: { provided: true } } as const;
    assert.deepEqual(await codes(context, prepare, token), ["warning GMR311"]);
    assert.deepEqual(await codes(context, prepare, { ...unowned, identity: "provided-certificate" }), []);
    assert.deepEqual(await codes(context, prepare, unowned), ["error GMR304", "error GMR304", "warning GMR311"]);
  });

  test("Secrets are looked for where the arguments place them", async (context) => {
    const args = {
      rootCertificate: { secret: { name: "my-root", namespace: "pki" } },
      token: { secret: { name: "my-token", namespace: "pki", key: "token" } },
      clientCertificate: { secret: { name: "my-client", namespace: "pki" } },
    };
    const prepare = (api: FakeKubeApi) => {
      api.store.put("/api/v1/namespaces/pki/secrets/my-root", secret({ "ca.crt": "x" }));
      api.store.put(at.token, secret({ token: "not ours to look at" }));
    };
    assert.deepEqual(await codes(context, prepare, args), ["error GMR304"]);
  });

  test("an agent that is provided is no obstacle, and keeps its release and certificate", async (context) => {
    const provided = { agent: { provided: true }, namespace: { create: false } };
    const prepare = (api: FakeKubeApi) => {
      api.store.put(namespace, { kind: "Namespace" });
      api.store.put(at.release, helmRevision({ status: "deployed", mark: undefined }));
      api.store.put(at.client, secret({ "tls.crt": "x" }));
      api.store.put(deploymentPath, agentDeployment(true));
    };
    assert.deepEqual(await codes(context, prepare, provided), []);
    assert.deepEqual(await codes(context, prepare, { ...provided, namespace: {} }), ["error GMR303"]);
    const secrets = (api: FakeKubeApi) => {
      prepare(api);
      api.store.put(at.root, secret({ "ca.crt": "theirs" }));
    };
    assert.deepEqual(await codes(context, secrets, provided), ["error GMR304"]);
  });

  test("GMR336, GMR311: an agent that is provided comes later, and what an earlier one left goes", async (context) => {
    const prepare = (api: FakeKubeApi) => {
      api.store.put(namespace, { kind: "Namespace" });
      api.store.put(at.client, secret({ "tls.crt": "x" }));
    };
    const provided = { agent: { provided: true }, namespace: { create: false } };
    assert.deepEqual(await codes(context, prepare, provided), ["warning GMR311", "warning GMR336"]);
  });

  test("GMR335: an agent that is said to be provided is this registration's own", async (context) => {
    const prepare = (api: FakeKubeApi) => {
      register(api);
      api.store.put(deploymentPath, agentDeployment(true));
    };
    assert.deepEqual(await codes(context, prepare, { agent: { provided: true } }, true), ["error GMR335"]);
  });

  test("GMR305 alone on a cluster that registers itself", async (context) => {
    const { api, client } = await startApi(context);
    api.store.put(namespace, { kind: "Namespace" });
    api.store.put(at.root, secret({ "ca.crt": "the hub's own" }));
    const request = requestFor({ selfRegistration: true });
    const find = async () => judgeRemoteObjects(await readRemoteObjects(client, request), request, false);
    assert.deepEqual(await find(), []);
    api.store.put(at.release, helmRevision({ status: "deployed", mark: "other/stack/x" }));
    const findings = await find();
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["GMR305"],
    );
  });
});

describe("GMR311: a client certificate of an earlier registration", () => {
  const alone = { namespace: { create: false } };

  test("is reported with its name, end and fingerprint", async (context) => {
    const { api, client } = await startApi(context);
    api.store.put(namespace, { kind: "Namespace" });
    const data = await createClientSecretData(await createHubCertificates(), { clusterName: "earlier" });
    api.store.put(at.client, secret({ ...data }));
    const request = requestFor(alone);
    const [finding] = judgeRemoteObjects(await readRemoteObjects(client, request), request, false);
    assert.equal(finding?.severity, "warning");
    const text = formatProblem(finding);
    assert.match(text, /^GMR311 .*relay-client-tls-secret \(for earlier, valid until \d{4}-.*, SHA-256 [0-9A-F:]+\)/);
    assert.ok(!text.includes("PRIVATE"));
  });

  test("is also reported when it cannot be read", async (context) => {
    for (const value of ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]) {
      const prepare = (api: FakeKubeApi) => {
        api.store.put(namespace, { kind: "Namespace" });
        api.store.put(at.client, secret({ "tls.crt": value }));
      };
      assert.deepEqual(await codes(context, prepare, alone), ["warning GMR311"], value);
    }
  });

  test("is none of an earlier one beside objects of this registration, on either cluster", async (context) => {
    const certificate = (api: FakeKubeApi) => api.store.put(at.client, secret({ "tls.crt": "x" }));
    const withNamespace = (api: FakeKubeApi) => {
      api.store.put(namespace, { kind: "Namespace", metadata: { annotations: ours } });
      certificate(api);
    };
    assert.deepEqual(await codes(context, withNamespace), []);
    const adopted = (api: FakeKubeApi) => {
      api.store.put(namespace, { kind: "Namespace" });
      certificate(api);
    };
    assert.deepEqual(await codes(context, adopted, alone, true), []);
  });
});
