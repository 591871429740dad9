import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";
import { fingerprintsOf } from "../../../../components/certificates/x509";
import { agentValues } from "../../../../components/glooMesh/agentValues";
import { defaultGeneration as generation } from "../../../../components/glooMesh/generation";
import type { Ownership } from "../../../../components/glooMesh/ownership";
import { KubernetesClient } from "../../../../components/kubernetes/client";
import { describeCurrentState } from "../../../../components/plan/currentState";
import type { DesiredState } from "../../../../components/plan/desiredState";
import { describePlan } from "../../../../components/plan/plan";
import { planLines } from "../../../../components/plan/planMessage";
import { readKubernetesClusters } from "../../../../components/preflight/hub/clusterNames";
import type { Seen } from "../../../../components/preflight/preflight";
import { findMissingObjects } from "../../../../components/preflight/remote/missingObjects";
import { readRemoteObjects } from "../../../../components/preflight/remote/remoteObjects";
import {
  type ClientCertificateOptions,
  type ClientSecretData,
  createClientSecretData,
  createHubCertificates,
  type HubCertificates,
  validFor,
} from "../../../sandbox/relay";
import { FakeKubeApi, secret } from "../../../support/fakeKubeApi";
import { requestFor } from "../../../support/preflightRequest";
import { helmRevision, type RevisionOptions, revisionName } from "../../../support/remoteObjects";
import { deleted } from "../preflight/remote/world";
import { changeBy, short } from "./example";

// Against an API server without Kubernetes, with real certificates. The plan itself is tested in plan.test.ts.

const mark = "project/stack/cluster-2";
const marks = {
  "gloo-mesh-relay-registration/registration": mark,
};
const namespace = "gloo-mesh";
const secrets = `/api/v1/namespaces/${namespace}/secrets`;
const clusters = `/apis/multicluster.solo.io/v1alpha1/namespaces/${namespace}/kubernetesclusters`;
const serverAddress = "172.18.0.2:31179";

const place = (name: string) => ({ namespace, name });
const places = {
  rootCertificate: { secret: { namespace, name: "relay-root-tls-secret" } },
  token: { secret: { namespace, name: "relay-identity-token-secret", key: "token" } },
  clientCertificate: { secret: { namespace, name: "relay-client-tls-secret" } },
};

let api: FakeKubeApi;
let client: KubernetesClient;
let hub: HubCertificates;
let foreign: HubCertificates;
let good: ClientSecretData;

before(async () => {
  [hub, foreign] = await Promise.all([createHubCertificates(), createHubCertificates()]);
  good = await certificate();
  api = await FakeKubeApi.start("remote");
  client = await KubernetesClient.open(api.access);
});
after(() => api.stop());

/** One API server stores the objects of both clusters here; the paths do not meet. */
beforeEach(() => {
  api.unknownKinds.clear();
  for (const path of api.store.paths()) if (!path.endsWith("kube-system")) api.store.remove(path);
  api.store.put(`/api/v1/namespaces/${namespace}`, { kind: "Namespace", metadata: { annotations: marks } });
  api.store.put(`${secrets}/relay-root-tls-secret`, secret({ "ca.crt": hub.root.certificatePem }, marks));
  api.store.put(`${secrets}/relay-client-tls-secret`, secret({ ...good }));
  api.store.put(`${clusters}/cluster-2`, registeredAs(api.identity));
  install({});
});

const registeredAs = (identity: string, owner: string = mark) => ({
  kind: "KubernetesCluster",
  spec: { clusterDomain: "cluster.local" },
  metadata: {
    annotations: {
      "gloo-mesh-relay-registration/registration": owner,
      "gloo-mesh-relay-registration/cluster-identity": identity,
    },
  },
});

const certificate = (options: Partial<ClientCertificateOptions> = {}, issuers: HubCertificates = hub) =>
  createClientSecretData(issuers, { clusterName: "cluster-2", ...options });

