import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import { enumerate } from "../../../../components/base/text";
import { fingerprintsOf } from "../../../../components/certificates/x509";
import type { CurrentState, InstalledRelease } from "../../../../components/plan/currentState";
import type { DesiredState } from "../../../../components/plan/desiredState";
import { compareFingerprints } from "../../../../components/plan/fingerprints";
import { describeDeregistrations, describePlan } from "../../../../components/plan/plan";
import { undeclaredClusters } from "../../../../components/plan/undeclared";
import { createRootAuthority } from "../../../sandbox/relay";
import {
  absent,
  accepted,
  formerCluster,
  nothingThere,
  registered,
  rejected,
  release,
  short,
  thisCluster,
  validUntil,
} from "./example";

// The words against situations made by hand: that Pulumi then does what they say is for the end-to-end tests.

let oldRoot: string;
let newRoot: string;
let stands: ReturnType<typeof registered>;

before(async () => {
  [oldRoot = "", newRoot = ""] = (await Promise.all([createRootAuthority(), createRootAuthority()])).map(
    ({ certificatePem }) => certificatePem,
  );
  stands = registered(oldRoot);
});

const plan = (wanted: Partial<DesiredState>, situation: Partial<CurrentState>) =>
  describePlan({ ...stands.wanted, ...wanted }, { ...stands.situation, ...situation });
const withRelease = (changes: Partial<InstalledRelease>) => ({ release: { ...release, ...changes } });
const certificate = (
  verdict: CurrentState["certificate"]["verdict"],
  authorities: readonly string[] = fingerprintsOf(oldRoot),
) => ({ certificate: { secret: "gloo-mesh/relay-client-tls-secret", verdict, authorities } });
const source = "image of Deployment gloo-mesh/enterprise-networking";
const address = "172.18.0.2:31179 (given as relay.serverAddress)";
const inSecret = "Client certificate in Secret gloo-mesh/relay-client-tls-secret";

describe("a fresh registration", () => {
  test("says what is made, and where version and address come from", () => {
    assert.deepEqual(plan({}, nothingThere), [
      "Fresh: cluster-2 is not registered yet.",
      `Made on the remote cluster: namespace gloo-mesh, root CA ${short(oldRoot)}, the agent and a bootstrap token until the client certificate is there; on the management cluster: KubernetesCluster cluster-2.`,
      `Agent version 1.0.4 (${source}), relay server at ${address}.`,
    ]);
  });

  test("in a namespace that is there does not make it", () => {
    const lines = plan({}, { ...nothingThere, namespacePresent: true });
    assert.match(lines[1] ?? "", /^Made on the remote cluster: root CA /);
  });

  test("with a retained or an own token says so", () => {
    assert.match(plan({ token: "retained" }, nothingThere).join("\n"), /the agent and a bootstrap token that stays/);
    assert.doesNotMatch(plan({ token: "provided" }, nothingThere).join("\n"), /token/);
  });

  test("removes the certificate of an earlier registration", () => {
    for (const verdict of [accepted, rejected("the certificate is for cluster-9")]) {
      assert.equal(
        plan({}, { ...nothingThere, ...certificate(verdict) }).at(-1),
        "The client certificate of an earlier registration in Secret gloo-mesh/relay-client-tls-secret is removed, and a new one issued.",
      );
    }
  });

  test("with a certificate of the user's awaits it, and copies neither root CA nor token", () => {
    const lines = plan({ certificate: "provided", rootCertificate: "" }, nothingThere);
    assert.equal(
      lines.at(-1),
      "Client certificate: awaited in Secret gloo-mesh/relay-client-tls-secret, which is yours to make.",
    );
    assert.doesNotMatch(lines.join("\n"), /root CA|token/);
    assert.doesNotMatch(
      plan({ certificate: "provided", rootCertificate: "" }, { ...nothingThere, ...certificate(accepted) }).join("\n"),
      /awaited|removed/,
    );
  });

  test("without TLS says what that means", () => {
    const lines = plan({ certificate: "none", rootCertificate: "" }, nothingThere);
    assert.equal(
      lines.at(-1),
      "Without TLS between agent and relay server: nobody proves who he is, and no Secret is copied.",
    );
    assert.doesNotMatch(lines.join("\n"), /root CA|token/);
  });

  test("of the management cluster with itself copies nothing and removes nothing", () => {
    const lines = plan(
      { selfRegistration: true, rootCertificate: "" },
      { ...nothingThere, namespacePresent: true, ...certificate(rejected("the certificate is for hub")) },
    );
    assert.deepEqual(lines.slice(1), [
      "Made on the management cluster, which registers itself: KubernetesCluster cluster-2 and the agent.",
      `Agent version 1.0.4 (${source}), relay server at ${address}.`,
    ]);
  });
});

