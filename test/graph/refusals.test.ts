import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { createClientSecretData, createHubCertificates } from "../sandbox/relay";
import { type FakeKubeApi, secret, status } from "../support/fakeKubeApi";
import { helmRevision, revisionName } from "../support/remoteObjects";
import { type ProgramResult, runProgram, type Scenario } from "./scenario";
import { relayRoot, startApi, startHub, token } from "./world";

// Everything that stops a registration before its first resource: with its code, and several at once.

const ns = "/api/v1/namespaces/gloo-mesh";
const other = { "gloo-mesh-relay-registration/registration": "other/stack/cluster-9" };
const own = { "gloo-mesh-relay-registration/registration": "project/stack/cluster-2" };

interface World {
  readonly hub: FakeKubeApi;
  readonly remote: FakeKubeApi;
  run(args?: object, changes?: Partial<Scenario>): Promise<ProgramResult>;
  /** Runs, and gives the codes of the problems; makes sure that nothing of the registration was declared. */
  codes(args?: object, changes?: Partial<Scenario>): Promise<string[]>;
}

async function world(context: TestContext): Promise<World> {
  const hub = await startHub(context);
  const remote = await startApi(context, "remote");
  const run = (args: object = {}, changes: Partial<Scenario> = {}) =>
    runProgram({
      clusters: { management: hub.access, remote: remote.access },
      registrations: { "cluster-2": { management: "management", remote: "remote", args } },
      ...changes,
    });
  const codes = async (args: object = {}, changes: Partial<Scenario> = {}) => {
    const result = await run(args, changes);
    assert.deepEqual(
      result.resources.filter(({ parent }) => parent === "cluster-2").map(({ name }) => name),
      [],
    );
    assert.deepEqual(result.outputs, {});
    for (const hidden of [token, hub.bearer, remote.bearer]) assert.ok(!JSON.stringify(result).includes(hidden));
    return codesIn(result);
  };
  return { hub, remote, run, codes };
}

function codesIn({ errors }: ProgramResult): string[] {
  const lines = errors.flatMap((error) => error.split("\n"));
  assert.ok(lines.length > 0, "there was no error");
  for (const line of lines) assert.match(line, /^GMR\d{3} .+ — .+ — .+/, "an error that is not told as a problem");
  return [...new Set(lines.map((line) => line.slice(0, 6)))].sort();
}

test("an older Node.js is refused in one line with the next step, before any cluster is asked", async (context) => {
  const { hub, remote, run } = await world(context);
  const { errors } = await run({}, { nodeVersion: "20.20.2" });
  assert.deepEqual(errors, ["Node.js 20.20.2 is too old: install 22.19 or newer, and put it first on PATH"]);
  assert.deepEqual([hub.requests, remote.requests], [[], []]);
});

