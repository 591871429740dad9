import assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import fc from "fast-check";
import { toJson } from "../../../cli/report/files";
import { toHtml } from "../../../cli/report/html";
import { markdownLimit, toMarkdown } from "../../../cli/report/markdown";
import { problemsIn } from "../../../cli/report/problemText";
import { factsIn, registrationsIn, stepInputsIn } from "../../../cli/report/registrationFacts";
import { toJunit } from "../../../cli/report/reportJunit";
import { RunRecord } from "../../../cli/report/runRecord";
import { summary } from "../../../cli/report/summary";
import { ownerOf, resourceOf } from "../../../cli/report/urns";
import { formatProblem } from "../../../components/base/problems";
import { type Target, target } from "./target";
import { json, text } from "./values";

const registration = "gloo-mesh-relay:index:GlooMeshRelayRegistration";
const urns = () =>
  text([
    `urn:pulumi:dev::p::${registration}::cluster-2`,
    `urn:pulumi:dev::p::${registration}$kubernetes:helm.sh/v3:Release::cluster-2-agent`,
    `urn:pulumi:dev::p::${registration}$pulumi-nodejs:dynamic:Resource::cluster-2-client-certificate`,
    "urn:pulumi:dev::p::gloo-mesh-relay:index:Cluster::cluster-2",
    "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev",
    "::",
    "$",
  ]);
const messages = () =>
  text([
    "GMR501 no certificate — here — because — do that\n",
    "* GMR116 Rights are missing — there — next",
    " — ",
    "plan: change cluster-2\n  ~ a\n",
    "<{%reset%}>",
    "error: update failed",
    "<script>",
    "]]>",
    "| a | b |",
    "```",
  ]);
const outputs = () =>
  json(["deployment", "resources", "urn", "outputs", "certificates", "proof", "notAfter", "kind", "reason", "missing"]);

/** Events in the engine's form with any content. */
const event = (): fc.Arbitrary<object> => {
  const metadata = fc.record(
    {
      op: fc.constantFrom("create", "update", "same", "delete", "refresh", "replace", "delete-replaced", "read"),
      urn: urns(),
      diffs: fc.array(fc.string()),
      new: outputs().map((one) => ({ inputs: one, outputs: one })),
    },
    { requiredKeys: ["op", "urn"] },
  );
  const severity = fc.constantFrom("info", "info#err", "warning", "error", "debug");
  return fc.oneof(
    metadata.map((one) => ({ resourcePreEvent: { metadata: one } })),
    metadata.map((one) => ({ resOutputsEvent: { metadata: one } })),
    metadata.map((one) => ({ resOpFailedEvent: { metadata: one } })),
    fc
      .record(
        { urn: urns(), severity, message: messages(), ephemeral: fc.boolean() },
        { requiredKeys: ["severity", "message"] },
      )
      .map((one) => ({ diagnosticEvent: one })),
    json(["create", "same"]).map((one) => ({ summaryEvent: { resourceChanges: one } })),
  );
};

const subject = {
  command: "apply",
  project: "p",
  stack: "dev",
  leadDays: 30,
  startedAt: new Date("2026-01-01T00:00:00Z"),
} as const;

/** What reads the engine's events and states, and writes reports of them. */
export const reportTargets: readonly Target[] = [
  target(
    "report/run",
    () => fc.tuple(fc.array(event(), { maxLength: 12 }), outputs()),
    ([events, before]) => {
      const record = new RunRecord(subject);
      record.takeState(registrationsIn(before));
      for (const [index, one] of events.entries()) record.take(one as EngineEvent, index);
      const report = record.report(new Date("2026-01-01T00:01:00Z"));
      assert.ok(Buffer.byteLength(toMarkdown(report)) <= markdownLimit);
      JSON.parse(toJson(report));
      const page = toHtml(report);
      assert.doesNotMatch(page, /<script>/);
      assert.doesNotMatch(toJunit(report), /<script>/);
      assert.ok(summary(report).length > 0);
    },
  ),
  target("report/outputs", outputs, (value) => {
    factsIn(value);
    registrationsIn(value);
    stepInputsIn(value);
  }),
  target("report/messages", messages, (message) => {
    for (const problem of problemsIn(message, "error")) assert.ok(formatProblem(problem).length >= 0);
  }),
  target("report/urns", urns, (urn) => {
    assert.ok(ownerOf(urn).kind.length > 0);
    resourceOf(urn);
  }),
];
