import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { parseAllDocuments } from "yaml";
import { enterpriseAgent } from "../../../../../components/glooMesh/generation";
import { checkRights, type RightsAnswer } from "../../../../../components/preflight/rights/checkRights";
import {
  type ManagementUse,
  managementRights,
  type NeededRight,
  type RemoteUse,
  remoteRights,
} from "../../../../../components/preflight/rights/neededRights";
import { roleManifest } from "../../../../../components/preflight/rights/roleManifest";
import { type FakeKubeApi, status } from "../../../../support/fakeKubeApi";
import { startApi } from "../remote/world";

const place = (name: string, namespace = "gloo-mesh") => ({ name, namespace });

const onHub: ManagementUse = {
  managementNamespace: "gloo-mesh",
  rootSource: place("relay-root-tls-secret"),
  tokenSource: place("relay-identity-token-secret"),
  readsAddress: false,
  readsVersion: false,
  metricsProxy: undefined,
};

const onRemote: RemoteUse = {
  namespace: "gloo-mesh",
  createNamespace: true,
  labelNamespace: false,
  skipCrds: false,
  secrets: { root: place("root"), token: place("token"), client: place("client") },
  copyRoot: true,
  token: "temporary",
  certificate: "issued",
};

/** Rights in the words of kubectl, one a line. */
const told = (rights: readonly NeededRight[]) =>
  rights.map(({ resource, subresource, verbs, namespace, resourceName }) =>
    [
      `${resource}${subresource === undefined ? "" : `/${subresource}`}`,
      ...(resourceName === undefined ? [] : [resourceName]),
      ...(namespace === undefined ? [] : [`in ${namespace}`]),
      verbs.join(","),
    ].join(" "),
  );

describe("the rights that a registration needs", () => {
  test("on the hub, by default", () => {
    assert.deepEqual(told(managementRights(onHub, enterpriseAgent)), [
      "namespaces kube-system get",
      "secrets relay-root-tls-secret in gloo-mesh get",
      "secrets relay-identity-token-secret in gloo-mesh get",
      "kubernetesclusters in gloo-mesh get,list,watch,create,patch,delete",
    ]);
  });

  test("on the hub: nothing is read that is provided, and more where more is looked up", () => {
    const use = {
      ...onHub,
      rootSource: undefined,
      tokenSource: undefined,
      readsAddress: true,
      ingress: { namespace: "istio-system", service: "istio-ingressgateway" },
      readsVersion: true,
      metricsProxy: "enterprise-networking:9091",
    };
    assert.deepEqual(told(managementRights(use, enterpriseAgent)).slice(1), [
      "kubernetesclusters in gloo-mesh get,list,watch,create,patch,delete",
      "services enterprise-networking in gloo-mesh get",
      "services istio-ingressgateway in istio-system get",
      "nodes list",
      "deployments enterprise-networking in gloo-mesh get",
      "services/proxy enterprise-networking:9091 in gloo-mesh get",
    ]);
  });

  test("on the remote cluster, by default", () => {
    assert.deepEqual(told(remoteRights(onRemote)), [
      "namespaces kube-system get",
      "namespaces gloo-mesh get,patch,delete",
      "namespaces create,list,watch",
      "secrets in gloo-mesh get,list,watch,create,update,patch,delete",
      "deployments in gloo-mesh get,list,watch,create,patch,delete",
      "pods in gloo-mesh get,list,delete",
      "pods/log in gloo-mesh get",
      "replicasets in gloo-mesh list",
      "serviceaccounts in gloo-mesh get,create,patch,delete",
      "services in gloo-mesh get,create,patch,delete",
      "clusterroles get,create,patch,delete,escalate,bind",
      "clusterrolebindings get,create,patch,delete",
      "customresourcedefinitions get,create",
    ]);
  });

  test("on the remote cluster: a namespace of others, with and without the label, and no CRDs", () => {
    const adopted = told(remoteRights({ ...onRemote, createNamespace: false, skipCrds: true }));
    assert.ok(adopted.includes("namespaces gloo-mesh get"));
    assert.ok(!adopted.some((right) => /^(namespaces .*create|customresource)/.test(right)));
    const labelled = told(remoteRights({ ...onRemote, createNamespace: false, labelNamespace: true }));
    assert.ok(labelled.includes("namespaces gloo-mesh get,patch"));
  });

  test("on the remote cluster: Secrets elsewhere, by what is done with them", () => {
    const secrets = { root: place("root", "pki"), token: place("token", "pki"), client: place("client", "certs") };
    const elsewhere = (changes: Partial<RemoteUse>) =>
      told(remoteRights({ ...onRemote, secrets, ...changes })).filter((right) => /in (pki|certs) /.test(right));
    assert.deepEqual(elsewhere({}), [
      "secrets root in pki get,patch,delete",
      "secrets in pki list,watch,create",
      "secrets token in pki get,update,delete",
      "secrets client in certs get,delete",
      "secrets in certs list,watch",
    ]);
    assert.deepEqual(elsewhere({ copyRoot: false, token: "provided" }), [
      "secrets root in pki get",
      "secrets token in pki get",
      "secrets client in certs get,delete",
      "secrets in certs list,watch",
    ]);
    assert.deepEqual(elsewhere({ copyRoot: false, token: "none", certificate: "provided" }), [
      "secrets client in certs get",
      "secrets in certs list,watch",
    ]);
    assert.deepEqual(elsewhere({ copyRoot: false, token: "none", certificate: "none" }), []);
  });
});