describe("nothing to do", () => {
  test("is one line, with version, address and the end of the certificate", () => {
    assert.deepEqual(plan({}, {}), [
      `Nothing to do: agent 1.0.4 at 172.18.0.2:31179, client certificate valid until ${validUntil}.`,
    ]);
  });

  test("without TLS has no certificate to tell of", () => {
    const lines = plan(
      { certificate: "none", rootCertificate: "" },
      { ...withRelease({ insecure: true }), rootFingerprints: undefined, ...certificate(absent) },
    );
    assert.deepEqual(lines, ["Nothing to do: agent 1.0.4 at 172.18.0.2:31179, without TLS."]);
  });

  test("may be otherwise where a certificate was ever to be issued anew", () => {
    assert.match(
      plan({ reissue: "2027" }, {}).join(),
      /^Nothing to do, unless clientCertificate\.reissue has changed: /,
    );
  });

  test("may be otherwise where an argument is set whose former value cannot be read", () => {
    const chartArguments = ["agent.chart", "agent.repository"];
    assert.match(
      plan({ reissue: "2027", chartArguments }, {}).join(),
      /^Nothing to do, unless clientCertificate\.reissue, agent\.chart or agent\.repository has changed: /,
    );
    assert.match(
      plan({}, { namespaceLabel: "disabled" }).join(),
      /^Nothing to do, unless namespace\.disableIstioInjection has changed: /,
      "whether the label was added here is not known",
    );
  });

  test("is not disturbed by a leading v, by nulls and empty maps in the values, or by a mark", () => {
    const values = { ...release.values, extra: {}, other: null, global: { glooMeshRelayRegistration: "p/s/c" } };
    assert.match(plan({ values }, withRelease({ chartVersion: "v1.0.4" })).join("\n"), /^Nothing to do/);
  });

  test("is not disturbed by Helm, which keeps the keys of a map in their order", () => {
    const values = { tolerations: [{ key: "a", operator: "Exists", more: [{ z: 1, y: 2 }] }] };
    const kept = { tolerations: [{ key: "a", more: [{ y: 2, z: 1 }], operator: "Exists" }] };
    assert.match(plan({ values }, withRelease({ values: kept })).join("\n"), /^Nothing to do/);
    const swapped = { tolerations: [{ key: "b", operator: "Exists" }, ...values.tolerations] };
    const turned = { tolerations: [...swapped.tolerations].reverse() };
    assert.deepEqual(plan({ values: swapped }, withRelease({ values: turned })), [
      "Agent values tolerations; at most one restart.",
    ]);
  });
});