const values = () =>
  agentValues(
    {
      settings: {
        clusterName: "cluster-2",
        relay: { serverAddress, authority: "enterprise-networking.gloo-mesh" },
        agent: { version: "1.0.4" },
        ...places,
      },
      modes: { certificate: "issued", tls: "mutual" },
      mark,
    },
    generation,
    {},
  );

function install(options: Partial<RevisionOptions>): void {
  const revision = { status: "deployed", mark, recorded: true, chartVersion: "1.0.4", values: values(), ...options };
  api.store.put(`${secrets}/${revisionName(1)}`, helmRevision(revision));
}

function desiredState(changes: Partial<DesiredState> = {}): DesiredState {
  return {
    clusterName: "cluster-2",
    clusterDomain: "cluster.local",
    namespace,
    createNamespace: true,
    disableIstioInjection: false,
    installCrds: false,
    leaveRunning: false,
    installAgent: true,
    createKubernetesCluster: true,
    copyRoot: true,
    tls: "mutual",
    agentVersion: { value: "1.0.4", source: "given as agent.version" },
    serverAddress: { value: serverAddress, source: "given as relay.serverAddress" },
    rootCertificate: hub.root.certificatePem,
    chainToRoot: true,
    reissue: "",
    chartArguments: [],
    certificate: "issued",
    selfRegistration: false,
    token: "temporary",
    secrets: places,
    remoteIdentity: api.identity,
    values: values(),
    ...changes,
  };
}

const ownership = { mark, accepted: [mark] };

/** What the checks see of both clusters, and find missing. */
async function see(): Promise<Seen> {
  const request = { ...requestFor(), ownership };
  const remote = await readRemoteObjects(client, request);
  const kubernetesClusters = await readKubernetesClusters(client, namespace, generation);
  const registeredIdentity = kubernetesClusters.length === 0 ? undefined : api.identity;
  const hubView = { where: "management", registeredIdentity, renamed: false, remoteIdentity: api.identity };
  return { remote, kubernetesClusters, missing: findMissingObjects(remote, request, hubView) };
}

async function read(changes: Partial<DesiredState> = {}, more: { ownership?: Ownership; trustedRoot?: string } = {}) {
  const desired = desiredState(changes);
  const facts = { seen: await see(), rootCertificate: more.trustedRoot ?? desired.rootCertificate };
  return describeCurrentState({ ...requestFor(), ownership, ...more }, facts, desired);
}

const planOf = async (changes: Partial<DesiredState> = {}, trustedRoot?: string) =>
  planLines(describePlan(desiredState(changes), await read(changes, trustedRoot === undefined ? {} : { trustedRoot })));
const lastDay = ({ "tls.crt": pem }: ClientSecretData) =>
  new Date(new X509Certificate(pem).validTo).toISOString().slice(0, 10);
const nothingToDo = () => [
  `up to date: cluster-2 · agent 1.0.4 · relay ${serverAddress} · client certificate until ${lastDay(good)}`,
];

