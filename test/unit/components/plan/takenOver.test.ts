import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { describeAdoption } from "../../../../components/plan/plan";
import { takeOverReason } from "../../../../components/plan/takenOver";
import { createHubCertificates } from "../../../sandbox/relay";
import { type Example, registered, release } from "./example";

const unowned = "it carries no mark of a registration";
const toTakeOver = [
  { name: "namespace gloo-mesh", owner: unowned, isRelease: false },
  { name: "Helm release gloo-mesh/enterprise-agent, revision 3, deployed", owner: "Helm manages it", isRelease: true },
];

describe("a registration that is taken over", () => {
  let example: Example;

  before(async () => {
    const { root } = await createHubCertificates();
    example = registered(root.certificatePem);
  });

  test("is planned with each object, its owner, the certificate that stays, and no more", () => {
    const { desired, current } = example;
    const { headline, lines } = describeAdoption(desired, {
      ...current,
      toTakeOver,
      release: { ...release, recorded: false, byOthers: true },
    });
    assert.match(headline, /^cluster-2 \(taken over\) · agent 1\.0\.4 · relay /);
    assert.deepEqual(
      lines.map(({ sign, text }) => `${sign} ${text.replace(/until \S+$/, "until then")}`),
      [
        "~ take over namespace gloo-mesh (it carries no mark of a registration)",
        "~ take over Helm release gloo-mesh/enterprise-agent, revision 3, deployed (Helm manages it)",
        "  client certificate in Secret gloo-mesh/relay-client-tls-secret: kept, valid until then",
      ],
    );
  });

  test("gives the preparation its reason, by what Helm has to do", () => {
    assert.deepEqual(takeOverReason({ toTakeOver }), {
      id: "release-taken-over",
      sentence: "taken over: namespace gloo-mesh; Helm release gloo-mesh/enterprise-agent, revision 3, deployed",
    });
    assert.equal(takeOverReason({ toTakeOver: toTakeOver.slice(0, 1) })?.id, "objects-taken-over");
    assert.equal(takeOverReason({ toTakeOver: [] }), undefined);
  });
});
