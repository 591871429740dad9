import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { sentenceOf } from "../../components/glooMesh/reasons";
import type { KubernetesObject } from "../../components/kubernetes/objects";
import { bootstrapToken, clientCertificate, preparation } from "../../components/operations";
import type { Operations } from "../../components/operations/shared/operations";
import {
  type ClientCertificateOptions,
  type ClientSecretData,
  createClientSecretData,
  createHubCertificates,
} from "../sandbox/relay";
import { FakeKubeApi, secret } from "../support/fakeKubeApi";
import {
  certificates,
  clientSecret,
  examine,
  kubernetesCluster,
  mark,
  namespace,
  prepareHub,
  register,
  rootSecret,
  tokenSecret,
} from "../support/registeredClusters";
import { helmRevision, revisionName } from "../support/remoteObjects";
import { type ProgramResult, runProgram, unknownValue } from "./scenario";

// The states of the README's healing table, each asked three ways: what the program declares, and its plan says; what the diff of Pulumi's dynamic
// resources makes of that; and what the doctor reports of the same clusters.

const resources = {
  preparation: "cluster-2-preparation",
  bootstrapToken: "cluster-2-bootstrap-token",
  clientCertificate: "cluster-2-client-certificate",
} as const;
type Step = keyof typeof resources;
type Inputs = Record<string, unknown>;
const steps = Object.keys(resources) as readonly Step[];

interface State {
  readonly title: string;
  readonly damage?: () => void | Promise<void>;
  /** Arguments of the registration, in the earlier run and in this one. Default: those of `healthyArgs`. */
  readonly args?: object;
  /** Arguments that this run changes. */
  readonly change?: object;
  /** The reasons of the dynamic resources; left out: none. */
  readonly reasons: Partial<Record<Step, string>>;
  /** Dynamic resources that change because of another input. Default: none. */
  readonly inputs?: readonly Step[];
}

const healthyArgs = { relay: { serverAddress: "127.0.0.1:1" }, agent: { version: "1.0.4", skipCrds: true } };
const retained = { ...healthyArgs, identity: "retained-token" };
const sharedNamespace = { ...healthyArgs, namespace: { create: false } };
const place = "Secret gloo-mesh/relay-client-tls-secret";
const isMissing = `certificate-missing: ${place} does not exist`;
const notAcceptable = (fault: string) => ({ bootstrapToken: `certificate-not-acceptable: ${place}: ${fault}` });
const again = (reason: string) => ({ preparation: reason, clientCertificate: reason });
const failed = again("release-failed: the Helm release enterprise-agent failed in an earlier run");
const marked = { "gloo-mesh-relay-registration/registration": mark };
const release = `${namespace}/secrets/${revisionName(1)}`;

let hub: FakeKubeApi;
let remote: FakeKubeApi;
/** What an `up` of each set of arguments declares on healthy clusters. */
const earlierRuns = new Map<object, ProgramResult>();

const removes = (path: string) => () => void remote.store.remove(path);

/** Puts a client certificate with these faults in the place of the good one. */
const certificate =
  (faults: Partial<ClientCertificateOptions>, issuers = certificates) =>
  async () =>
    putClient(await createClientSecretData(await issuers, { clusterName: "cluster-2", ...faults }));

function putClient(data: Partial<ClientSecretData>): void {
  remote.store.put(clientSecret, secret({ ...data }));
}

const leaves =
  (status: string, recorded = true) =>
  () => {
    const values = valuesOf(earlierRuns.get(healthyArgs));
    remote.store.put(release, helmRevision({ status, mark, recorded, values, chartVersion: "1.0.4" }));
  };

async function replaceRoot(bundle: (present: string, added: string) => string): Promise<void> {
  const added = (await createHubCertificates()).root.certificatePem;
  hub.store.put(rootSecret, secret({ "ca.crt": bundle((await certificates).root.certificatePem, added) }));
}