describe("the current state", { concurrency: false }, () => {
  test("of a healthy registration leads to nothing to do", async () => {
    assert.deepEqual(await planOf(), nothingToDo());
  });

  test("is read with eight requests and no write", async () => {
    const before = api.requests.length;
    await read();
    assert.equal(api.requests.length - before, 8);
    assert.deepEqual(api.writes, []);
  });

  test("has what is installed, and the fingerprints of the root CA", async () => {
    const { release, rootFingerprints, namespacePresent, registered } = await read();
    assert.equal(namespacePresent, true);
    const own = { name: "cluster-2", clusterIdentity: api.identity, clusterDomain: "cluster.local" };
    assert.deepEqual(registered, [own]);
    assert.deepEqual(rootFingerprints, fingerprintsOf(hub.root.certificatePem));
    assert.deepEqual(
      [release?.chartVersion, release?.clusterName, release?.serverAddress, release?.insecure, release?.recorded],
      ["1.0.4", "cluster-2", serverAddress, false, true],
    );
  });

  test("has the namespace's label for Istio", async () => {
    assert.equal((await read()).namespaceLabel, undefined);
    const metadata = { annotations: marks, labels: { "istio-injection": "disabled" } };
    api.store.put(`/api/v1/namespaces/${namespace}`, { kind: "Namespace", metadata });
    assert.equal((await read()).namespaceLabel, "disabled");
  });

  test("before the first run is empty", async () => {
    for (const path of api.store.paths()) if (!path.endsWith("kube-system")) api.store.remove(path);
    const [headline] = await planOf();
    assert.equal(headline, `register cluster-2 (new) · agent 1.0.4 · relay ${serverAddress}`);
  });

  test("does not count what belongs to others", async () => {
    const theirs = { "gloo-mesh-relay-registration/registration": "project/stack/other" };
    api.store.put(`${secrets}/relay-root-tls-secret`, secret({ "ca.crt": hub.root.certificatePem }, theirs));
    api.store.put(`${clusters}/cluster-2`, registeredAs(api.identity, "project/stack/other"));
    install({ mark: "project/stack/other" });
    const { release, rootFingerprints, registered } = await read();
    assert.deepEqual([release, rootFingerprints, registered], [undefined, undefined, []]);
  });

  test("counts what carries a previous name of the component", async () => {
    const more = { ownership: { mark: "project/stack/new", accepted: ["project/stack/new", mark] } };
    const { release, rootFingerprints, registered } = await read({}, more);
    assert.ok(release && rootFingerprints && registered.length === 1);
  });

  test("has no release where it is uninstalled with its history kept, and says which it was", async () => {
    install({ status: "uninstalled" });
    const { release, uninstalled } = await read();
    assert.deepEqual([release, uninstalled], [undefined, "enterprise-agent"]);
  });

  for (const values of [{ relay: { insecure: true } }, { global: { insecure: true } }]) {
    test(`knows a relay without TLS by ${JSON.stringify(values)}`, async () => {
      install({ values });
      assert.equal((await read()).release?.insecure, true);
    });
  }

  test("knows by the values whether the root CA Secret was there when the agent came", async () => {
    const usesRootSecret = async () => (await read()).release?.usesRootSecret;
    assert.equal(await usesRootSecret(), true);
    const places = [{}, { rootTlsSecret: { ...place("other") } }, { rootTlsSecret: "text" }];
    for (const relay of [...places, { rootTlsSecret: { ...place(generation.rootSecret.name), namespace: "pki" } }]) {
      install({ values: { relay } });
      assert.equal(await usesRootSecret(), false);
    }
  });

  test("survives values of another form", async () => {
    install({ values: { relay: "text", other: [1] } });
    const { release } = await read();
    assert.deepEqual([release?.clusterName, release?.insecure], [undefined, false]);
  });

  test("has a temporary token where this registration put one, for a while or to stay", async () => {
    assert.equal((await read()).temporaryTokenPresent, false);
    const lent = { ...marks, "gloo-mesh-relay-registration/lent": "true" };
    api.store.put(`${secrets}/relay-identity-token-secret`, secret({ token: "t" }, lent));
    assert.equal((await read()).temporaryTokenPresent, true);
    api.store.put(`${secrets}/relay-identity-token-secret`, secret({ token: "t" }, marks));
    assert.equal((await read()).temporaryTokenPresent, true);
    const theirs = { ...lent, "gloo-mesh-relay-registration/registration": "project/stack/other" };
    api.store.put(`${secrets}/relay-identity-token-secret`, secret({ token: "t" }, theirs));
    assert.equal((await read()).temporaryTokenPresent, false);
  });

  test("has no temporary token where Pulumi has taken the Secret over, since it is retained now", async () => {
    const metadata = {
      annotations: { ...marks, "gloo-mesh-relay-registration/lent": "true" },
      managedFields: [{ manager: "node" }, { manager: "pulumi-kubernetes-a1b2c3" }],
    };
    api.store.put(`${secrets}/relay-identity-token-secret`, { ...secret({ token: "t" }), metadata });
    assert.equal((await read({ token: "retained" })).temporaryTokenPresent, false);
  });

  for (const [what, path, missing] of [
    ["root CA Secret", `${secrets}/relay-root-tls-secret`, deleted.rootCertificate],
    ["KubernetesCluster", `${clusters}/cluster-2`, deleted.kubernetesCluster],
    ["Helm release", `${secrets}/${revisionName(1)}`, deleted.release],
    ["namespace", `/api/v1/namespaces/${namespace}`, deleted.namespace],
  ] as const) {
    test(`has a ${what} that someone else deleted`, async () => {
      if (what === "namespace") for (const one of api.store.paths()) if (one.startsWith(secrets)) api.store.remove(one);
      api.store.remove(path);
      const found = (await read()).missing;
      assert.deepEqual(
        found.map((one) => ({ ...one, where: one.where.replace(client.where, "remote") })),
        [missing],
      );
    });
  }

  test("cannot be read without the kind KubernetesCluster: GMR207", async () => {
    api.unknownKinds.add("kubernetesclusters");
    await assert.rejects(readKubernetesClusters(client, namespace, generation), /^RegistrationError: GMR207 /);
  });
});

