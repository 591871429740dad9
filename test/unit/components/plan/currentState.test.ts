import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { fingerprintsOf } from "../../../../components/certificates/x509";
import { agentValues } from "../../../../components/glooMesh/agentValues";
import { enterpriseAgent as generation } from "../../../../components/glooMesh/generation";
import { KubernetesClient } from "../../../../components/kubernetes/client";
import { type CurrentStateRequest, describeCurrentState } from "../../../../components/plan/currentState";
import type { DesiredState } from "../../../../components/plan/desiredState";
import { describePlan } from "../../../../components/plan/plan";
import { readKubernetesClusters } from "../../../../components/preflight/hub/clusterName";
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
import { helmRevision, type RevisionOptions, revisionName } from "../../../support/remoteObjects";

// Against an API server without Kubernetes, with real certificates. The words themselves are tested in plan.test.ts.

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

/** Both clusters' objects lie in one API server here; the paths do not meet. */
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
      certificate: "issued",
      mark,
    },
    generation,
    {},
  );

function install(options: Partial<RevisionOptions>): void {
  const revision = { status: "deployed", mark, recorded: true, chartVersion: "1.0.4", values: values(), ...options };
  api.store.put(`${secrets}/${revisionName(1)}`, helmRevision(revision));
}

function wanted(changes: Partial<DesiredState> = {}): DesiredState {
  return {
    clusterName: "cluster-2",
    clusterDomain: "cluster.local",
    namespace,
    createNamespace: true,
    disableIstioInjection: false,
    agentVersion: { value: "1.0.4", source: "given as agent.version" },
    serverAddress: { value: serverAddress, source: "given as relay.serverAddress" },
    rootCertificate: hub.root.certificatePem,
    chainToRoot: true,
    reissue: "",
    chartArguments: [],
    certificate: "issued",
    selfRegistration: false,
    token: "temporary",
    remoteIdentity: api.identity,
    values: values(),
    ...changes,
  };
}

async function read(changes: Partial<DesiredState> = {}, more: Partial<CurrentStateRequest> = {}) {
  const ownership = { mark, accepted: [mark] };
  const modes = { createNamespace: true, copyRoot: true, token: "temporary", certificate: "issued" } as const;
  const expected = { settings: { namespace: { name: namespace }, ...places }, ownership, generation, ...modes };
  return describeCurrentState(await readRemoteObjects(client, expected), {
    wanted: wanted(changes),
    ownership,
    generation,
    secrets: places,
    kubernetesClusters: await readKubernetesClusters(client, namespace, generation),
    ...more,
  });
}

const planOf = async (changes: Partial<DesiredState> = {}, more: Partial<CurrentStateRequest> = {}) =>
  describePlan(wanted(changes), await read(changes, more));

describe("the situation", { concurrency: false }, () => {
  test("of a registration that stands leads to nothing to do", async () => {
    const lines = await planOf();
    assert.equal(lines.length, 1);
    assert.match(
      lines[0] ?? "",
      /^Nothing to do: agent 1\.0\.4 at 172\.18\.0\.2:31179, client certificate valid until /,
    );
  });

  test("is read with six requests and no write", async () => {
    const before = api.requests.length;
    await read();
    assert.equal(api.requests.length - before, 6);
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
    assert.match((await planOf())[0] ?? "", /^Fresh/);
  });

  test("does not count what belongs to others", async () => {
    const theirs = { "gloo-mesh-relay-registration/registration": "project/stack/other" };
    api.store.put(`${secrets}/relay-root-tls-secret`, secret({ "ca.crt": hub.root.certificatePem }, theirs));
    api.store.put(`${clusters}/cluster-2`, registeredAs(api.identity, "project/stack/other"));
    install({ mark: "project/stack/other" });
    const { release, rootFingerprints, registered } = await read();
    assert.deepEqual([release, rootFingerprints, registered], [undefined, undefined, []]);
  });

  test("counts what carries a former name of the component", async () => {
    const more = { ownership: { mark: "project/stack/new", accepted: ["project/stack/new", mark] } };
    const { release, rootFingerprints, registered } = await read({}, more);
    assert.ok(release && rootFingerprints && registered.length === 1);
  });

  test("has no release where it is uninstalled with its history kept", async () => {
    install({ status: "uninstalled" });
    assert.equal((await read()).release, undefined);
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

  test("has a lent token only where it is lent by this registration", async () => {
    assert.equal((await read()).tokenLent, false);
    const lent = { ...marks, "gloo-mesh-relay-registration/lent": "true" };
    api.store.put(`${secrets}/relay-identity-token-secret`, secret({ token: "t" }, lent));
    assert.equal((await read()).tokenLent, true);
    api.store.put(`${secrets}/relay-identity-token-secret`, secret({ token: "t" }, marks));
    assert.equal((await read()).tokenLent, false);
  });

  test("cannot be read without the kind KubernetesCluster: GMR207", async () => {
    api.unknownKinds.add("kubernetesclusters");
    await assert.rejects(readKubernetesClusters(client, namespace, generation), /^RegistrationError: GMR207 /);
  });
});

describe("a client certificate", { concurrency: false }, () => {
  const put = (data: object) =>
    api.store.put(`${secrets}/relay-client-tls-secret`, secret(data as Readonly<Record<string, string>>));
  const bad: readonly (readonly [string, () => Promise<object>, RegExp])[] = [
    ["expired", () => certificate({ validity: validFor(1, new Date("2026-01-01")) }), /expired on 2026-01-02T00:00:00/],
    ["of another name", () => certificate({ dnsNames: ["cluster-9"] }), /is for cluster-9/],
    ["with another key", () => certificate({ mismatchedKey: true }), /tls\.key does not belong to tls\.crt/],
    ["of a foreign CA", () => certificate({}, foreign), /issued by another root CA/],
    ["half written", async () => ({ "tls.crt": good["tls.crt"] }), /lacks tls\.key, ca\.crt/],
  ];
  for (const [what, make, fault] of bad) {
    test(`${what} is told with its fault, and is bootstrapped again`, async () => {
      put(await make());
      const lines = await planOf();
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? "", fault);
      assert.match(lines[0] ?? "", /will bootstrap again, with the token present meanwhile/);
    });
  }

  test("of the old root is issued again for a new root, and for a bundle too, which the agent does not trust yet", async () => {
    const changed = (await planOf({ rootCertificate: foreign.root.certificatePem })).join("\n");
    assert.match(
      changed,
      /^Root CA changes from .*restarted once\.\nClient certificate .*another root CA.*bootstrap again/,
    );
    const grown = (await planOf({ rootCertificate: hub.root.certificatePem + foreign.root.certificatePem })).join("\n");
    assert.match(grown, /^Root CA changes from .* to .* \+ .*\nThe client certificate is issued anew/);
  });

  test("of a self-registration is judged by the hub's root, which is not copied", async () => {
    api.store.put(`${secrets}/relay-root-tls-secret`, secret({ "ca.crt": hub.root.certificatePem }));
    const self = { selfRegistration: true, rootCertificate: "" };
    assert.match((await planOf(self, { trustedRoot: hub.root.certificatePem })).join(), /^Nothing to do/);
    assert.match((await planOf(self, { trustedRoot: foreign.root.certificatePem })).join(), /another root CA/);
  });
});