const states: readonly State[] = [
  { title: "nothing", reasons: {} },
  { title: "client certificate deleted", damage: removes(clientSecret), reasons: { bootstrapToken: isMissing } },
  {
    title: "client certificate expired",
    damage: certificate({ validity: { notBefore: new Date("2025-01-01"), notAfter: new Date("2026-01-01") } }),
    reasons: notAcceptable("the certificate expired on 2026-01-01T00:00:00.000Z"),
  },
  {
    title: "client certificate half written",
    damage: () => putClient({ "tls.crt": "x" }),
    reasons: notAcceptable("the Secret lacks tls.key, ca.crt"),
  },
  {
    title: "client certificate of another CA",
    damage: certificate({}, createHubCertificates()),
    reasons: notAcceptable("the certificate was issued by another root CA than the relay's present one"),
  },
  {
    title: "client certificate for another name",
    damage: certificate({ clusterName: "cluster-9" }),
    reasons: notAcceptable("the certificate is for cluster-9"),
  },
  {
    title: "client certificate with a key that is not its own",
    damage: certificate({ mismatchedKey: true }),
    reasons: notAcceptable("tls.key does not belong to tls.crt"),
  },
  {
    title: "client certificate deleted, with a retained token",
    args: retained,
    damage: removes(clientSecret),
    reasons: { clientCertificate: isMissing },
  },
  {
    title: "client certificate accepted, and another value of clientCertificate.reissue",
    change: { clientCertificate: { reissue: "2027" } },
    reasons: {},
    inputs: ["bootstrapToken", "clientCertificate"],
  },
  {
    title: "client certificate renewed by the agent",
    damage: certificate({}),
    reasons: {},
  },
  {
    title: "root CA of the management cluster replaced at once",
    damage: () => replaceRoot((_present, added) => added),
    reasons: notAcceptable("the certificate was issued by another root CA than the relay's present one"),
    inputs: ["clientCertificate"],
  },
  {
    title: "root CA of the management cluster replaced in stages",
    damage: () => replaceRoot((present, added) => present + added),
    reasons: {},
    inputs: ["bootstrapToken", "clientCertificate"],
  },
  {
    title: "bootstrap token of the management cluster replaced",
    damage: () => void hub.store.put(tokenSecret, secret({ token: "another-token-of-the-hub-0123456789" })),
    reasons: {},
  },
  {
    title: "bootstrap token left on the remote cluster by a failed run",
    damage: () => {
      const annotations = { ...marked, "gloo-mesh-relay-registration/lent": "true" };
      remote.store.put(tokenSecret, { data: {}, metadata: { annotations } });
    },
    reasons: { bootstrapToken: "token-left-behind: an earlier run left the bootstrap token on the remote cluster" },
  },
  ...["pending-install", "pending-upgrade", "pending-rollback"].map((status) => ({
    title: `Helm release left ${status} by a killed run`,
    damage: leaves(status),
    reasons: again(`release-pending: an earlier run left the Helm release enterprise-agent ${status}`),
  })),
  {
    title: "Helm release installed but not in Pulumi's state",
    damage: leaves("deployed", false),
    reasons: again(
      "release-not-recorded: a run that ended before Pulumi recorded it installed the Helm release enterprise-agent",
    ),
  },
  { title: "Helm release that failed", damage: leaves("failed"), reasons: failed },
  {
    title: "Helm release that failed, and client certificate deleted",
    damage: () => {
      leaves("failed")();
      remote.store.remove(clientSecret);
    },
    reasons: { ...failed, bootstrapToken: isMissing },
  },
  { title: "root CA Secret deleted by someone else", damage: removes(rootSecret), reasons: {} },
  {
    title: "KubernetesCluster deleted by someone else",
    damage: () => void hub.store.remove(kubernetesCluster),
    reasons: {},
  },
  {
    title: "Helm release deleted by someone else",
    damage: () => {
      remote.store.remove(release);
      remote.store.remove("/apis/apps/v1/namespaces/gloo-mesh/deployments/enterprise-agent");
    },
    reasons: { clientCertificate: "release-missing: someone else deleted the Helm release enterprise-agent" },
  },
  {
    title: "KubernetesCluster edited by someone else",
    damage: () => {
      const { metadata } = hub.store.get(kubernetesCluster) as KubernetesObject;
      hub.store.put(kubernetesCluster, { metadata, spec: { clusterDomain: "other.local" } });
    },
    reasons: {},
  },
  {
    title: "label against sidecars missing in a namespace that someone else created",
    args: sharedNamespace,
    change: { namespace: { create: false, disableIstioInjection: true } },
    reasons: { preparation: "label-missing: the namespace gloo-mesh lacks the label istio-injection=disabled" },
  },
];

/** Both clusters as an `up` with these arguments leaves them, and what the next run declares. */
async function heal(args: object): Promise<ProgramResult> {
  for (const { store } of [hub, remote]) {
    for (const path of store.paths()) if (!path.endsWith("/kube-system")) store.remove(path);
  }
  await prepareHub(hub);
  const someoneElses = { kind: "Namespace" };
  if (args === sharedNamespace) remote.store.put(namespace, someoneElses);
  const earlier = earlierRuns.get(args);
  await register({ hub, remote }, { values: valuesOf(earlier ?? (await run(args))) });
  if (args === sharedNamespace) remote.store.put(namespace, someoneElses);
  if (args === retained) remote.store.put(tokenSecret, secret({ token: "x" }, marked));
  const known = earlier ?? (await run(args));
  earlierRuns.set(args, known);
  return known;
}

/** The values of the agent's chart that a run declares. */
function valuesOf(result: ProgramResult | undefined): Record<string, unknown> {
  const agent = result?.resources.find(({ name }) => name === "cluster-2-agent");
  return agent?.inputs["values"] as Record<string, unknown>;
}