describe("the root CA", () => {
  test("changes from fingerprint to fingerprint, with a certificate of the old root issued again", () => {
    const fault = "the certificate was issued by another root CA than the relay's present one";
    assert.deepEqual(plan({ rootCertificate: newRoot }, certificate(rejected(fault))), [
      `Root CA changes from ${short(oldRoot)} to ${short(newRoot)}; the agent is restarted once.`,
      `${inSecret}: ${fault}; the agent will bootstrap again, with the token present meanwhile.`,
    ]);
  });

  const grows = () =>
    `Root CA changes from ${short(oldRoot)} to ${short(oldRoot + newRoot)}; the agent is restarted once.`;
  const bundle = () => ({ rootCertificate: oldRoot + newRoot });

  test("grows to a bundle that the ca.crt beside the certificate lacks in part, and the certificate is issued anew", () => {
    const lacks = `the ca.crt beside it, by which the agent trusts, lacks ${short(newRoot)}`;
    assert.deepEqual(plan(bundle(), {}), [
      grows(),
      `The client certificate is issued anew, with the token present meanwhile: ${lacks}.`,
    ]);
    assert.deepEqual(plan(bundle(), { tokenLent: true }).length, 2, "the token is needed");
    assert.match(plan({ ...bundle(), token: "retained" }, {}).join(), /issued anew, with the token that is there: /);
  });

  test("grows to a bundle that is beside the certificate already, and the certificate is kept", () => {
    const certificateOfBoth = certificate(accepted, fingerprintsOf(oldRoot + newRoot));
    assert.deepEqual(plan(bundle(), certificateOfBoth), [
      grows(),
      "The client certificate is kept: the ca.crt beside it, by which the agent trusts, holds the new root CA already.",
    ]);
  });

  test("replaces what is no certificate", () => {
    assert.match(plan({}, { rootFingerprints: [] }).join("\n"), /from what is no certificate to /);
  });

  test("that is newly declared, or under another name, is copied", () => {
    assert.deepEqual(plan({}, { rootFingerprints: undefined, ...withRelease({ usesRootSecret: false }) }), [
      `Root CA ${short(oldRoot)} is copied to the remote cluster.`,
    ]);
  });

  test("that is no longer copied leaves", () => {
    assert.deepEqual(plan({ certificate: "provided", rootCertificate: "" }, {}), [
      "The root CA that was copied is removed from the remote cluster.",
    ]);
  });

  test("is told by more bytes where 8 do not tell two apart", () => {
    const bytes = (last: string) => [...Array.from({ length: 31 }, () => "AA"), last].join(":");
    const [before, after] = compareFingerprints([bytes("01")], [bytes("02")]);
    assert.notEqual(before, after);
    const nine = (ninth: string) => [...Array.from({ length: 8 }, () => "AA"), ninth, "00", "00"].join(":");
    const eight = "AA:AA:AA:AA:AA:AA:AA:AA";
    assert.deepEqual(compareFingerprints([nine("01")], [nine("02")]), [`${eight}:01…`, `${eight}:02…`]);
  });
});