describe("arguments", () => {
  test("wrong values are told all at once, before any object is looked up", async (context) => {
    const { hub, remote, codes } = await world(context);
    const args = {
      clusterName: "cluster_2",
      relay: { serverAddress: ":9900" },
      agent: { version: "latest" },
      proof: { timeoutSeconds: 0 },
    };
    assert.deepEqual(await codes(args), ["GMR001", "GMR002", "GMR003", "GMR007"]);
    assert.deepEqual([hub.count("get", "secret"), remote.count("list", "secrets")], [0, 0]);
  });

  for (const passProvider of ["provider", "providers"] as const) {
    test(`GMR005: a Kubernetes provider in opts.${passProvider}`, async (context) => {
      const { codes } = await world(context);
      const registrations = { "cluster-2": { management: "management", remote: "remote", passProvider } };
      assert.deepEqual(await codes({}, { registrations }), ["GMR005"]);
    });
  }

  test("GMR001: a resource's name that is no DNS label, with the argument that gives another", async (context) => {
    const { run } = await world(context);
    const { errors } = await run({}, { registrations: { Cluster_2: { management: "management", remote: "remote" } } });
    assert.match(
      errors.join("\n"),
      /^GMR001 The cluster name "Cluster_2" cannot be used — \[clusterName\] — it holds an underscore — set \[clusterName\]/,
    );
  });

  for (const [what, cluster] of [
    ["left out", undefined],
    ["null", null],
    ["a context", "remote-1"],
  ] as const) {
    test(`GMR013: a cluster that is ${what}, which would else mean the current context`, async (context) => {
      const { hub, run } = await world(context);
      const registrations = {
        "cluster-2": { management: "management", remote: cluster === undefined ? undefined : { $cluster: cluster } },
      };
      const { errors } = await run({}, { registrations });
      assert.match(errors.join("\n"), /^GMR013 The value of remote is not a ClusterConnection/);
      assert.equal(hub.count("get", "secret"), 0);
    });
  }

  test("GMR012, GMR013: an identity that does not exist, or of another kind", async (context) => {
    const { codes } = await world(context);
    assert.deepEqual(await codes({ identity: "token" }), ["GMR012"]);
    assert.deepEqual(await codes({ identity: true }), ["GMR013"]);
  });

  test("GMR008: selfRegistration together with what it excludes", async (context) => {
    const { codes } = await world(context);
    assert.deepEqual(await codes({ selfRegistration: true, identity: "retained-token", namespace: { create: true } }), [
      "GMR008",
    ]);
  });

  test("the mistake of one registration is an error on it, and the others are declared", async (context) => {
    const { hub, remote, run } = await world(context);
    const second = await startApi(context, "second");
    const result = await run(
      {},
      {
        clusters: { management: hub.access, remote: remote.access, second: second.access },
        registrations: {
          "cluster-2": {
            management: "management",
            remote: "remote",
            args: { identity: "none", rootCertificate: { provided: true } },
          },
          "cluster-3": { management: "management", remote: "second" },
        },
      },
    );
    assert.deepEqual(codesIn(result), ["GMR008"]);
    assert.deepEqual(Object.keys(result.outputs), ["cluster-3"]);
    assert.deepEqual(
      result.resources.filter(({ parent }) => parent === "cluster-2").map(({ name }) => name),
      [],
    );
    // Nothing of a registration that cannot be is looked up.
    assert.equal(remote.count("list", "secrets"), 0);
  });

  test("GMR008: an agent that stays with whoever installs it is not taken over", async (context) => {
    const { codes } = await world(context);
    assert.deepEqual(await codes({ agent: { provided: true }, takeOver: true }), ["GMR008"]);
  });

  test("GMR008: a certificate that is not issued here is not issued anew", async (context) => {
    const { codes } = await world(context);
    const reissue = "2027";
    for (const args of [
      { selfRegistration: true, clientCertificate: { reissue } },
      { identity: "provided-certificate", clientCertificate: { reissue } },
      { identity: "none", clientCertificate: { reissue } },
    ])
      assert.deepEqual(await codes(args), ["GMR008"]);
  });
});

describe("the management cluster", () => {
  test("GMR201: without the namespace of Gloo Mesh", async (context) => {
    const { codes } = await world(context);
    assert.deepEqual(await codes({ managementNamespace: "elsewhere" }), ["GMR201"]);
  });

  test("GMR202, GMR205, GMR207, GMR303: an unfinished hub and a foreign namespace are told at once", async (context) => {
    const { hub, remote, codes } = await world(context);
    hub.store.remove(`${ns}/secrets/relay-root-tls-secret`);
    hub.store.remove(`${ns}/secrets/relay-identity-token-secret`);
    hub.unknownKinds.add("kubernetesclusters");
    remote.store.put(ns, { kind: "Namespace" });
    assert.deepEqual(await codes(), ["GMR202", "GMR205", "GMR207", "GMR303"]);
  });

  test("GMR202, GMR205: missing Secrets are told to a user who may not look at the namespace", async (context) => {
    const { hub, codes } = await world(context);
    hub.store.remove(`${ns}/secrets/relay-root-tls-secret`);
    hub.store.remove(`${ns}/secrets/relay-identity-token-secret`);
    hub.intervene = ({ path }) => (path === ns ? status(403, "Forbidden", path) : undefined);
    assert.deepEqual(await codes(), ["GMR202", "GMR205"]);
  });

  test("GMR203, GMR206, GMR208: empty Secrets and a name that is taken", async (context) => {
    const { hub, codes } = await world(context);
    hub.store.put(`${ns}/secrets/relay-root-tls-secret`, secret({ "tls.key": "x" }));
    hub.store.put(`${ns}/secrets/relay-identity-token-secret`, secret({ token: " \n" }));
    const cluster = "/apis/multicluster.solo.io/v1alpha1/namespaces/gloo-mesh/kubernetesclusters/cluster-2";
    hub.store.put(cluster, { metadata: { annotations: other } });
    assert.deepEqual(await codes(), ["GMR203", "GMR206", "GMR208"]);
  });

  test("GMR204: a root CA that is none, and its private key is not told", async (context) => {
    const { hub, codes, run } = await world(context);
    const root = await relayRoot();
    hub.store.put(`${ns}/secrets/relay-root-tls-secret`, secret({ "ca.crt": root.privateKeyPem() }));
    assert.deepEqual(await codes(), ["GMR204"]);
    assert.ok(!JSON.stringify(await run()).includes("PRIVATE KEY"));
  });

  test("a private key beside the certificate in ca.crt is not copied", async (context) => {
    const { hub, run } = await world(context);
    const root = await relayRoot();
    hub.store.put(
      `${ns}/secrets/relay-root-tls-secret`,
      secret({ "ca.crt": root.certificatePem + root.privateKeyPem() }),
    );
    const result = await run();
    const copied = result.resources.map(({ inputs }) => JSON.stringify(inputs)).join();
    const decoded = copied.replace(/[A-Za-z0-9+/=]{60,}/g, (text) => Buffer.from(text, "base64").toString());
    assert.ok(!copied.includes("PRIVATE KEY") && !decoded.includes("PRIVATE KEY"));
  });
});

