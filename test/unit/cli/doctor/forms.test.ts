import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { renderJson } from "../../../../cli/doctor/doctorJson";
import { renderJunit } from "../../../../cli/doctor/doctorJunit";
import { exitCodeOf } from "../../../../cli/doctor/doctorReport";
import { renderTable } from "../../../../cli/doctor/doctorTable";
import { broken, healthy } from "./report";

describe("the exit code of a report", () => {
  test("is 0 for a healthy registration, also with a warning or a certificate that is due", () => {
    assert.equal(exitCodeOf(healthy), 0);
    const [agent] = broken.checks;
    const warnings = agent?.findings.filter(({ severity }) => severity === "warning") ?? [];
    assert.equal(exitCodeOf({ ...healthy, checks: [{ name: "agent", findings: warnings }] }), 0);
  });

  test("is 1 for an error, and for an unhealthy registration", () => {
    assert.equal(exitCodeOf(broken), 1);
    assert.equal(exitCodeOf({ ...healthy, registration: "unhealthy" }), 1);
    assert.equal(exitCodeOf({ ...broken, registration: "not registered" }), 1);
  });
});

describe("the table", () => {
  test("lists checks, why one was skipped, and the certificates that are due", () => {
    assert.equal(
      renderTable(healthy),
      [
        "cluster-2: healthy (registration project/stack/cluster-2)",
        '  management cluster: context "hub"',
        '  remote cluster:     context "cluster-2"',
        "",
        "CHECK             RESULT       SEEN",
        "agent             good         available, 1 pod",
        "relay connection  not checked  it cannot be read: no right",
        "pulumi up         good         nothing to do",
        "",
        "CERTIFICATE  SUBJECT       ENDS        DAYS LEFT  ACT BY          READ FROM",
        "client       CN=cluster-2  2027-03-01  12         2027-01-30 DUE  cluster cluster-2, Secret gloo-mesh/relay-client-tls-secret",
      ].join("\n"),
    );
  });

  test("lists each finding with place, cause and next step, and counts them", () => {
    const text = renderTable(broken);
    assert.match(text, /^agent +error +GMR503, GMR119$/m);
    assert.match(text, /^pulumi up +changes +the Helm release x failed in an earlier run$/m);
    assert.match(text, /^1 error, 1 warning:$/m);
    assert.match(
      text,
      /^error GMR503 The relay agent is not available\n {2}where: .*\n {2}cause: refused: .*\n {2}next: {2}check/m,
    );
    assert.match(text, /^warning GMR119 The clocks differ\n {2}where: hub\n {2}next: {2}set them$/m);
  });
});

describe("the JSON document", () => {
  test("has a format, findings with the root cause, the reasons of the next up, and certificates", () => {
    const document = JSON.parse(renderJson(broken));
    assert.deepEqual([document.format, document.good, document.registration], [1, false, "unhealthy"]);
    assert.deepEqual([document.checks[0].result, document.findings[0].rootCause], ["error", "refused"]);
    assert.deepEqual(document.reasons, ["release-failed: the Helm release x failed in an earlier run"]);
    assert.deepEqual(document.checks[1], {
      name: "pulumi up",
      result: "changes",
      seen: "the Helm release x failed in an earlier run",
    });
    assert.equal(document.certificates[0].daysLeft, 12);
    assert.equal(JSON.parse(renderJson(healthy)).checks[1].result, "not checked");
  });
});

describe("the JUnit document", () => {
  test("fails the test case of an error, keeps warnings as its output, and is well-formed XML", () => {
    const text = renderJunit(broken);
    assert.match(text, /<testsuite name="doctor cluster-2" tests="2" failures="1" errors="0" skipped="0">/);
    assert.match(text, /<failure message="GMR503 The relay agent is not available" type="GMR503">/);
    assert.match(text, /dial &quot;a&lt;b&gt;&amp;c&quot; — check/);
    assert.match(text, /<system-out>GMR119 The clocks differ/);
    assert.match(text, /name="pulumi up" time="0">\n +<system-out>the Helm release x failed in an earlier run</);
  });

  test("skips a check that the doctor skipped", () => {
    const text = renderJunit(healthy);
    assert.match(text, /tests="3" failures="0" errors="0" skipped="1"/);
    assert.match(text, /<skipped message="it cannot be read: no right"\/>/);
  });
});
