import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { anyOf, enumerate } from "../../../../components/base/text";
import { deleted } from "../preflight/remote/world";
import {
  absent,
  accepted,
  changeBy,
  createPlanWorld,
  noChangeBut,
  nothingThere,
  nothingToDo,
  type PlanWorld,
  previousCluster,
  rejected,
  short,
  thisCluster,
  withRelease,
} from "./example";

// The plan against states made by hand: that Pulumi then does what it says is for the end-to-end tests.

let world: PlanWorld;

before(async () => {
  world = await createPlanWorld();
});

const plan: PlanWorld["plan"] = (desired, current) => world.plan(desired, current);
const clientCertificate: PlanWorld["certificate"] = (verdict) => world.certificate(verdict);
const secret = "Secret gloo-mesh/relay-client-tls-secret";
const agent = "1.0.4 (image of Deployment gloo-mesh/enterprise-networking)";
const relay = "172.18.0.2:31179 (given as relay.serverAddress)";
const bootstraps = `~ client certificate: ${secret} does not exist; the agent bootstraps, with a temporary token`;
const facts = "agent 1.0.4 · relay 172.18.0.2:31179";

describe("a new registration", () => {
  const cluster = "+ KubernetesCluster cluster-2 on the management cluster";
  const agentLine = `+ agent ${agent} on the remote cluster, relay server ${relay}`;
  const namespace = "+ namespace gloo-mesh on the remote cluster";
  const root = () => `+ root CA ${short(world.oldRoot)} on the remote cluster`;
  const token = "+ bootstrap token on the remote cluster, until the client certificate is issued";
  const earlier = `- client certificate of an earlier registration in ${secret}; a new one is issued`;
  const registering = (...lines: readonly string[]) => [`register cluster-2 (new) · ${facts}`, ...lines];

  test("lists what is created, and where version and address come from", () => {
    assert.deepEqual(plan({}, nothingThere), registering(namespace, root(), token, cluster, agentLine));
  });

  test("says what is provided, and used as it is", () => {
    const provided = { installAgent: false, agentVersion: { value: "", source: "" } };
    const agentProvided = "agent on the remote cluster: provided, and proven as it is";
    const head = "register cluster-2 (new) · agent provided · relay 172.18.0.2:31179";
    assert.deepEqual(plan(provided, nothingThere), [head, namespace, root(), token, cluster, `  ${agentProvided}`]);
    const certificate = clientCertificate(accepted);
    const present = { ...nothingThere, ...certificate, agentPresent: true };
    assert.deepEqual(plan({ ...provided, createKubernetesCluster: false }, present), [
      head,
      namespace,
      root(),
      token,
      "  KubernetesCluster cluster-2 on the management cluster: provided, and used as it is",
      `  ${agentProvided}`,
    ]);
    assert.deepEqual(plan(provided, { ...present, agentPresent: false }).at(-1), earlier);
  });

  test("does not create a namespace that exists", () => {
    assert.deepEqual(
      plan({}, { ...nothingThere, namespacePresent: true }),
      registering(root(), token, cluster, agentLine),
    );
  });

  test("retains the token, or creates none where the user provides one", () => {
    assert.deepEqual(
      plan({ token: "retained" }, nothingThere),
      registering(namespace, root(), "+ bootstrap token on the remote cluster, retained", cluster, agentLine),
    );
    assert.deepEqual(plan({ token: "provided" }, nothingThere), registering(namespace, root(), cluster, agentLine));
  });

  test("removes the certificate of an earlier registration", () => {
    for (const verdict of [accepted, rejected("the certificate is for cluster-9")]) {
      assert.deepEqual(
        plan({}, { ...nothingThere, ...clientCertificate(verdict) }),
        registering(namespace, root(), token, cluster, agentLine, earlier),
      );
    }
  });

  test("with a certificate that the user provides waits for it, and copies neither root CA nor token", () => {
    const provided = { certificate: "provided", rootCertificate: "" } as const;
    const waits = `~ client certificate: ${secret} does not exist; you provide it, and the proof waits for it`;
    assert.deepEqual(plan(provided, nothingThere), registering(namespace, cluster, agentLine, waits));
    assert.deepEqual(
      plan(provided, { ...nothingThere, ...clientCertificate(accepted) }),
      registering(namespace, cluster, agentLine),
    );
  });

  test("without TLS says what that means, and copies neither root CA nor token", () => {
    assert.deepEqual(
      plan({ certificate: "none", tls: "none", rootCertificate: "" }, nothingThere),
      registering(
        namespace,
        cluster,
        agentLine,
        "  no TLS between agent and relay server: anyone can impersonate this cluster, and no Secret is copied",
      ),
    );
  });

  test("of the management cluster with itself copies nothing and removes nothing", () => {
    const rejectedCertificate = clientCertificate(rejected("the certificate is for hub"));
    for (const token of ["temporary", "provided"] as const) {
      assert.deepEqual(
        plan(
          { selfRegistration: true, rootCertificate: "", token },
          { ...nothingThere, namespacePresent: true, ...rejectedCertificate },
        ),
        registering(
          cluster,
          `+ agent ${agent} on the management cluster, which registers itself, relay server ${relay}`,
        ),
      );
    }
  });

  const made = () => [namespace, root(), token, cluster, agentLine];
  const other = (name: string) => [{ name, clusterIdentity: previousCluster, clusterDomain: "cluster.local" }];
  const another = `~ another cluster: ${previousCluster} was registered, the context leads to ${thisCluster}; this one is registered first, then the previous one is deregistered as far as its context still leads to it`;

  test("of another cluster under the name comes first, then the previous one is deregistered", () => {
    assert.deepEqual(plan({}, { ...nothingThere, registered: other("cluster-2") }), [
      `register cluster-2 (another cluster) · ${facts}`,
      another,
      ...made(),
    ]);
  });

  test("of another cluster under another name says both", () => {
    assert.deepEqual(plan({}, { ...nothingThere, registered: other("old") }), [
      `register cluster-2 (another cluster) (rename old → cluster-2) · ${facts}`,
      another,
      "~ rename old → cluster-2: the new registration is created first, the old name is removed at the end",
      ...made(),
    ]);
  });
});