function run(args: object, recoveries = 0): Promise<ProgramResult> {
  return runProgram({
    preview: true,
    known: true,
    recoveries,
    clusters: { management: hub.access, remote: remote.access },
    registrations: { "cluster-2": { management: "management", remote: "remote", args } },
  });
}

/** The inputs of the proof that are outputs of other resources. */
const ofOthers = [
  "bootstraps",
  "tokenWrittenAt",
  "releaseRevision",
  "releaseUid",
  "kubernetesClusterUid",
  "incarnation",
  "previous",
];

/** The inputs of each dynamic resource; a retained token is none. Outputs of other resources are known, as where those do not change. */
function inputsOf({ resources: declared }: ProgramResult): Partial<Record<Step, Inputs>> {
  const known = (inputs: Inputs): Inputs => ({
    ...JSON.parse(JSON.stringify(inputs).replaceAll(unknownValue, "known")),
    ...Object.fromEntries(ofOthers.filter((key) => key in inputs).map((key) => [key, "known"])),
  });
  return Object.fromEntries(
    steps.flatMap((step) => {
      const { type, inputs } = declared.find(({ name }) => name === resources[step]) ?? {};
      return inputs && type?.includes(":dynamic/") ? [[step, known(inputs)]] : [];
    }),
  );
}

/** The dynamic resources for which Pulumi's diff plans an update. */
async function diffs(earlier: ProgramResult, present: ProgramResult): Promise<Step[]> {
  const [olds, news] = [inputsOf(earlier), inputsOf(present)];
  const diff = async (step: Step, { diff }: Pick<Operations<object, object>, "diff">): Promise<Step[]> => {
    if (!news[step]) return [];
    // The state of a resource holds the inputs of its last run, which gave no reason, and the result of the proof.
    const result = await diff("id", { ...olds[step], reason: "", proof: "agent" }, news[step]);
    assert.deepEqual(Object.keys(result), ["changes"], `${step} is replaced`);
    return result.changes ? [step] : [];
  };
  const changes = await Promise.all([
    diff("preparation", preparation as Operations<object, object>),
    diff("bootstrapToken", bootstrapToken as Operations<object, object>),
    diff("clientCertificate", clientCertificate as Operations<object, object>),
  ]);
  return changes.flat();
}

describe("the healing table", () => {
  before(async () => {
    [hub, remote] = await Promise.all([FakeKubeApi.start("hub"), FakeKubeApi.start("remote")]);
  });
  after(() => Promise.all([hub.stop(), remote.stop()]));

  for (const { title, damage, args = healthyArgs, change, reasons, inputs = [] } of states) {
    test(`${title}: program, plan, Pulumi's diff and doctor give the same reasons`, async () => {
      const earlier = await heal(args);
      await damage?.();
      const present = await run({ ...args, ...change });
      assert.deepEqual([earlier.errors, present.errors], [[], []]);

      const declared = Object.entries(inputsOf(present)).map(([step, { reason }]) => [step, reason]);
      const given = declared.filter(([, reason]) => reason !== "");
      assert.deepEqual(Object.fromEntries(given), reasons);

      const plan = present.infos.find((info) => info.startsWith("plan: ")) ?? "";
      const unsaid = Object.values(reasons).filter((reason) => !plan.includes(sentenceOf(reason)));
      assert.deepEqual(unsaid, [], plan);

      const changing = new Set([...Object.keys(reasons), ...inputs]);
      assert.deepEqual(
        await diffs(earlier, present),
        steps.filter((step) => changing.has(step)),
      );

      const report = await examine(
        { hub, remote },
        "--relay-server-address",
        "127.0.0.1:1",
        "--agent-version",
        "1.0.4",
      );
      const expected = change ? [] : [...new Set(steps.flatMap((step) => reasons[step] ?? []))];
      assert.deepEqual(report.reasons, expected);
    });
  }

  for (const [status, description, recoveries, expected] of [
    ["deployed", "relay agent (recovered 2)", 2, "relay agent (recovered 2)"],
    ["deployed", "relay agent", 0, "relay agent"],
    ["deployed", "Upgrade complete", 0, "relay agent"],
    ["failed", "relay agent (recovered 2)", 2, "relay agent (recovered 3)"],
  ] as const) {
    test(`a preview describes the release that is ${status} as "${description}" as "${expected}"`, async () => {
      const values = valuesOf(await heal(healthyArgs));
      remote.store.put(
        release,
        helmRevision({ status, mark, recorded: true, values, chartVersion: "1.0.4", description }),
      );
      const { resources } = await run(healthyArgs, recoveries);
      assert.equal(resources.find(({ name }) => name === "cluster-2-agent")?.inputs["description"], expected);
    });
  }
});
