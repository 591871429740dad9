import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { createClientSecretData, createHubCertificates, secretNames, writeSecret } from "../sandbox/relay";
import type { HubCertificates } from "../sandbox/relay/certificates";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { becomes } from "./support/agents";
import { clientFingerprint, deleteSecret, hasToken, makeNamespace, withoutWrites } from "./support/clusters";
import { crdsFromElsewhere, generation, only } from "./support/generation";
import { assertRegistered } from "./support/proof";
import { assertNoChanges, assertSucceeded, registrationOf, textOf } from "./support/runs";
import { World } from "./support/world";

const namespace = "agents";
const remotes = ["remote-1", "remote-2"];

/** Management clusters whose relay server issues certificates of ten minutes, for agents that renew them. */
const shortLived = generation.renewsCertificates ? ["short"] : [];
const server = { clientCertificateSeconds: 600 };
/** Renewed when this part of its life is left: after six seconds. */
const renewing = { glooAgent: { relay: { clientTlsSecretRotationGracePeriodRatio: "0.99" } } };

// One stack with two registrations lives through all of this. In each round every one of them has another certificate to lose.
describe("a client certificate", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let one: SandboxCluster;
  let two: SandboxCluster;
  let former: readonly (string | undefined)[];

  before(async () => {
    world = await World.start(remotes, {
      furtherHubs: Object.fromEntries(shortLived.map((name) => [name, { generation: generation.name, server }])),
    });
    const settings = { namespace: { name: namespace, create: false } };
    for (const { name } of world.sandbox.remotes.values()) await makeNamespace(world.sandbox.remote(name), namespace);
    [one, two] = [world.sandbox.remote("remote-1"), world.sandbox.remote("remote-2")];
    stack = await world.stack("certificate", { clusters: { "remote-1": settings, "remote-2": settings } });
  });

  after(() => world?.stop());

  const place = async ({ kubeConfig, name }: SandboxCluster, certificates: HubCertificates) => {
    const data = await createClientSecretData(certificates, { clusterName: name });
    await writeSecret(kubeConfig, { name: secretNames.client, namespace }, { ...data });
    return new X509Certificate(data["tls.crt"]).fingerprint256;
  };

  /** The registration is proven by another certificate than this one. */
  const assertRenewed = async (remote: SandboxCluster, earlier: string | undefined) => {
    const { certificateFingerprint } = await assertRegistered(world, stack, remote.name, remote, namespace);
    assert.notEqual(certificateFingerprint, earlier);
  };

  describe("that an earlier registration left", () => {
    before(async () => {
      former = [await place(one, world.sandbox.hub.certificates), await place(two, await createHubCertificates())];
      const up = await stack.up();
      assertSucceeded(up);
      assert.match(textOf(up), /An earlier registration left a client certificate in Secret/);
    });

    it("is no proof, although it is formally valid", () => assertRenewed(one, former[0]));

    it("with another hub is no proof", () => assertRenewed(two, former[1]));
  });

  describe("is replaced by the next up", () => {
    before(async () => {
      former = [await clientFingerprint(one, namespace), await place(two, await createHubCertificates())];
      await deleteSecret(one, secretNames.client, namespace);
      assertSucceeded(await stack.up(["--skip-preview"]));
    });

    it("where somebody deletes it, and the token is gone again", async () => {
      await assertRenewed(one, former[0]);
      assert.equal(await hasToken(one, namespace), false);
    });

    it("where another hub has issued it", () => assertRenewed(two, former[1]));

    it("once, and a second up changes nothing", async () => assertNoChanges(await stack.up(["--skip-preview"])));
  });

  it("goes with the registration", async () => {
    assertSucceeded(await stack.destroy(["--skip-preview"]));
    for (const remote of [one, two]) assert.equal(await clientFingerprint(remote, namespace), undefined);
  });

  only("2.x", () =>
    it("that the agent renews by itself is no change", async () => {
      const hub = world.sandbox.hubNamed("short");
      const renewed = await world.stack("renewed", {
        management: { context: "short" },
        clusters: { [one.name]: { agent: { values: renewing }, ...crdsFromElsewhere } },
        defaults: { relay: { serverAddress: hub.address } },
      });
      assertSucceeded(await renewed.up(["--skip-preview"]));
      const first = (await registrationOf(renewed, one.name)).certificateFingerprint;
      await becomes(async () => (await clientFingerprint(one)) !== first, true);
      assertNoChanges(await withoutWrites([world.sandbox.cluster("short"), one], () => renewed.up(["--skip-preview"])));
      assert.equal(await hub.connectedAgents(one.name), 1);
    }),
  );
});