describe("the remote cluster", () => {
  test("GMR301: it is the management cluster by another context", async (context) => {
    const { hub, codes } = await world(context);
    assert.deepEqual(await codes({}, { clusters: { management: hub.access, remote: hub.access } }), ["GMR301"]);
  });

  test("GMR302: it is another one although selfRegistration is set", async (context) => {
    const { codes } = await world(context);
    assert.deepEqual(await codes({ selfRegistration: true }), ["GMR302"]);
  });

  test("GMR304, GMR305: unowned objects are reported at once, with commands for the remote cluster alone", async (context) => {
    const { remote, run, codes } = await world(context);
    remote.store.put(ns, { kind: "Namespace" });
    remote.store.put(`${ns}/secrets/relay-root-tls-secret`, secret({ "ca.crt": "x" }));
    remote.store.put(`${ns}/secrets/relay-identity-token-secret`, secret({ token: "theirs" }, other));
    remote.store.put(`${ns}/secrets/${revisionName(1)}`, helmRevision({ status: "deployed" }));
    const args = { namespace: { create: false } };
    assert.deepEqual(await codes(args), ["GMR304", "GMR305"]);
    const [error = ""] = (await run(args)).errors;
    assert.match(
      error,
      /relay-root-tls-secret — it carries no mark.* --context remote -n gloo-mesh delete secret relay-root-tls-secret$/m,
    );
    assert.match(
      error,
      /relay-identity-token-secret — it belongs to the registration other\/stack\/cluster-9 — if it is this registration, .* add to its resource options aliases: /,
    );
    assert.match(
      error,
      /installed with helm or meshctl.* --kube-context remote -n gloo-mesh uninstall enterprise-agent$/m,
    );
  });

  test("GMR306: the namespace to adopt is not there", async (context) => {
    const { codes } = await world(context);
    assert.deepEqual(await codes({ namespace: { name: "agents", create: false } }), ["GMR306"]);
  });

  test("GMR307: the registration made the namespace, and would now delete it by no longer declaring it", async (context) => {
    const { remote, run, codes } = await world(context);
    remote.store.put(ns, { kind: "Namespace", metadata: { annotations: own } });
    assert.deepEqual(await codes({ namespace: { create: false } }), ["GMR307"]);
    remote.store.put(ns, { kind: "Namespace", metadata: { annotations: other } });
    assert.deepEqual((await run({ namespace: { create: false } })).errors, []);
  });

  test("GMR309: the namespace is still being deleted", async (context) => {
    const { remote, codes } = await world(context);
    const metadata = { annotations: own, deletionTimestamp: "2026-01-01T00:00:00Z" };
    remote.store.put(ns, { kind: "Namespace", metadata });
    assert.deepEqual(await codes(), ["GMR309"]);
  });

  test("GMR008: the agent of a self-registration is to be in another namespace than the hub", async (context) => {
    const { hub, codes } = await world(context);
    const args = { selfRegistration: true, namespace: { name: "agents" } };
    assert.deepEqual(await codes(args, { clusters: { management: hub.access, remote: hub.access } }), ["GMR008"]);
  });

  test("what this registration made is no obstacle, nor what it made under a former name", async (context) => {
    const { hub, remote, run } = await world(context);
    remote.store.put(ns, { kind: "Namespace", metadata: { annotations: own } });
    remote.store.put(`${ns}/secrets/relay-root-tls-secret`, secret({ "ca.crt": "x" }, own));
    const mark = "project/stack/cluster-2";
    remote.store.put(`${ns}/secrets/${revisionName(1)}`, helmRevision({ status: "deployed", mark, recorded: true }));
    assert.deepEqual((await run()).errors, []);
    const registrations = {
      renamed: {
        management: "management",
        remote: "remote",
        args: { clusterName: "cluster-2" },
        aliases: ["cluster-2"],
      },
    };
    const clusters = { management: hub.access, remote: remote.access };
    assert.deepEqual((await runProgram({ clusters, registrations })).errors, []);
  });

  test("a client certificate of an earlier registration is a warning and stops nothing", async (context) => {
    const { remote, run } = await world(context);
    const data = await createClientSecretData(await createHubCertificates(), { clusterName: "earlier" });
    remote.store.put(ns, { kind: "Namespace" });
    remote.store.put(`${ns}/secrets/relay-client-tls-secret`, secret({ ...data }));
    const result = await run({ namespace: { create: false } });
    assert.deepEqual(result.errors, []);
    // The vendor's chart on a present Kubernetes is the other one.
    assert.deepEqual(result.warnings.map((warning) => warning.slice(0, 6)).sort(), ["GMR120", "GMR311"]);
    assert.match(
      result.warnings.find((one) => one.startsWith("GMR311")) ?? "",
      /earlier registration.*\(for earlier, valid until/,
    );
  });
});

describe("where a problem is shown", () => {
  const recovers = { preview: true, ends: "with its outputs" } as const;

  test("on its registration, without a stack trace, also when the program's outputs outlive it", async (context) => {
    const { run } = await world(context);
    // The hub has no Service and no Deployment to read them from.
    const { booked } = await run({ relay: {}, agent: {} }, recovers);
    assert.deepEqual(
      booked.map(({ resource }) => resource),
      ["cluster-2"],
    );
    // In the order in which the hub has answered, and with nothing else.
    const lines = (booked[0]?.text ?? "").split("\n");
    assert.deepEqual(lines.map((line) => line.slice(0, 6)).sort(), ["GMR221", "GMR224"]);
  });

  test("on each registration that has one", async (context) => {
    const { hub, remote, run } = await world(context);
    const second = await startApi(context, "second");
    const { booked } = await run(
      {},
      {
        ...recovers,
        clusters: { management: hub.access, remote: remote.access, second: second.access },
        registrations: {
          "cluster-2": { management: "management", remote: "remote", args: { relay: {} } },
          "cluster-3": { management: "management", remote: "second", args: { relay: {}, agent: {} } },
          "cluster-4": {
            management: "management",
            remote: "second",
            args: { identity: "provided-token", token: { source: { name: "a" } } },
          },
        },
      },
    );
    const codes = (text: string) => [...text.matchAll(/^GMR\d{3}/gm)].map(([code]) => code).sort();
    assert.deepEqual(booked.map(({ resource, text }) => [resource, ...codes(text)]).sort(), [
      ["cluster-2", "GMR221"],
      ["cluster-3", "GMR221", "GMR224"],
      ["cluster-4", "GMR008"],
    ]);
  });

  test("on the cluster that cannot be reached", async (context) => {
    const { remote, run } = await world(context);
    remote.intervene = () => "close";
    const { booked } = await run({}, recovers);
    assert.deepEqual(
      booked.map(({ resource, text }) => [resource, text.slice(0, 6)]),
      [["remote", "GMR118"]],
    );
  });

  test("without a stack trace even after the end of a program that waits for no output", async (context) => {
    const { run } = await world(context);
    const { booked } = await run({ relay: {} }, { preview: true, ends: "at once" });
    assert.ok(booked.length > 0);
    for (const { text } of booked) assert.doesNotMatch(text, /\n\s+at /);
  });
});

describe("clusters that cannot be used", () => {
  const interventions: Readonly<Record<string, [string, FakeKubeApi["intervene"]]>> = {
    "GMR115: credentials are rejected": ["GMR115", () => status(401, "Unauthorized")],
    "GMR116: rights are missing": ["GMR116", () => status(403, "Forbidden", "x")],
    "GMR117: the API server is ill": ["GMR117", () => status(500, "InternalError")],
    "GMR118: the connection is closed": ["GMR118", () => "close"],
    "GMR113: there is no answer": ["GMR113", () => "hang"],
    "a web page in place of an API server is told with a code": [
      "GMR117",
      () => ({ status: 200, body: "<html>login</html>" }),
    ],
    "JSON that is no object of Kubernetes is told with a code": ["GMR117", () => ({ status: 200, body: "null" })],
    "a server that knows no path is told with a code": ["GMR117", () => ({ status: 404, body: "404 page not found" })],
  };
  for (const [name, [code, intervene]] of Object.entries(interventions)) {
    test(name, async (context) => {
      const { remote, codes } = await world(context);
      remote.intervene = intervene;
      assert.deepEqual(await codes(), [code]);
    });
  }

  test("GMR112: nothing listens there", async (context) => {
    const { hub, codes } = await world(context);
    const gone = await startApi(context, "gone");
    const clusters = { management: hub.access, remote: gone.access };
    gone.intervene = () => "close";
    const content = (await import("node:fs")).readFileSync(gone.kubeconfig, "utf8");
    await gone.stop();
    assert.deepEqual(await codes({}, { clusters: { ...clusters, remote: { kubeconfig: content, context: "gone" } } }), [
      "GMR112",
    ]);
  });

  test("GMR101, GMR103: no such file, no such context; the trouble of both clusters is told", async (context) => {
    const { hub, codes } = await world(context);
    const clusters = {
      management: { kubeconfig: "/nowhere/kubeconfig", context: "management" },
      remote: { ...hub.access, context: "no-such" },
    };
    assert.deepEqual(await codes({}, { clusters }), ["GMR101", "GMR103"]);
  });

  test("GMR116: a missing right shows beside the other problems of the hub", async (context) => {
    const { hub, remote, codes } = await world(context);
    hub.intervene = ({ path }) => (path.endsWith("relay-root-tls-secret") ? status(403, "Forbidden", path) : undefined);
    hub.store.remove(`${ns}/secrets/relay-identity-token-secret`);
    remote.store.put(ns, { kind: "Namespace" });
    assert.deepEqual(await codes(), ["GMR116", "GMR205", "GMR303"]);
  });
});

describe("two registrations of one program", () => {
  const twice = async (context: TestContext, second: { remote?: string; args?: object }) => {
    const { hub, remote, run } = await world(context);
    const another = await startApi(context, "another");
    const { errors, resources } = await run(
      {},
      {
        clusters: { management: hub.access, remote: remote.access, another: another.access },
        registrations: {
          "cluster-2": { management: "management", remote: "remote" },
          "cluster-3": { management: "management", remote: "another", ...second },
        },
      },
    );
    const declared = new Set(resources.map(({ parent }) => parent).filter((parent) => parent?.startsWith("cluster-")));
    return { errors, declared: declared.size };
  };

  test("GMR316: want one cluster name", async (context) => {
    const { errors, declared } = await twice(context, { args: { clusterName: "cluster-2" } });
    assert.equal(errors.length, 1);
    assert.match(
      errors[0] ?? "",
      /^GMR316 Two registrations of this program want the cluster name cluster-2: cluster-[23] and cluster-[23] — \[clusterName\] — /,
    );
    assert.equal(declared, 1, "nothing of the second is declared");
  });

  test("GMR316: want one cluster", async (context) => {
    const { errors, declared } = await twice(context, { remote: "remote" });
    assert.equal(errors.length, 1);
    assert.match(
      errors[0] ?? "",
      /^GMR316 .* want the same cluster: cluster-[23] and cluster-[23] — \[remote\] — .*kube-system UID/,
    );
    assert.equal(declared, 1);
  });

  test("want names and clusters of their own", async (context) => {
    const { errors, declared } = await twice(context, {});
    assert.deepEqual(errors, []);
    assert.equal(declared, 2);
  });
});
