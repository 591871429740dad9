import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { parseAllDocuments } from "yaml";
import type { PlainArguments } from "../../../../../components/glooMesh/modes";
import type { Finding } from "../../../../../components/preflight/findings/finding";
import { checkRights } from "../../../../../components/preflight/rights/checkRights";
import {
  managementRights,
  type NeededRight,
  remoteRights,
} from "../../../../../components/preflight/rights/neededRights";
import { roleManifest } from "../../../../../components/preflight/rights/roleManifest";
import { type FakeKubeApi, status } from "../../../../support/fakeKubeApi";
import { requestFor } from "../../../../support/preflightRequest";
import { startApi } from "../remote/world";

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
  const onHub = (...args: Parameters<typeof requestFor>) => told(managementRights(requestFor(...args)));
  const given = { relay: { serverAddress: "hub:9900" }, agent: { version: "1.0.4" } };

  test("on the hub, with address and version as arguments", () => {
    assert.deepEqual(onHub(given), [
      "namespaces kube-system get",
      "secrets relay-root-tls-secret in gloo-mesh get",
      "secrets relay-identity-token-secret in gloo-mesh get",
      "kubernetesclusters in gloo-mesh get,list,watch,create,patch,delete",
    ]);
  });

  test("on the hub: no Secret is read that is provided, and more where more is looked up", () => {
    assert.deepEqual(onHub({ identity: "provided-certificate" }).slice(1), [
      "kubernetesclusters in gloo-mesh get,list,watch,create,patch,delete",
      "services enterprise-networking in gloo-mesh get",
      "deployments enterprise-networking in gloo-mesh get",
    ]);
    assert.deepEqual(onHub({ ...given, relay: { ingress: {} } }).slice(4), [
      "services istio-ingressgateway in istio-system get",
      "nodes list",
    ]);
    assert.deepEqual(told(managementRights({ ...requestFor(given), connected: true })).slice(4), [
      "services/proxy enterprise-networking:9091 in gloo-mesh get",
    ]);
  });

  test("for 2.x: other names, CRDs that Helm changes, and the metrics of every pod", () => {
    const request = requestFor({ generation: "2.x" });
    assert.deepEqual(told(managementRights({ ...request, connected: true })).slice(3), [
      "kubernetesclusters in gloo-mesh get,list,watch,create,patch,delete",
      "services gloo-mesh-mgmt-server in gloo-mesh get",
      "deployments gloo-mesh-mgmt-server in gloo-mesh get",
      "pods in gloo-mesh list",
      "pods/proxy in gloo-mesh get",
    ]);
    const crds = (...args: Parameters<typeof requestFor>) =>
      told(remoteRights(requestFor(...args))).filter((right) => right.startsWith("customresource"));
    assert.deepEqual(crds({ generation: "2.x" }), ["customresourcedefinitions get,list,create,patch"]);
    assert.deepEqual(crds({ generation: "2.x", crds: { install: false } }), []);
  });

  test("on the remote cluster, by default", () => {
    assert.deepEqual(told(remoteRights(requestFor())), [
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
    const adopted = told(remoteRights(requestFor({ namespace: { create: false }, agent: { skipCrds: true } })));
    assert.ok(adopted.includes("namespaces gloo-mesh get"));
    assert.ok(!adopted.some((right) => /^(namespaces .*create|customresource)/.test(right)));
    const labelled = told(remoteRights(requestFor({ namespace: { create: false, disableIstioInjection: true } })));
    assert.ok(labelled.includes("namespaces gloo-mesh get,patch"));
  });

  test("on the remote cluster: Secrets elsewhere, by what is done with them", () => {
    const elsewhere = ({ identity, provided = false }: Pick<PlainArguments, "identity"> & { provided?: boolean }) =>
      told(
        remoteRights(
          requestFor({
            identity,
            rootCertificate: { secret: { name: "root", namespace: "pki" }, provided },
            token: { secret: { name: "token", namespace: "pki" } },
            clientCertificate: { secret: { name: "client", namespace: "certs" } },
          }),
        ),
      ).filter((right) => /in (pki|certs) /.test(right));
    const ofAgent = ["secrets client in certs get,delete", "secrets in certs list,watch"];
    assert.deepEqual(elsewhere({}), [
      "secrets root in pki get,patch,delete",
      "secrets in pki list,watch,create",
      "secrets token in pki get,update,delete",
      ...ofAgent,
    ]);
    assert.deepEqual(elsewhere({ identity: "provided-token", provided: true }), [
      "secrets root in pki get",
      "secrets token in pki get",
      ...ofAgent,
    ]);
    assert.deepEqual(elsewhere({ identity: "provided-certificate" }), [
      "secrets client in certs get",
      "secrets in certs list,watch",
    ]);
    assert.deepEqual(elsewhere({ identity: "none" }), []);
  });
});