describe("the agent", () => {
  const version = (value: string) => ({ agentVersion: { value, source } });

  test("is upgraded with one restart", () => {
    assert.deepEqual(plan(version("1.0.13"), {}), [`Agent upgrade 1.0.4 → 1.0.13 (${source}); one restart.`]);
  });

  test("is downgraded, and it is called so", () => {
    assert.deepEqual(plan(version("1.0.4"), withRelease({ chartVersion: "1.0.13" })), [
      `Agent downgrade 1.0.13 → 1.0.4 (${source}); one restart.`,
    ]);
    assert.match(plan(version("1.1.0-beta3"), withRelease({ chartVersion: "1.1.0-beta20" })).join(), /downgrade/);
    assert.match(plan(version("1.1.0"), withRelease({ chartVersion: "1.1.0-beta20" })).join(), /upgrade/);
  });

  test("is given another relay address", () => {
    const serverAddress = { value: "34.1.2.3:9900", source: "LoadBalancer ip of Service x/y, port grpc" };
    assert.deepEqual(plan({ serverAddress }, {}), [
      "Agent relay address 172.18.0.2:31179 → 34.1.2.3:9900 (LoadBalancer ip of Service x/y, port grpc); one restart.",
    ]);
  });

  test("has everything that one Helm upgrade changes in one line, values by their paths alone", () => {
    const values = { ...release.values, image: { tag: "private-tag" }, license: "private-license" };
    const lines = plan(
      { ...version("1.0.13"), certificate: "none", rootCertificate: "", values },
      { rootFingerprints: undefined },
    );
    assert.deepEqual(lines, [
      `Agent upgrade 1.0.4 → 1.0.13 (${source}); TLS turned off: nobody proves who he is any more; values image.tag and license; one restart.`,
    ]);
  });

  test("whose values alone change may not restart", () => {
    const values = { a: 1, b: 2, c: 3, d: 4, e: 5, f: [6] };
    assert.deepEqual(plan({ values: { ...release.values, ...values } }, {}), [
      "Agent values a, b, c, d and 2 more; at most one restart.",
    ]);
  });

  test("whose values are known in part is compared by these, and the others are named", () => {
    const installed = withRelease({ values: { a: 1, b: { c: 2 }, license: "former" } });
    const inPart = { values: { a: 1, b: {} }, unknownValues: ["b", "license"] };
    const unknown = "Known only in the run: agent.values.b and agent.values.license; at most one restart.";
    assert.deepEqual(plan(inPart, installed), [unknown]);
    assert.deepEqual(plan({ ...inPart, values: { a: 5 } }, installed), [
      "Agent values a; at most one restart.",
      unknown,
    ]);
    assert.deepEqual(plan({ values: {}, unknownValues: [""] }, installed), [
      "Known only in the run: agent.values; at most one restart.",
    ]);
  });

  test("that an interrupted Helm operation left is cleared and installed", () => {
    assert.deepEqual(plan({}, withRelease({ status: "pending-upgrade", pending: true, recorded: false })), [
      `Helm release enterprise-agent is pending-upgrade since an earlier run: it is cleared, and version 1.0.4 (${source}) is installed over it, with the relay server at ${address}.`,
    ]);
    assert.match(plan({}, withRelease({ status: "failed" })).join(), /failed in an earlier run, and version 1\.0\.4/);
  });

  test("that Pulumi never recorded is taken over", () => {
    assert.deepEqual(plan({}, withRelease({ recorded: false })), [
      "Helm release enterprise-agent was installed by a run that ended before Pulumi recorded it: it is cleared and taken over.",
    ]);
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
      assert.deepEqual(plan({}, certificate(rejected(fault))), [
        `${inSecret}: ${fault}; the agent will bootstrap again, with the token present meanwhile.`,
      ]);
    });
  }

  test("that is missing is asked for again", () => {
    assert.deepEqual(plan({}, certificate(absent)), [
      "Client certificate: there is none in Secret gloo-mesh/relay-client-tls-secret; the agent will bootstrap, with the token present meanwhile.",
    ]);
  });

  test("is replaced by the token that is there where none is lent", () => {
    for (const changes of [
      { token: "retained" },
      { token: "provided" },
      { selfRegistration: true, rootCertificate: "" },
    ] as const) {
      const lines = plan(changes, { ...certificate(absent), rootFingerprints: undefined });
      assert.match(lines.at(-1) ?? "", /will bootstrap, with the token that is there\.$/);
    }
  });

  test("of the user's is awaited or renewed by the user, never bootstrapped", () => {
    const own = { certificate: "provided", rootCertificate: "" } as const;
    const noRoot = { rootFingerprints: undefined };
    assert.deepEqual(plan(own, { ...noRoot, ...certificate(rejected("the certificate expired on 2026-01-01")) }), [
      `${inSecret}: the certificate expired on 2026-01-01; it is yours to renew, and the proof waits for it.`,
    ]);
    assert.match(plan(own, { ...noRoot, ...certificate(absent) }).join(), /awaited/);
  });
});