type Attributes = Parameters<FakeKubeApi["allows"]>[0];

async function ask(
  context: TestContext,
  needs: readonly NeededRight[],
  allows: (attributes: Attributes) => boolean,
): Promise<RightsAnswer & { readonly asked: Attributes[] }> {
  const { api, client } = await startApi(context);
  const asked: Attributes[] = [];
  api.allows = (attributes) => {
    asked.push(attributes);
    return allows(attributes);
  };
  const answer = await checkRights(client, needs, { user: "ann@example.com" });
  assert.deepEqual(api.writes, []);
  return { ...answer, asked };
}

const isEverything = ({ group, resource, verb }: Attributes) => group === "*" && resource === "*" && verb === "*";

describe("GMR116: the API server is asked for rights", () => {
  test("an administrator is known by one question", async (context) => {
    const { findings, manifest, asked } = await ask(context, remoteRights(onRemote), isEverything);
    assert.deepEqual([findings, manifest, asked.length], [[], undefined, 1]);
  });

  test("others are asked verb by verb; with all of them nothing is found", async (context) => {
    const needs = remoteRights(onRemote);
    const { findings, missing, asked } = await ask(context, needs, (one) => !isEverything(one));
    assert.deepEqual([findings, missing], [[], []]);
    assert.equal(asked.length, 1 + needs.flatMap(({ verbs }) => verbs).length);
  });

  test("the questions are those that the API server would ask itself", async (context) => {
    const { asked } = await ask(context, remoteRights(onRemote), (one) => !isEverything(one));
    const about = (resource: string, verb: string) =>
      asked.filter((one) => one["resource"] === resource && one["verb"] === verb);
    // A Role in the namespace can grant what is done to the namespace, but not that it is made.
    assert.deepEqual(about("namespaces", "delete"), [
      { group: "", resource: "namespaces", verb: "delete", namespace: "gloo-mesh", name: "gloo-mesh" },
    ]);
    assert.deepEqual(about("namespaces", "create"), [{ group: "", resource: "namespaces", verb: "create" }]);
    assert.deepEqual(
      asked.find(({ subresource }) => subresource === "log"),
      { group: "", resource: "pods", subresource: "log", verb: "get", namespace: "gloo-mesh" },
    );
  });

  test("missing rights become one error in one line, with a manifest beside it", async (context) => {
    const allows = (one: Attributes) =>
      !isEverything(one) &&
      !(one["resource"] === "secrets" && one["verb"] === "delete") &&
      one["resource"] !== "clusterroles";
    const { findings, missing, manifest } = await ask(context, remoteRights(onRemote), allows);
    assert.equal(findings.length, 1);
    const [finding] = findings;
    assert.deepEqual([finding?.code, finding?.severity], ["GMR116", "error"]);
    assert.equal(
      finding?.what,
      "Rights are missing: delete secrets in gloo-mesh; get, create, patch, delete, escalate, bind clusterroles.rbac.authorization.k8s.io",
    );
    assert.deepEqual(told(missing), [
      "secrets in gloo-mesh delete",
      "clusterroles get,create,patch,delete,escalate,bind",
    ]);
    assert.match(manifest ?? "", / --context remote -n gloo-mesh create rolebinding .* --user ann@example\.com$/m);
    assert.match(
      finding?.cause ?? "",
      /escalate and bind are for the ClusterRole of the agent's chart: a user who holds all the rights in it needs neither$/,
    );
  });

  test("missing alone, escalate and bind are a warning: who holds the rights of the chart's ClusterRole needs neither", async (context) => {
    const allows = (one: Attributes) => !isEverything(one) && !["escalate", "bind"].includes(String(one["verb"]));
    const { findings, manifest } = await ask(context, remoteRights(onRemote), allows);
    assert.deepEqual(
      findings.map(({ code, severity, what }) => [code, severity, what]),
      [["GMR116", "warning", "Rights may be missing: escalate, bind clusterroles.rbac.authorization.k8s.io"]],
    );
    assert.match(manifest ?? "", /verbs: \[escalate, bind\]/);
  });

  test("manifests for two clusters can be told one after the other: each says for which it is, and begins a document", async (context) => {
    const { manifest = "" } = await ask(context, remoteRights(onRemote), () => false);
    assert.match(manifest, /^---\n# For .+: to be applied there by an administrator\.\n/);
    const documents = parseAllDocuments(manifest + manifest);
    assert.deepEqual(
      documents.flatMap(({ errors }) => errors),
      [],
    );
    assert.equal(documents.length, 4);
  });

  for (const [what, answer] of [
    ["refuses the question", status(403, "Forbidden")],
    ["does not know it", status(404, "NotFound")],
    ["answers something else", { status: 201, body: { kind: "SelfSubjectAccessReview" } }],
    ["is no API server", { status: 200, body: "<html>login</html>" }],
  ] as const) {
    test(`nothing is found where the API server ${what}`, async (context) => {
      const { api, client } = await startApi(context);
      api.intervene = () => answer;
      const { findings, manifest } = await checkRights(client, remoteRights(onRemote));
      assert.deepEqual([findings, manifest], [[], undefined]);
      assert.equal(api.requests.length, 1);
    });
  }
});

describe("the manifest of missing rights", () => {
  const access = { context: "edge" };
  const missing: NeededRight[] = [
    { apiGroup: "", resource: "secrets", verbs: ["delete"], namespace: "123" },
    { apiGroup: "", resource: "pods", subresource: "log", verbs: ["get"], namespace: "123" },
    { apiGroup: "", resource: "namespaces", verbs: ["get"], resourceName: "kube-system" },
  ];

  test("is YAML with one Role for a namespace and one ClusterRole, with the commands that bind them", () => {
    const text = roleManifest(missing, { access });
    const documents = parseAllDocuments(text).map((document) => {
      assert.deepEqual([...document.errors, ...document.warnings], []);
      return document.toJS() as { kind: string; metadata: { name: string; namespace?: string }; rules: object[] };
    });
    assert.deepEqual(
      documents.map(({ kind, metadata, rules }) => [kind, metadata.namespace, rules]),
      [
        [
          "Role",
          "123",
          [
            { apiGroups: [""], resources: ["secrets"], verbs: ["delete"] },
            { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
          ],
        ],
        [
          "ClusterRole",
          undefined,
          [{ apiGroups: [""], resources: ["namespaces"], resourceNames: ["kube-system"], verbs: ["get"] }],
        ],
      ],
    );
    for (const { metadata } of documents)
      assert.match(text, new RegExp(`^# kubectl --context edge .*role=${metadata.name} --user '<user>'$`, "m"));
    assert.ok(text.split("\n").length < 25, "it is short enough to print");
  });

  test("creates a namespace that the registration would create before its Role", () => {
    const text = roleManifest(missing, { access, namespaceToMake: "123" });
    assert.match(
      text,
      /^# A Role needs its namespace: .*namespace\.create to false\.\n# kubectl --context edge create namespace 123\n/,
    );
    assert.doesNotMatch(roleManifest(missing, { access }), /create namespace/);
  });

  test("has another name for other rules, so that it takes nothing from what was applied before", () => {
    const name = (rights: readonly NeededRight[]) => /name: (\S+)/.exec(roleManifest(rights, { access }))?.[1];
    assert.equal(name(missing), name([...missing]));
    assert.notEqual(name(missing), name(missing.slice(1)));
  });
});
