import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { Terminal } from "../../../../cli/command";
import { main } from "../../../../cli/main";
import { FakeKubeApi } from "../../../support/fakeKubeApi";
import { examine, type Servers } from "../../../support/registeredClusters";
import { definitionsRelease, type MadePlatform, registerPlatform } from "../../../support/registeredPlatform";

const unmarked = "it carries no mark of a registration";
const options = ["--generation", "2.x", "--relay-server-address", "127.0.0.1:1", "--agent-version", "2.14.0"];
const flux = { "kustomize.toolkit.fluxcd.io/name": "mesh" };

async function registered(context: TestContext, made: MadePlatform): Promise<Servers> {
  const [hub, remote] = await Promise.all([FakeKubeApi.start("hub"), FakeKubeApi.start("remote")]);
  context.after(() => Promise.all([hub.stop(), remote.stop()]));
  await registerPlatform({ hub, remote }, made);
  return { hub, remote };
}

/** The rows of the group `taking over` with their details, in their order. */
async function rowsOf(context: TestContext, made: MadePlatform): Promise<readonly [string, string | undefined][]> {
  const { checks } = await examine(await registered(context, made), ...options);
  return checks.flatMap(({ group, name, detail }) => (group === "takeOver" ? [[name, detail]] : []));
}

/** Those about CRDs, which are the last ones. */
async function definitionRows(context: TestContext, made: MadePlatform) {
  const rows = await rowsOf(context, made);
  return rows.filter(([name]) => name.endsWith(`/${definitionsRelease}`) || name.startsWith("CRD "));
}

describe("the doctor's rows of taking over 2.x", () => {
  const own = `gloo-mesh/${definitionsRelease}`;
  const workspaces = "workspaces.admin.gloo.solo.io";
  const clusters = "kubernetesclusters.admin.gloo.solo.io";
  const shared = "authconfigs.extauth.solo.io";

  test("have the release of the CRDs, and the CRDs by their owner", async (context) => {
    const crds = { [shared]: "gateways/others", [clusters]: own, [workspaces]: own, "x.other.io": undefined };
    assert.deepEqual(await definitionRows(context, { crds }), [
      [`Helm release ${own}`, `would be changed: an upgrade in place; ${unmarked}`],
      [`CRD ${shared}`, "left alone; they belong to the Helm release gateways/others"],
      [`CRD ${clusters}, CRD ${workspaces}`, `would be adopted; they belong to the Helm release ${own}`],
    ]);
  });

  test("leave CRDs alone that another release has, or none", async (context) => {
    const crds = { [clusters]: "mesh/gloo-platform-crds", [workspaces]: undefined };
    assert.deepEqual(await definitionRows(context, { definitions: null, crds }), [
      [`CRD ${clusters}`, "left alone; they belong to the Helm release mesh/gloo-platform-crds"],
      [`CRD ${workspaces}`, "left alone; no Helm release has them"],
    ]);
  });

  test("leave a release of the CRDs alone that a tool would restore, as the printed arguments do", async (context) => {
    const crds = { [workspaces]: own };
    assert.deepEqual(await definitionRows(context, { definitions: flux, crds }), [
      [`Helm release ${own}`, "left alone; Flux manages it (kustomize.toolkit.fluxcd.io/name: mesh)"],
      [`CRD ${workspaces}`, `left alone; they belong to the Helm release ${own}`],
    ]);
    assert.deepEqual(await printedCrds(await registered(context, { definitions: flux, crds })), { install: false });
    assert.equal(await printedCrds(await registered(context, { crds })), undefined);
  });

  test("keep the token of an agent without a certificate, by reference or as a literal", async (context) => {
    const release = "Helm release gloo-mesh/gloo-platform";
    const rowsWith = async (variable: object) =>
      new Map(await rowsOf(context, { extraEnvs: { RELAY_TOKEN: variable } }));
    const referred = await rowsWith({
      valueFrom: { secretKeyRef: { name: "relay-identity-token-secret", key: "token" } },
    });
    const given = await rowsWith({ value: "the-token-of-the-hub-0123456789" });
    for (const rows of [referred, given]) {
      assert.equal(rows.get("Secret gloo-mesh/relay-identity-token-secret"), `would be adopted; ${unmarked}`);
    }
    const upgrade = "would be changed: an upgrade in place, values";
    assert.equal(referred.get(release), `${upgrade}: the mark alone; ${unmarked}`);
    const changed = ["value", "valueFrom.secretKeyRef.key", "valueFrom.secretKeyRef.name"]
      .map((leaf) => `glooAgent.extraEnvs.RELAY_TOKEN.${leaf}`)
      .join(", ");
    assert.equal(given.get(release), `${upgrade}: ${changed}; ${unmarked}`);
  });
});

/** What the doctor prints as the argument `crds`. */
async function printedCrds({ hub, remote }: Servers): Promise<unknown> {
  const lines: string[] = [];
  const add = (text: string) => void lines.push(text);
  const terminal: Terminal = { out: add, styled: add, err: add, columns: undefined };
  const contexts = [
    ...["--management-context", "hub", "--management-kubeconfig", hub.kubeconfig],
    ...["--remote-context", "remote", "--remote-kubeconfig", remote.kubeconfig],
  ];
  await main(["doctor", ...contexts, "--generation", "2.x", "--print-arguments", "--output", "json"], terminal);
  const { registrations } = JSON.parse(lines.join("\n")) as { registrations: { arguments: { crds?: unknown } }[] };
  assert.equal(registrations.length, 1, lines.join("\n"));
  return registrations[0]?.arguments.crds;
}
