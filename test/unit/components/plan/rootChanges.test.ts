import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Verdict } from "../../../../components/certificates/clientCertificate";
import { fingerprintsOf } from "../../../../components/certificates/x509";
import { reasonToReissue } from "../../../../components/glooMesh/reissue";
import { compareFingerprints } from "../../../../components/plan/rootChanges";
import { accepted, changeBy, createPlanWorld, type PlanWorld, rejected, short, withRelease } from "./example";

let world: PlanWorld;

before(async () => {
  world = await createPlanWorld();
});

const plan: PlanWorld["plan"] = (desired, current) => world.plan(desired, current);
const clientCertificate = (verdict: Verdict, authorities: string) => ({
  certificate: { ...world.healthy.current.certificate, verdict, authorities: fingerprintsOf(authorities) },
});

describe("the root CA", () => {
  const isNotCopied = { rootFingerprints: undefined, ...withRelease({ usesRootSecret: false }) };
  const bundle = () => ({ rootCertificate: world.oldRoot + world.newRoot });
  const grows = () =>
    `~ root CA ${short(world.oldRoot)} → ${short(world.oldRoot + world.newRoot)}; the agent restarts once`;

  test("is replaced, and with it a certificate of the old one", () => {
    const fault = "the certificate was issued by another root CA than the relay's present one";
    assert.deepEqual(
      plan({ rootCertificate: world.newRoot }, clientCertificate(rejected(fault), world.oldRoot)),
      changeBy(
        `~ root CA ${short(world.oldRoot)} → ${short(world.newRoot)}; the agent restarts once`,
        `~ client certificate: Secret gloo-mesh/relay-client-tls-secret: ${fault}; the agent bootstraps again, with a temporary token`,
      ),
    );
  });

  test("grows to a bundle that the ca.crt beside the certificate lacks in part: the certificate is reissued", () => {
    const reissued = (token: string) =>
      `~ client certificate: reissued, ${token}, because the ca.crt beside it, which the agent trusts, lacks ${short(world.newRoot)}`;
    const plain = changeBy(grows(), reissued("with a temporary token"));
    assert.deepEqual(plan(bundle(), {}), plain);
    assert.deepEqual(plan(bundle(), { temporaryTokenPresent: true }), plain, "the token is needed");
    assert.deepEqual(
      plan({ ...bundle(), token: "retained" }, {}),
      changeBy(grows(), reissued("with the existing token")),
    );
  });

  test("grows to a bundle that is beside the certificate already: the certificate is kept, which is no change", () => {
    assert.deepEqual(
      plan(bundle(), clientCertificate(accepted, world.oldRoot + world.newRoot)),
      changeBy(
        grows(),
        "  client certificate: kept, because the ca.crt beside it, which the agent trusts, contains the new root CA already",
      ),
    );
  });

  test("in another order is another Secret, which reissues no certificate", () => {
    const reordered = { rootCertificate: world.newRoot + world.oldRoot };
    assert.deepEqual(
      plan(reordered, { rootFingerprints: fingerprintsOf(bundle().rootCertificate) }),
      changeBy(
        `~ root CA ${short(world.oldRoot + world.newRoot)} → ${short(world.newRoot + world.oldRoot)}; the agent restarts once`,
        "  client certificate: kept, because the root CAs are the same in another order",
      ),
    );
    const beside = {
      metadata: { name: "relay-client-tls-secret" },
      data: { "ca.crt": Buffer.from(world.oldRoot).toString("base64") },
    };
    const reason = reasonToReissue(bundle(), { ...reordered, reissue: "" }, beside);
    assert.equal(reason, undefined, "the run decides as the plan does");
  });

  test("grows beside a certificate that the user provides, which is not reissued", () => {
    assert.deepEqual(plan({ ...bundle(), certificate: "provided" }, {}), changeBy(grows()));
  });

  test("replaces what is no certificate", () => {
    assert.equal(
      plan({}, { rootFingerprints: [] })[1],
      `~ root CA (no certificate) → ${short(world.oldRoot)}; the agent restarts once`,
    );
  });

  test("that is newly declared, or under another name, is created", () => {
    assert.deepEqual(plan({}, isNotCopied), changeBy(`+ root CA ${short(world.oldRoot)} on the remote cluster`));
  });

  test("that is no longer copied is removed", () => {
    assert.deepEqual(
      plan({ certificate: "provided", rootCertificate: "" }, {}),
      changeBy("- root CA on the remote cluster"),
    );
  });
});

test("two root CAs whose fingerprints begin alike are shown by more than 8 bytes", () => {
  const bytes = (last: string) => [...Array.from({ length: 31 }, () => "AA"), last].join(":");
  const [before, after] = compareFingerprints([bytes("01")], [bytes("02")]);
  assert.notEqual(before, after);
  const nine = (ninth: string) => [...Array.from({ length: 8 }, () => "AA"), ninth, "00", "00"].join(":");
  const eight = "AA:AA:AA:AA:AA:AA:AA:AA";
  assert.deepEqual(compareFingerprints([nine("01")], [nine("02")]), [`${eight}:01…`, `${eight}:02…`]);
});