describe("a client certificate", { concurrency: false }, () => {
  const put = (data: object) =>
    api.store.put(`${secrets}/relay-client-tls-secret`, secret(data as Readonly<Record<string, string>>));
  const place = "client certificate: Secret gloo-mesh/relay-client-tls-secret";
  const again = "the agent bootstraps again, with a temporary token";
  const otherRoot = "the certificate was issued by another root CA than the relay's present one";
  const bad: readonly (readonly [string, () => Promise<object>, string])[] = [
    [
      "expired",
      () => certificate({ validity: validFor(1, new Date("2026-01-01")) }),
      "the certificate expired on 2026-01-02T00:00:00.000Z",
    ],
    ["of another name", () => certificate({ dnsNames: ["cluster-9"] }), "the certificate is for cluster-9"],
    ["with another key", () => certificate({ mismatchedKey: true }), "tls.key does not belong to tls.crt"],
    ["of a foreign CA", () => certificate({}, foreign), otherRoot],
    ["half written", async () => ({ "tls.crt": good["tls.crt"] }), "the Secret lacks tls.key, ca.crt"],
  ];
  for (const [what, make, fault] of bad) {
    test(`${what} is described with its fault, and is bootstrapped again`, async () => {
      put(await make());
      assert.deepEqual(await planOf(), changeBy(`~ ${place}: ${fault}; ${again}`));
    });
  }

  test("that is missing is bootstrapped again", async () => {
    api.store.remove(`${secrets}/relay-client-tls-secret`);
    assert.deepEqual(
      await planOf(),
      changeBy(`~ ${place} does not exist; the agent bootstraps, with a temporary token`),
    );
  });

  test("of the old root is reissued for a new root, and for a bundle too, which the agent does not trust yet", async () => {
    const { certificatePem: old } = hub.root;
    const { certificatePem: added } = foreign.root;
    assert.deepEqual(
      await planOf({ rootCertificate: added }),
      changeBy(
        `~ root CA ${short(old)} → ${short(added)}; the agent restarts once`,
        `~ ${place}: ${otherRoot}; ${again}`,
      ),
    );
    assert.deepEqual(
      await planOf({ rootCertificate: old + added }),
      changeBy(
        `~ root CA ${short(old)} → ${short(old + added)}; the agent restarts once`,
        `~ client certificate: reissued, with a temporary token, because the ca.crt beside it, which the agent trusts, lacks ${short(added)}`,
      ),
    );
  });

  test("of a self-registration is judged by the hub's root, which is not copied", async () => {
    api.store.put(`${secrets}/relay-root-tls-secret`, secret({ "ca.crt": hub.root.certificatePem }));
    const self = { selfRegistration: true, rootCertificate: "" };
    assert.deepEqual(await planOf(self, hub.root.certificatePem), nothingToDo());
    assert.deepEqual(
      await planOf(self, foreign.root.certificatePem),
      changeBy(`~ ${place}: ${otherRoot}; the agent bootstraps again, with the existing token`),
    );
  });
});