describe("a registration without changes", () => {
  const unless = (names: string) => nothingToDo(`, unless ${names} has changed`);

  test("is one headline with version, address and the last day of the certificate", () => {
    assert.deepEqual(plan({}, {}), nothingToDo());
  });

  test("without TLS has no certificate", () => {
    assert.deepEqual(
      plan(
        { certificate: "none", tls: "none", rootCertificate: "" },
        { ...withRelease({ insecure: true }), rootFingerprints: undefined, ...clientCertificate(absent) },
      ),
      [`up to date: cluster-2 · ${facts} · no TLS`],
    );
  });

  test("may change where an argument is set whose previous value only Pulumi's state has", () => {
    const chartArguments = ["agent.chart", "agent.repository"];
    assert.deepEqual(plan({ reissue: "2027" }, {}), unless("clientCertificate.reissue"));
    assert.deepEqual(
      plan({ reissue: "2027", chartArguments }, {}),
      unless("clientCertificate.reissue, agent.chart or agent.repository"),
    );
    assert.deepEqual(
      plan({}, { namespaceLabel: "disabled" }),
      unless("namespace.disableIstioInjection"),
      "whether the label was added here is unknown",
    );
  });
});

describe("the client certificate", () => {
  for (const fault of [
    "the certificate expired on 2026-01-01T00:00:00.000Z",
    "the certificate is for cluster-9",
    "tls.key does not belong to tls.crt",
    "the Secret lacks tls.key",
    "the certificate was issued by another root CA than the relay's present one",
  ]) {
    test(`is replaced: ${fault}`, () => {
      assert.deepEqual(
        plan({}, clientCertificate(rejected(fault))),
        changeBy(`~ client certificate: ${secret}: ${fault}; the agent bootstraps again, with a temporary token`),
      );
    });
  }

  test("is issued when it is missing", () => {
    assert.deepEqual(plan({}, clientCertificate(absent)), [
      `change cluster-2 · client certificate: ${secret} does not exist; the agent bootstraps, with a temporary token`,
      bootstraps,
    ]);
  });

  test("is issued for the existing token where no temporary one is created", () => {
    const line = `~ client certificate: ${secret} does not exist; the agent bootstraps, with the existing token`;
    for (const token of ["retained", "provided"] as const)
      assert.deepEqual(plan({ token }, clientCertificate(absent)), changeBy(line));
    const self = { selfRegistration: true, rootCertificate: "" };
    assert.deepEqual(plan(self, { ...clientCertificate(absent), rootFingerprints: undefined }), changeBy(line));
  });

  test("that the user provides is awaited or renewed by the user, never bootstrapped", () => {
    const provided = { certificate: "provided", rootCertificate: "" } as const;
    const noRoot = { rootFingerprints: undefined };
    for (const [verdict, sentence] of [
      [rejected("the certificate expired on 2026-01-01"), `${secret}: the certificate expired on 2026-01-01`],
      [absent, `${secret} does not exist`],
    ] as const) {
      assert.deepEqual(
        plan(provided, { ...noRoot, ...clientCertificate(verdict) }),
        changeBy(`~ client certificate: ${sentence}; you provide it, and the proof waits for it`),
      );
    }
  });
});

