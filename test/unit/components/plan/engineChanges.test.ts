import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { settleLines } from "../../../../components/plan/engineChanges";
import { changed, of } from "../../../../components/plan/planMessage";
import { registered } from "./example";

const nothing = { preparation: false, token: false, crds: false, agent: false, certificate: false };

describe("what someone else has changed and the engine leaves alone", () => {
  for (const [title, writer, who, command] of [
    ["kubectl wrote it, from which Pulumi takes it back", "kubectl-edit", "someone else", "pulumi up --refresh"],
    ["nobody recorded who", undefined, "someone else", "pulumi up --refresh"],
    [
      "another program wrote it, which the API server protects",
      "operator",
      "operator",
      "PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up --refresh",
    ],
  ] as const) {
    test(`is no change, with the command that restores it: ${title}`, () => {
      const lines = of("kubernetes-cluster", [changed("cluster domain a → b in KubernetesCluster cluster-2")]);
      const edited = new Map([["kubernetes-cluster", writer]] as const);
      const [left, ...others] = settleLines(lines, registered("").desired, { ...nothing, edited });
      assert.deepEqual(others, []);
      assert.deepEqual(
        [left?.sign, left?.text],
        [" ", `${lines[0]?.text}: ${who} has changed it, and only \`${command}\` restores it`],
      );
    });
  }
});