type Attributes = Parameters<FakeKubeApi["allows"]>[0];

async function ask(
  context: TestContext,
  needs: readonly NeededRight[],
  allows: (attributes: Attributes) => boolean,
): Promise<{ readonly finding: Finding | undefined; readonly manifest: string; readonly asked: Attributes[] }> {
  const { api, client } = await startApi(context);
  const asked: Attributes[] = [];
  api.allows = (attributes) => {
    asked.push(attributes);
    return allows(attributes);
  };
  const manifests: string[] = [];
  const finding = await checkRights(client, needs, (manifest) => manifests.push(manifest));
  assert.deepEqual(api.writes, []);
  return { finding, manifest: manifests.join(), asked };
}

const isEverything = ({ group, resource, verb }: Attributes) => group === "*" && resource === "*" && verb === "*";

describe("GMR116: the API server is asked for rights", () => {
  test("an administrator is known by one question", async (context) => {
    const { finding, manifest, asked } = await ask(context, remoteRights(requestFor()), isEverything);
    assert.deepEqual([finding, manifest, asked.length], [undefined, "", 1]);
  });

  test("others are asked verb by verb; with all of them nothing is found", async (context) => {
    const needs = remoteRights(requestFor());
    const { finding, manifest, asked } = await ask(context, needs, (one) => !isEverything(one));
    assert.deepEqual([finding, manifest], [undefined, ""]);
    assert.equal(asked.length, 1 + needs.flatMap(({ verbs }) => verbs).length);
  });

  test("the questions are those that the API server would ask itself", async (context) => {
    const { asked } = await ask(context, remoteRights(requestFor()), (one) => !isEverything(one));
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
    const { finding, manifest } = await ask(context, remoteRights(requestFor()), allows);
    assert.deepEqual([finding?.code, finding?.severity], ["GMR116", "error"]);
    assert.equal(
      finding?.what,
      "Rights are missing: delete secrets in gloo-mesh; get, create, patch, delete, escalate, bind clusterroles.rbac.authorization.k8s.io",
    );
    assert.match(manifest, / --context remote -n gloo-mesh create rolebinding .* --user '<user>'$/m);
    assert.match(manifest, /resources: \[secrets\], verbs: \[delete\]/);
    assert.match(
      finding?.cause ?? "",
      /escalate and bind are for the ClusterRole of the agent's chart: a user who holds all the rights in it needs neither$/,
    );
  });

  test("missing alone, escalate and bind are a warning: who holds the rights of the chart's ClusterRole needs neither", async (context) => {
    const allows = (one: Attributes) => !isEverything(one) && !["escalate", "bind"].includes(String(one["verb"]));
    const { finding, manifest } = await ask(context, remoteRights(requestFor()), allows);
    assert.deepEqual(
      [finding?.code, finding?.severity, finding?.what],
      ["GMR116", "warning", "Rights may be missing: escalate, bind clusterroles.rbac.authorization.k8s.io"],
    );
    assert.match(manifest, /verbs: \[escalate, bind\]/);
  });

  test("manifests for two clusters can be told one after the other: each says for which it is, and begins a document", async (context) => {
    const { manifest } = await ask(context, remoteRights(requestFor()), () => false);
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
      const finding = await checkRights(client, remoteRights(requestFor()), assert.fail);
      assert.equal(finding, undefined);
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
    const text = roleManifest(missing, access);
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
    const text = roleManifest(missing, access, "123");
    assert.match(
      text,
      /^# A Role needs its namespace: .*namespace\.create to false\.\n# kubectl --context edge create namespace 123\n/,
    );
    assert.doesNotMatch(roleManifest(missing, access), /create namespace/);
  });

  test("has another name for other rules, so that it takes nothing from what was applied before", () => {
    const name = (rights: readonly NeededRight[]) => /name: (\S+)/.exec(roleManifest(rights, access))?.[1];
    assert.equal(name(missing), name([...missing]));
    assert.notEqual(name(missing), name(missing.slice(1)));
  });
});