describe("a rename", () => {
  const renamed = "~ rename old → cluster-2: the new registration is created first, the old name is removed at the end";
  const old = { name: "old", clusterIdentity: thisCluster, clusterDomain: "cluster.local" };

  test("makes the new registration first, and removes the old name at the end", () => {
    const oldName = { registered: [old], ...withRelease({ clusterName: "old" }) };
    assert.deepEqual(
      plan({}, { ...oldName, ...clientCertificate(rejected("the certificate is for old")) }),
      changeBy(
        renamed,
        `~ client certificate: ${secret}: the certificate is for old; the agent bootstraps again, with a temporary token`,
      ),
    );
  });

  test("is recognised by the agent's values alone", () => {
    assert.deepEqual(plan({}, { registered: [], ...withRelease({ clusterName: "old" }) }), changeBy(renamed));
  });

  test("that was interrupted before the old name was removed is resumed", () => {
    const registered = [old, ...world.healthy.current.registered];
    assert.deepEqual(plan({}, { registered }), changeBy("- previous name old on the management cluster"));
  });
});

test("the cluster domain changes in the KubernetesCluster", () => {
  assert.deepEqual(
    plan({ clusterDomain: "corp.local" }, {}),
    changeBy("~ cluster domain cluster.local → corp.local in KubernetesCluster cluster-2"),
  );
});

test("a registration that is to leave its cluster running says so, and one that is not any more", () => {
  const registered = world.healthy.current.registered.map((one) => ({ ...one, isLeftRunning: true }));
  const [deregisters, handsOver] = ["deregisters the cluster", "hands the cluster over and leaves it running"];
  assert.deepEqual(
    plan({ leaveRunning: true }, {}),
    changeBy(`~ after this run, the end of the registration ${handsOver}; before, it ${deregisters}`),
  );
  assert.deepEqual(
    plan({}, { registered }),
    changeBy(`~ after this run, the end of the registration ${deregisters}; before, it ${handsOver}`),
  );
  assert.deepEqual(plan({ leaveRunning: true }, { registered }), nothingToDo());
});

test("the namespace is labelled against sidecars, unless someone else made it and has set a value", () => {
  const created = { disableIstioInjection: true };
  const adopted = { ...created, createNamespace: false };
  const label = "~ label istio-injection=disabled on the namespace gloo-mesh";
  const added = "~ the namespace gloo-mesh lacks the label istio-injection=disabled; it is added";
  assert.deepEqual(plan(created, {}), changeBy(label));
  assert.deepEqual(plan(created, { namespaceLabel: "enabled" }), changeBy(label));
  assert.deepEqual(plan(adopted, {}), changeBy(added));
  assert.equal(plan(created, { ...nothingThere, namespacePresent: true }).at(-1), label);
  assert.equal(plan(adopted, { ...nothingThere, namespacePresent: true }).at(-1), added);
  for (const [desired, namespaceLabel] of [
    [created, "disabled"],
    [adopted, "disabled"],
    [adopted, "enabled"],
  ] as const) {
    assert.deepEqual(plan(desired, { namespaceLabel }), nothingToDo());
  }
});