describe("a rename", () => {
  const oldName = {
    registered: [{ name: "old", clusterIdentity: thisCluster, clusterDomain: "cluster.local" }],
    ...withRelease({ clusterName: "old", values: { ...release.values, relay: { cluster: "old" } } }),
  };

  test("makes the new registration first, and the old name leaves at the end", () => {
    const lines = plan(
      {},
      { ...oldName, ...withRelease({ clusterName: "old" }), ...certificate(rejected("the certificate is for old")) },
    );
    assert.deepEqual(lines, [
      "Rename old → cluster-2: the new registration is made first, the old name leaves at the end.",
      `${inSecret}: the certificate is for old; the agent will bootstrap again, with the token present meanwhile.`,
    ]);
  });

  test("is seen in the agent's values alone", () => {
    assert.match(
      plan({}, { registered: [], ...withRelease({ clusterName: "old" }) })[0] ?? "",
      /^Rename old → cluster-2/,
    );
  });

  test("that was interrupted before the old name left goes on", () => {
    const both = { registered: [...oldName.registered, ...stands.situation.registered] };
    assert.deepEqual(plan({}, both), ["Former name old leaves the management cluster."]);
  });
});

describe("another cluster under the name", () => {
  test("is registered first, then the former leaves", () => {
    const lines = plan(
      {},
      {
        ...nothingThere,
        registered: [{ name: "cluster-2", clusterIdentity: formerCluster, clusterDomain: "cluster.local" }],
      },
    );
    assert.equal(
      lines[0],
      `Another cluster: registered was ${formerCluster}, found is ${thisCluster}, which is registered first; then the former leaves, as far as its context still leads to it.`,
    );
    assert.match(lines[1] ?? "", /^Made on the remote cluster: namespace gloo-mesh/);
    assert.equal(lines.length, 3);
  });

  test("and another name together are told together", () => {
    const lines = plan(
      {},
      {
        ...nothingThere,
        registered: [{ name: "old", clusterIdentity: formerCluster, clusterDomain: "cluster.local" }],
      },
    );
    assert.match(lines.join("\n"), /^Another cluster: .*\nRename old → cluster-2/);
  });
});

test("the cluster domain changes in the KubernetesCluster", () => {
  assert.deepEqual(plan({ clusterDomain: "corp.local" }, {}), [
    "Cluster domain cluster.local → corp.local, in KubernetesCluster cluster-2.",
  ]);
});

test("the namespace is labelled against sidecars, unless it is others' and has a value of theirs", () => {
  const labelled = ["Namespace gloo-mesh gets the label istio-injection=disabled."];
  const ours = { disableIstioInjection: true };
  const adopted = { ...ours, createNamespace: false };
  assert.deepEqual(plan(ours, {}), labelled);
  assert.deepEqual(plan(ours, { namespaceLabel: "enabled" }), labelled);
  assert.deepEqual(plan(adopted, {}), labelled);
  assert.deepEqual(plan(adopted, { ...nothingThere, namespacePresent: true }).slice(-1), labelled);
  for (const [want, namespaceLabel] of [
    [ours, "disabled"],
    [adopted, "disabled"],
    [adopted, "enabled"],
  ] as const)
    assert.match(plan(want, { namespaceLabel }).join(), /^Nothing to do: /);
});

describe("missing objects", () => {
  test("before one that is there were removed by hand: refresh puts them back", () => {
    assert.deepEqual(plan({}, { registered: [] }), [
      "Missing: KubernetesCluster cluster-2, removed by hand; only `pulumi up --refresh` puts it back.",
    ]);
    assert.deepEqual(plan({}, { registered: [], rootFingerprints: undefined }), [
      "Missing: the root CA Secret and KubernetesCluster cluster-2, removed by hand; only `pulumi up --refresh` puts them back.",
    ]);
  });

  test("an uninstalled agent is known by the certificate that it left", () => {
    assert.deepEqual(plan({}, { release: undefined }), [
      "Missing: the agent's Helm release, removed by hand; only `pulumi up --refresh` puts it back.",
      `Agent version 1.0.4 (${source}), relay server at ${address}.`,
    ]);
  });

  test("at the end of an interrupted run may come by themselves", () => {
    const lines = plan({}, { ...nothingThere, registered: stands.situation.registered });
    assert.match(
      lines[0] ?? "",
      /^Missing: namespace gloo-mesh, the root CA Secret and the agent's Helm release; an interrupted run goes on by itself, what was removed by hand only `pulumi up --refresh` puts back\.$/,
    );
  });
});

