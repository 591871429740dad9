import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { healthChecks } from "../../../../cli/doctor/healthChecks";
import { inArguments } from "../../../../cli/doctor/optionTerms";
import { causesFirst, problemsIn } from "../../../../cli/report/problemText";
import type { Problem } from "../../../../components/base/problems";
import { judgeHealth } from "../../../../components/health/health";
import { healthCodeOf } from "../../../../components/health/healthCodes";
import type { HealthView } from "../../../../components/health/healthView";
import { missingObjectFindings } from "../../../../components/preflight/remote/missingObjects";
import { logHealth } from "../../../../components/registration/logHealth";
import { deployment, template, view } from "../../components/health/view";
import { absent, rejected } from "../../components/plan/example";

// What preview, up and drift warn of, and the report prints, is what the doctor finds: the same judges, in the same words, with the same advice. So
// whoever follows the doctor's advice (test/teams/onCall.test.ts does) has followed that of a run.

const gone = (step: "namespace" | "root-certificate") => [
  { step, name: "gloo-mesh", where: "cluster-2", evidence: "it was there", certain: true } as const,
];
const withOtherAccount = { ...template, spec: { ...template.spec, serviceAccountName: "other" } };

/** States with a fault in each part of a registration. */
const states: Readonly<Record<string, Partial<HealthView>>> = {
  "scaled to 0": { deployment: deployment(template, 0), pods: [] },
  edited: { deployment: deployment(withOtherAccount) },
  "edited and scaled to 0": { deployment: deployment(withOtherAccount, 0) },
  "without a relay server": { relayServer: "not available", answers: false },
  "not counted": { count: { connected: false, words: "it counts no agent", waiting: "" } },
  "without its namespace": { missing: gone("namespace"), release: undefined, deployment: undefined, pods: [] },
  "without its root CA": { missing: gone("root-certificate") },
  "without its KubernetesCluster": { hasKubernetesCluster: false },
  "without its release": { release: undefined, deployment: undefined, pods: [], certificate: absent },
  "with a certificate that expired": { certificate: rejected("the certificate expired") },
};

/** What a run warns of, as its report prints it; `isRefused`: with `checks.unhealthy: "fail"`. */
async function reportedByRun(context: TestContext, seen: HealthView, isRefused: boolean) {
  const messages: string[] = [];
  context.mock.method(pulumi.log, "info", async () => undefined);
  context.mock.method(pulumi.log, "warn", async (message: string) => void messages.push(message));
  await logHealth(judgeHealth(seen), isRefused, {} as pulumi.Resource).catch((error: Error) => {
    messages.push(`error: ${error.message}`);
  });
  return causesFirst(messages.flatMap((message) => problemsIn(message, isRefused ? "error" : "warning")));
}

function foundByDoctor(seen: HealthView) {
  return healthChecks({ health: judgeHealth(seen), certificates: [], findings: [] }).flatMap(
    ({ findings }) => findings,
  );
}

/** The words, with arguments as the doctor names them. */
function words({ code, what, where, cause, next }: Problem) {
  const named = inArguments({ code, what, where, next, severity: "error", ...(cause === undefined ? {} : { cause }) });
  return [named.code, named.what, named.where, named.cause, named.next];
}

describe("the advice of a run is the doctor's", () => {
  for (const [title, changes] of Object.entries(states)) {
    for (const isRefused of [false, true]) {
      test(`${title}${isRefused ? ", refused" : ""}`, async (context) => {
        const seen = view(changes);
        const found = foundByDoctor(seen);
        assert.ok(found.length > 0);
        const reported = await reportedByRun(context, seen, isRefused);
        for (const problem of reported) {
          assert.deepEqual(
            found.filter(({ code }) => code === problem.code).map(words),
            [words(problem as Problem)],
            "the doctor has it in other words",
          );
        }
        // The rest follows from another fault, or the checks and the plan of the run report it.
        const codes = reported.map(({ code }) => code);
        for (const finding of found.filter(({ code }) => !codes.includes(code))) {
          const isLeft = finding.next.startsWith("fix first: ") || healthCodeOf(finding.code)?.isReportedByRun === true;
          assert.ok(isLeft, `no run reports ${finding.code} ${finding.what}`);
        }
      });
    }
  }

  test("what the checks find gone, they report in the doctor's words", () => {
    for (const step of ["namespace", "root-certificate"] as const) {
      const [ofChecks] = missingObjectFindings(gone(step));
      const [ofDoctor] = foundByDoctor(view({ missing: gone(step) }));
      assert.deepEqual(ofDoctor && words(ofDoctor), ofChecks && words(ofChecks));
    }
  });
});