describe("objects that do not exist", () => {
  const kubernetesCluster =
    "  someone else deleted the KubernetesCluster gloo-mesh/cluster-2; only `pulumi up --refresh` restores it";
  const rootSecret =
    "  someone else deleted the Secret gloo-mesh/relay-root-tls-secret; only `pulumi up --refresh` restores it";
  const missing = (names: string) =>
    `  missing: ${names}; an interrupted run resumes by itself, and \`pulumi up --refresh\` restores what someone else deleted`;
  test("as a release that someone else uninstalled with its history kept: it is installed again", () => {
    assert.deepEqual(plan({}, { release: undefined, uninstalled: "enterprise-agent" }).slice(1), [
      `+ agent ${agent}, relay server ${relay}: someone else uninstalled the Helm release enterprise-agent and kept its history; it is installed again`,
    ]);
  });

  const installed = `+ agent ${agent}, relay server ${relay}: the agent's Helm release is not installed; after a deletion by someone else only \`pulumi up --refresh\` restores it`;

  test("and that someone else deleted: only a refresh restores them, so that nothing changes", () => {
    assert.deepEqual(plan({}, { registered: [], missing: [deleted.kubernetesCluster] }), [
      "up to date: cluster-2 · someone else deleted the KubernetesCluster gloo-mesh/cluster-2; only `pulumi up --refresh` restores it",
      kubernetesCluster,
    ]);
    const both = [deleted.kubernetesCluster, deleted.rootCertificate];
    assert.deepEqual(
      plan({}, { registered: [], rootFingerprints: undefined, missing: both }),
      noChangeBut(kubernetesCluster, rootSecret),
    );
  });

  test("the agent's release among them, which a plain up does not install", () => {
    assert.deepEqual(
      plan({}, { release: undefined, missing: [deleted.release] }),
      noChangeBut("  someone else deleted the Helm release enterprise-agent; only `pulumi up --refresh` restores it"),
    );
  });

  test("after an interrupted run: the next one resumes, and installs the agent", () => {
    const { registered } = world.healthy.current;
    assert.deepEqual(plan({}, { release: undefined, ...clientCertificate(absent) }), changeBy(installed, bootstraps));
    assert.deepEqual(
      plan({}, { ...nothingThere, namespacePresent: true, registered }),
      changeBy(missing("root CA Secret"), installed, bootstraps),
    );
    assert.deepEqual(
      plan({}, { release: undefined, registered: [], ...clientCertificate(absent) }),
      changeBy(missing("KubernetesCluster cluster-2"), installed, bootstraps),
    );
  });

  test("with the namespace: a first run that was interrupted is as likely, and resumes by itself", () => {
    const { registered } = world.healthy.current;
    assert.deepEqual(
      plan({}, { ...nothingThere, registered, missing: [deleted.namespace] }),
      changeBy(missing("namespace gloo-mesh and root CA Secret"), installed, bootstraps),
    );
  });
});

test("a token that an earlier run left is removed, unless it is needed", () => {
  const left = { temporaryTokenPresent: true };
  assert.deepEqual(
    plan({}, left),
    changeBy("- an earlier run left the bootstrap token on the remote cluster; it is removed"),
  );
  assert.deepEqual(plan({}, { ...left, ...clientCertificate(absent) }), changeBy(bootstraps));
  assert.deepEqual(plan({ token: "retained" }, left), nothingToDo());
});

test("the headline counts the further lines, of which one that changes something makes the plan a change", () => {
  const current = { temporaryTokenPresent: true, registered: [], missing: [deleted.kubernetesCluster] };
  assert.deepEqual(plan({ disableIstioInjection: true }, current), [
    "change cluster-2 · someone else deleted the KubernetesCluster gloo-mesh/cluster-2; only `pulumi up --refresh` restores it (and 2 more)",
    "  someone else deleted the KubernetesCluster gloo-mesh/cluster-2; only `pulumi up --refresh` restores it",
    "~ label istio-injection=disabled on the namespace gloo-mesh",
    "- an earlier run left the bootstrap token on the remote cluster; it is removed",
  ]);
});

test("names are listed as in a sentence", () => {
  const lists = [[], ["a"], ["a", "b"], ["a", "b", "c"]];
  assert.deepEqual(lists.map(enumerate), ["", "a", "a and b", "a, b and c"]);
  assert.deepEqual(lists.map(anyOf), ["", "a", "a or b", "a, b or c"]);
});