test("a token that an earlier run left is removed, unless it is needed", () => {
  const lent = { tokenLent: true };
  assert.deepEqual(plan({}, lent), ["The bootstrap token that an earlier run left is removed."]);
  assert.doesNotMatch(plan({}, { ...lent, ...certificate(absent) }).join(), /is removed/);
  assert.match(plan({ token: "retained" }, lent).join(), /^Nothing to do/);
});

describe("clusters that the stack no longer declares", () => {
  test("are told one by one", () => {
    assert.deepEqual(describeDeregistrations(["cluster-3"]), [
      "cluster-3 is no longer declared: its agent, its Secrets and its KubernetesCluster are removed, and its namespace if this stack made it.",
    ]);
    assert.deepEqual(describeDeregistrations([]), []);
  });

  test("are found by the stack's marks", () => {
    const object = (name: string, mark?: string) => ({
      metadata: {
        name,
        ...(mark === undefined ? {} : { annotations: { "gloo-mesh-relay-registration/registration": mark } }),
      },
    });
    const clusters = [
      object("kept", "project/dev/kept"),
      object("gone", "project/dev/gone"),
      object("of-another-stack", "project/dev2/x"),
      object("of-meshctl"),
    ];
    assert.deepEqual(undeclaredClusters(clusters, "project/dev", new Set(["project/dev/kept"])), ["gone"]);
  });
});

