import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { formatProblem } from "../../../../../components/base/problems";
import { enterpriseAgent } from "../../../../../components/glooMesh/generation";
import { judgeRelease, judgeRemoteObjects } from "../../../../../components/preflight/remote/foreignObjects";
import { findMissingObjects, type HubView } from "../../../../../components/preflight/remote/missingObjects";
import { type RemoteExpectation, readRemoteObjects } from "../../../../../components/preflight/remote/remoteObjects";
import { createClientSecretData, createHubCertificates } from "../../../../sandbox/relay";
import { type FakeKubeApi, secret } from "../../../../support/fakeKubeApi";
import { helmRevision, revisionName } from "../../../../support/remoteObjects";
import { mark, others, ours, ownership, startApi } from "./world";

const namespace = "/api/v1/namespaces/gloo-mesh";
const at = {
  root: `${namespace}/secrets/relay-root-tls-secret`,
  token: `${namespace}/secrets/relay-identity-token-secret`,
  client: `${namespace}/secrets/relay-client-tls-secret`,
  release: `${namespace}/secrets/${revisionName(1)}`,
};
const expected: RemoteExpectation = {
  settings: {
    namespace: { name: "gloo-mesh" },
    rootCertificate: { secret: { name: "relay-root-tls-secret", namespace: "gloo-mesh" } },
    token: { secret: { name: "relay-identity-token-secret", namespace: "gloo-mesh", key: "token" } },
    clientCertificate: { secret: { name: "relay-client-tls-secret", namespace: "gloo-mesh" } },
  },
  generation: enterpriseAgent,
  ownership,
  createNamespace: true,
  copyRoot: true,
  token: "temporary",
  certificate: "issued",
};

/** Everything that a registration has on the remote cluster once it is proven. */
function register(api: FakeKubeApi): void {
  api.store.put(namespace, { kind: "Namespace", metadata: { annotations: ours } });
  api.store.put(at.root, secret({ "ca.crt": "root" }, ours));
  api.store.put(at.client, secret({ "tls.crt": "certificate" }));
  api.store.put(at.release, trusting("relay-root-tls-secret"));
}

/** The release of ours, whose agent looks for the root CA in that Secret; without a name, as where none is copied. */
function trusting(name?: string): object {
  const relay = name === undefined ? {} : { rootTlsSecret: { name, namespace: "gloo-mesh" } };
  return helmRevision({ status: "deployed", mark, recorded: true, values: { relay } });
}

async function codes(
  context: TestContext,
  prepare: (api: FakeKubeApi) => void,
  changes: Partial<RemoteExpectation> = {},
  registered = false,
): Promise<string[]> {
  const { api, client } = await startApi(context);
  prepare(api);
  const question = { ...expected, ...changes };
  const findings = judgeRemoteObjects(await readRemoteObjects(client, question), question, registered);
  assert.deepEqual(api.writes, []);
  return findings.map(({ code, severity }) => `${severity} ${code}`).sort();
}

