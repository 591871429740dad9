import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import {
  type ClientSecretData,
  createClientSecretData,
  createHubCertificates,
  secretNames,
  writeSecret,
} from "../sandbox/relay";
import type { SandboxCluster } from "../sandbox/sandbox";
import type { PulumiWorkspace } from "../sandbox/workspace";
import { becomes } from "./support/agents";
import { clientFingerprint, deleteSecret, hasToken, makeNamespace, withoutWrites } from "./support/clusters";
import { crdsFromElsewhere, generation, only } from "./support/generation";
import { assertRegistered } from "./support/proof";
import { assertNoChanges, assertSucceeded, registrationOf, textOf } from "./support/runs";
import { World } from "./support/world";

const namespace = "agents";
const clusterName = "remote-1";

/** Management clusters whose relay server issues certificates of ten minutes, for agents that renew them. */
const shortLived = generation.renewsCertificates ? ["short"] : [];
const server = { clientCertificateSeconds: 600 };
/** Renewed when this part of its life is left: after six seconds. */
const renewing = { glooAgent: { relay: { clientTlsSecretRotationGracePeriodRatio: "0.99" } } };

describe("a client certificate", () => {
  let world: World;
  let stack: PulumiWorkspace;
  let remote: SandboxCluster;

  before(async () => {
    world = await World.start([clusterName], {
      furtherHubs: Object.fromEntries(shortLived.map((name) => [name, { generation: generation.name, server }])),
    });
    remote = world.sandbox.remote(clusterName);
    await makeNamespace(remote, namespace);
    stack = await world.stack("certificate", {
      clusters: { [clusterName]: { namespace: { name: namespace, create: false } } },
    });
  });

  after(() => world?.stop());

  const place = (data: ClientSecretData) =>
    writeSecret(remote.kubeConfig, { name: secretNames.client, namespace }, { ...data });

  /** One run; afterwards the registration is proven by another certificate than this one, and nothing is left to do. */
  const renewed = async (former: string | undefined) => {
    assertSucceeded(await stack.up(["--skip-preview"]));
    const { certificateFingerprint } = await assertRegistered(world, stack, clusterName, remote, namespace);
    assert.notEqual(certificateFingerprint, former);
  };

  it("of an earlier registration is no proof, although it is formally valid", async () => {
    const stale = await createClientSecretData(world.sandbox.hub.certificates, { clusterName });
    await place(stale);
    assert.match(textOf(await stack.preview()), /An earlier registration left a client certificate in Secret/);
    await renewed(fingerprintOf(stale));
    assertSucceeded(await stack.destroy(["--skip-preview"]));
    assert.equal(await clientFingerprint(remote, namespace), undefined);
  });

  it("of an earlier registration with another hub is no proof", async () => {
    const stale = await createClientSecretData(await createHubCertificates(), { clusterName });
    await place(stale);
    await renewed(fingerprintOf(stale));
  });

  it("that somebody deletes is replaced by the next up, and the token is gone again", async () => {
    const former = await clientFingerprint(remote, namespace);
    await deleteSecret(remote, secretNames.client, namespace);
    await renewed(former);
    assert.equal(await hasToken(remote, namespace), false);
    assertNoChanges(await stack.up(["--skip-preview"]));
  });

  it("of another hub is replaced by the next up", async () => {
    const foreign = await createClientSecretData(await createHubCertificates(), { clusterName });
    await place(foreign);
    await renewed(fingerprintOf(foreign));
  });

  only("2.x", () =>
    it("that the agent renews by itself is no change", async () => {
      assertSucceeded(await stack.destroy(["--skip-preview"]));
      const hub = world.sandbox.hubNamed("short");
      const renewed = await world.stack("renewed", {
        management: { context: "short" },
        clusters: { [clusterName]: { agent: { values: renewing }, ...crdsFromElsewhere } },
        defaults: { relay: { serverAddress: hub.address } },
      });
      assertSucceeded(await renewed.up(["--skip-preview"]));
      const first = (await registrationOf(renewed, clusterName)).certificateFingerprint;
      await becomes(async () => (await clientFingerprint(remote)) !== first, true);
      assertNoChanges(
        await withoutWrites([world.sandbox.cluster("short"), remote], () => renewed.up(["--skip-preview"])),
      );
      assert.equal(await hub.connectedAgents(clusterName), 1);
      assertSucceeded(await renewed.destroy(["--skip-preview"]));
    }),
  );
});

function fingerprintOf(data: ClientSecretData): string {
  return new X509Certificate(data["tls.crt"]).fingerprint256;
}