test("names are listed as in a sentence", () => {
  assert.deepEqual([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(enumerate), ["", "a", "a and b", "a, b and c"]);
});

describe("over all registrations and situations", () => {
  const name = fc.constantFrom("cluster-2", "old", "cluster-3");
  const identity = fc.constantFrom(thisCluster, formerCluster);
  const domain = fc.constantFrom("cluster.local", "corp.local");
  const version = fc.constantFrom("1.0.4", "1.0.13", "1.1.0-beta1", "v1.0.4", "latest", "");
  const serverAddress = fc.constantFrom("172.18.0.2:31179", "[::1]:9900");
  const secretValue = "never-shown";
  const values = fc.constantFrom(
    {},
    release.values,
    { license: secretValue },
    { relay: { x: [secretValue] }, a: null },
  );
  const roots = () => fc.constantFrom("", oldRoot, newRoot, oldRoot + newRoot, "garbage");

  const wanted = (): fc.Arbitrary<DesiredState> =>
    fc.record({
      clusterName: name,
      clusterDomain: domain,
      namespace: fc.constant("gloo-mesh"),
      createNamespace: fc.boolean(),
      disableIstioInjection: fc.boolean(),
      agentVersion: fc.record({ value: version, source: fc.constant("given as agent.version") }),
      serverAddress: fc.record({ value: serverAddress, source: fc.constant("given as relay.serverAddress") }),
      rootCertificate: roots(),
      chainToRoot: fc.boolean(),
      reissue: fc.constantFrom("", "2027"),
      chartArguments: fc.subarray(["agent.chart", "agent.repository"]),
      certificate: fc.constantFrom("issued", "provided", "none"),
      selfRegistration: fc.boolean(),
      token: fc.constantFrom("temporary", "retained", "provided"),
      remoteIdentity: identity,
      values: fc.option(values, { nil: undefined }),
    });

  const situation = (): fc.Arbitrary<CurrentState> =>
    fc.record({
      namespacePresent: fc.boolean(),
      namespaceLabel: fc.constantFrom(undefined, "disabled", "enabled"),
      release: fc.option(
        fc.record({
          name: fc.constant("enterprise-agent"),
          status: fc.constantFrom("deployed", "failed", "pending-install", "superseded"),
          pending: fc.boolean(),
          recorded: fc.boolean(),
          chartVersion: fc.option(version, { nil: undefined }),
          clusterName: fc.option(name, { nil: undefined }),
          serverAddress: fc.option(serverAddress, { nil: undefined }),
          insecure: fc.boolean(),
          usesRootSecret: fc.boolean(),
          values,
        }),
        { nil: undefined },
      ),
      rootFingerprints: fc.option(roots().map(fingerprintsOf), { nil: undefined }),
      certificate: fc.record({
        authorities: roots().map(fingerprintsOf),
        secret: fc.constant("gloo-mesh/relay-client-tls-secret"),
        verdict: fc.constantFrom(accepted, absent, rejected("the certificate is for cluster-9")),
      }),
      registered: fc.uniqueArray(
        fc.record({ name, clusterIdentity: fc.option(identity, { nil: undefined }), clusterDomain: domain }),
        {
          selector: (one) => one.name,
          maxLength: 3,
        },
      ),
      tokenLent: fc.boolean(),
    });

  test("a plan is short lines of one sentence, each once, without keys and values", () => {
    fc.assert(
      fc.property(wanted(), situation(), (want, is) => {
        const lines = describePlan(want, is);
        assert.ok(lines.length > 0 && lines.length <= 9);
        assert.equal(new Set(lines).size, lines.length);
        for (const line of lines) {
          assert.match(line, /^[A-Z].*[^.]\.$/);
          assert.ok(line.length <= 400, line);
          assert.doesNotMatch(line, /undefined|\[object|\n|-----|never-shown/);
        }
        assert.ok(lines.length === 1 || !lines.some((line) => line.startsWith("Nothing to do")));
      }),
      { numRuns: 2000 },
    );
  });

  test("there is nothing to do exactly when nothing differs", () => {
    const facets: readonly [string, Partial<DesiredState>, Partial<CurrentState>][] = [
      ["version", { agentVersion: { value: "1.0.13", source } }, {}],
      ["address", { serverAddress: { value: "[::1]:9900", source } }, {}],
      ["root CA", { rootCertificate: newRoot }, {}],
      ["TLS", { certificate: "none" }, {}],
      ["values", { values: { other: true } }, {}],
      ["cluster", { remoteIdentity: formerCluster }, {}],
      ["name", { clusterName: "cluster-3" }, {}],
      ["cluster domain", { clusterDomain: "corp.local" }, {}],
      ["label", { disableIstioInjection: true }, {}],
      ["namespace", {}, { namespacePresent: false }],
      ["release", {}, { release: undefined }],
      ["root CA Secret", {}, { rootFingerprints: undefined }],
      ["root CA to copy", {}, { rootFingerprints: undefined, ...withRelease({ usesRootSecret: false }) }],
      ["certificate", {}, certificate(absent)],
      ["KubernetesCluster", {}, { registered: [] }],
      ["token left", {}, { tokenLent: true }],
      ["unfinished release", {}, withRelease({ pending: true, status: "pending-install" })],
    ];
    fc.assert(
      fc.property(fc.subarray([...facets]), (chosen) => {
        const want = Object.assign({}, ...chosen.map(([, change]) => change)) as Partial<DesiredState>;
        const is = Object.assign({}, ...chosen.map(([, , change]) => change)) as Partial<CurrentState>;
        const isNothing = plan(want, is).join().startsWith("Nothing to do");
        assert.equal(isNothing, chosen.length === 0, chosen.map(([what]) => what).join());
      }),
      { numRuns: 500 },
    );
  });
});