describe("what stands in the way on the remote cluster", () => {
  test("nothing on an empty one, and nothing on our own", async (context) => {
    assert.deepEqual(await codes(context, () => undefined), []);
    assert.deepEqual(await codes(context, register), []);
  });

  test("a foreign namespace and what is foreign in it are told at once", async (context) => {
    const prepare = (api: FakeKubeApi) => {
      api.store.put(namespace, { kind: "Namespace", metadata: { annotations: others } });
      api.store.put(at.root, secret({ "ca.crt": "root" }));
      api.store.put(at.token, secret({ token: "t" }, others));
      api.store.put(at.release, helmRevision({ status: "deployed", mark: undefined }));
    };
    assert.deepEqual(await codes(context, prepare), ["error GMR303", "error GMR304", "error GMR304", "error GMR305"]);
  });

  test("a namespace that is leaving takes with it what is in it", async (context) => {
    const prepare = (api: FakeKubeApi) => {
      const metadata = { deletionTimestamp: new Date().toISOString() };
      api.store.put(namespace, { kind: "Namespace", metadata });
      api.store.put(at.root, secret({ "ca.crt": "root" }));
    };
    assert.deepEqual(await codes(context, prepare), ["error GMR309"]);
  });

  test("Secrets that the user provides may be anybody's", async (context) => {
    const prepare = (api: FakeKubeApi) => {
      api.store.put(namespace, { kind: "Namespace" });
      for (const path of [at.root, at.token, at.client]) api.store.put(path, secret({ "ca.crt": "x" }));
    };
    const provided = { createNamespace: false, copyRoot: false, token: "provided", certificate: "provided" } as const;
    assert.deepEqual(await codes(context, prepare, provided), []);
    assert.deepEqual(await codes(context, prepare, { createNamespace: false }), [
      "error GMR304",
      "error GMR304",
      "warning GMR311",
    ]);
  });

  test("Secrets are looked for where the arguments place them", async (context) => {
    const settings = {
      namespace: { name: "gloo-mesh" },
      rootCertificate: { secret: { name: "my-root", namespace: "pki" } },
      token: { secret: { name: "my-token", namespace: "pki", key: "token" } },
      clientCertificate: { secret: { name: "my-client", namespace: "pki" } },
    };
    const prepare = (api: FakeKubeApi) => {
      api.store.put("/api/v1/namespaces/pki/secrets/my-root", secret({ "ca.crt": "x" }));
      api.store.put(at.token, secret({ token: "not ours to look at" }));
    };
    assert.deepEqual(await codes(context, prepare, { settings }), ["error GMR304"]);
  });

  test("GMR305 alone on a cluster that registers itself", async (context) => {
    const { api, client } = await startApi(context);
    api.store.put(namespace, { kind: "Namespace" });
    api.store.put(at.root, secret({ "ca.crt": "the hub's own" }));
    const find = async () => judgeRelease(await readRemoteObjects(client, expected), expected);
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
  const alone = { createNamespace: false };

  test("is told with its name, end and fingerprint", async (context) => {
    const { api, client } = await startApi(context);
    api.store.put(namespace, { kind: "Namespace" });
    const data = await createClientSecretData(await createHubCertificates(), { clusterName: "earlier" });
    api.store.put(at.client, secret({ ...data }));
    const question = { ...expected, ...alone };
    const [finding] = judgeRemoteObjects(await readRemoteObjects(client, question), question);
    assert.equal(finding?.severity, "warning");
    const text = formatProblem(finding);
    assert.match(text, /^GMR311 .*relay-client-tls-secret \(for earlier, valid until \d{4}-.*, SHA-256 [0-9A-F:]+\)/);
    assert.ok(!text.includes("PRIVATE"));
  });

  test("is also told when it cannot be read", async (context) => {
    for (const value of ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]) {
      const prepare = (api: FakeKubeApi) => {
        api.store.put(namespace, { kind: "Namespace" });
        api.store.put(at.client, secret({ "tls.crt": value }));
      };
      assert.deepEqual(await codes(context, prepare, alone), ["warning GMR311"], value);
    }
  });

  test("is none of an earlier one beside our own objects, here or on the hub", async (context) => {
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

describe("GMR312: objects of ours that somebody deleted", () => {
  const hub: HubView = {
    where: "management",
    managementNamespace: "gloo-mesh",
    clusterName: "cluster-2",
    registeredIdentity: "uid",
    renamed: false,
    remoteIdentity: "uid",
  };

  async function missing(
    context: TestContext,
    prepare: (api: FakeKubeApi) => void,
    changes: Partial<HubView> = {},
    expectation: Partial<RemoteExpectation> = {},
  ): Promise<string[]> {
    const { api, client } = await startApi(context);
    prepare(api);
    const question = { ...expected, ...expectation };
    const found = await readRemoteObjects(client, question);
    const findings = findMissingObjects(found, question, { ...hub, ...changes });
    for (const finding of findings) {
      assert.deepEqual([finding.code, finding.severity], ["GMR312", "warning"]);
      assert.match(formatProblem(finding), /plain pulumi up does not notice — put it back with: pulumi up --refresh$/);
    }
    return findings.map(({ what }) => what.replace(/^The (.*) of this registration is gone$/, "$1"));
  }

  const without =
    (...paths: string[]) =>
    (api: FakeKubeApi) => {
      register(api);
      for (const path of paths) api.store.remove(path);
    };

  test("nothing is missing of a whole registration, and of none", async (context) => {
    assert.deepEqual(await missing(context, register), []);
    assert.deepEqual(await missing(context, () => undefined, { registeredIdentity: undefined }), []);
  });

  test("the release, by the certificate that its agent stored", async (context) => {
    assert.deepEqual(await missing(context, without(at.release)), ["Helm release enterprise-agent"]);
  });

  test("the KubernetesCluster and the root CA, by the release", async (context) => {
    assert.deepEqual(await missing(context, without(at.root), { registeredIdentity: undefined }), [
      "KubernetesCluster gloo-mesh/cluster-2",
      "Secret gloo-mesh/relay-root-tls-secret",
    ]);
  });

  test("release and KubernetesCluster at once, by the certificate beside our root CA", async (context) => {
    const neither = { registeredIdentity: undefined };
    assert.deepEqual(await missing(context, without(at.release), neither), [
      "Helm release enterprise-agent",
      "KubernetesCluster gloo-mesh/cluster-2",
    ]);
    assert.deepEqual(await missing(context, without(at.release, at.client), neither), [], "a run that was cut short");
    assert.deepEqual(await missing(context, without(at.release, at.root), neither), [], "a certificate of others");
    assert.deepEqual(await missing(context, without(at.release), neither, { copyRoot: false }), []);
  });

  test("no KubernetesCluster of a new name, which a rename is about to make", async (context) => {
    assert.deepEqual(await missing(context, register, { registeredIdentity: undefined, renamed: true }), []);
  });

  test("the namespace, by the KubernetesCluster", async (context) => {
    const all = without(namespace, at.root, at.client, at.release);
    assert.deepEqual(await missing(context, all), ["namespace gloo-mesh"]);
    assert.deepEqual(await missing(context, all, {}, { createNamespace: false }), []);
  });

  test("nothing after a run that was cut short, for a plain up goes on from there", async (context) => {
    const beforeRelease = without(at.client, at.release);
    assert.deepEqual(await missing(context, beforeRelease), []);
    const notRecorded = (api: FakeKubeApi) => {
      register(api);
      api.store.put(at.release, helmRevision({ status: "pending-install", mark }));
      api.store.remove(at.root);
    };
    assert.deepEqual(await missing(context, notRecorded, { registeredIdentity: undefined }), []);
  });

  test("nothing of a root CA that is not copied, and on another cluster", async (context) => {
    assert.deepEqual(await missing(context, without(at.root), {}, { copyRoot: false }), []);
    assert.deepEqual(await missing(context, without(at.release), { remoteIdentity: "another" }), []);
  });

  test("nothing of a root CA that is newly declared, or under another name: a plain up makes it", async (context) => {
    for (const release of [trusting(), trusting("former-root")]) {
      const declared = (api: FakeKubeApi) => {
        register(api);
        api.store.put(at.release, release);
        api.store.remove(at.root);
      };
      assert.deepEqual(await missing(context, declared), []);
    }
  });

  test("a release of others proves nothing", async (context) => {
    const foreign = (api: FakeKubeApi) => {
      register(api);
      api.store.put(at.release, helmRevision({ status: "deployed", mark: "other/stack/x", recorded: true }));
      api.store.remove(at.root);
    };
    assert.deepEqual(await missing(context, foreign, { registeredIdentity: undefined }), []);
  });
});
