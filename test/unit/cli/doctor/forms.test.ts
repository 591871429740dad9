import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { renderJson } from "../../../../cli/doctor/doctorJson";
import { renderJunit } from "../../../../cli/doctor/doctorJunit";
import { exitCodeOf } from "../../../../cli/doctor/doctorReport";
import { renderTable } from "../../../../cli/doctor/doctorTable";
import { coloured, plain } from "../../../../cli/doctor/paint";
import { broken, healthy } from "./report";

describe("the exit code of a report", () => {
  test("is 0 for a healthy registration, also with a warning or a certificate that is due", () => {
    assert.equal(exitCodeOf(healthy), 0);
    const [agent] = broken.checks;
    const warnings = agent?.findings.filter(({ severity }) => severity === "warning") ?? [];
    assert.equal(exitCodeOf({ ...healthy, checks: [{ group: "registration", name: "agent", findings: warnings }] }), 0);
  });

  test("is 1 for an error, and for an unhealthy registration", () => {
    assert.equal(exitCodeOf(broken), 1);
    assert.equal(exitCodeOf({ ...healthy, registration: "unhealthy" }), 1);
    assert.equal(exitCodeOf({ ...healthy, registration: "unknown" }), 1);
    assert.equal(exitCodeOf({ ...broken, registration: "not registered" }), 1);
  });
});

describe("the table", () => {
  test("groups the checks with a sign each, lists the certificates that are due, and ends with the verdict", () => {
    assert.equal(
      renderTable(healthy),
      [
        "cluster-2 (registration project/stack/cluster-2)",
        "",
        "registration",
        "------------",
        "√ agent: available, 1 pod",
        "– relay connection: not looked at (it cannot be read: no right)",
        "",
        "pulumi up",
        "---------",
        "√ pulumi up: nothing to do",
        "",
        "certificates",
        "------------",
        "CERTIFICATE  SUBJECT       ENDS        DAYS LEFT  ACT BY          READ FROM",
        "client       CN=cluster-2  2027-03-01  12         2027-01-30 DUE  cluster cluster-2, Secret gloo-mesh/relay-client-tls-secret",
        "",
        "cluster-2 is healthy",
      ].join("\n"),
    );
  });

  test("lists each finding below its row, and what the row follows from", () => {
    const text = renderTable(broken);
    const row = [
      "× agent, follows from: relay server",
      "    GMR503 The relay agent is not available",
      "    where: Deployment gloo-mesh/enterprise-agent",
      '    cause: refused: dial "a<b>&c"\u0007',
      "    next:  check the address",
      "    see:   docs/reference/errors/gmr5xx.md#gmr503",
      "    GMR119 The clocks differ",
      "    where: hub",
      "    next:  set them",
      "    see:   docs/reference/errors/gmr1xx.md#gmr119",
      "",
    ];
    assert.ok(text.includes(row.join("\n")), text);
    assert.match(text, /^± pulumi up: the Helm release x failed in an earlier run$/m);
    assert.equal(text.split("\n").at(-1), "cluster-2 is unhealthy: refused: dial");
  });

  test("in short has only the rows that are not good, and the verdict", () => {
    assert.equal(
      renderTable(healthy, plain, true),
      "cluster-2 (registration project/stack/cluster-2)\n\ncluster-2 is healthy",
    );
  });

  test("has colours where they are asked for", () => {
    const text = renderTable(broken, coloured);
    assert.ok(text.includes("\u001b[31m×\u001b[0m agent"), text);
    assert.equal(renderTable(broken).includes("\u001b"), false);
  });
});

describe("the JSON document", () => {
  test("has a format, findings with the root cause, the reasons of the next up, and certificates", () => {
    const document = JSON.parse(renderJson(broken));
    assert.deepEqual([document.format, document.good, document.registration], [1, false, "unhealthy"]);
    assert.deepEqual([document.checks[0].result, document.findings[0].rootCause], ["error", "refused"]);
    assert.deepEqual(document.reasons, ["release-failed: the Helm release x failed in an earlier run"]);
    assert.deepEqual(document.checks[1], {
      group: "pulumi",
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
    const text = renderJunit([broken]);
    assert.match(text, /<testsuite name="doctor cluster-2" tests="2" failures="1" errors="0" skipped="0">/);
    assert.match(text, /<failure message="GMR503 The relay agent is not available" type="GMR503">/);
    assert.match(text, /dial &quot;a&lt;b&gt;&amp;c&quot; — check/);
    assert.match(text, /<system-out>GMR119 The clocks differ/);
    assert.match(text, /name="pulumi up" time="0">\n +<system-out>the Helm release x failed in an earlier run</);
  });

  test("has one suite for a fleet, whose test cases name their clusters", () => {
    const text = renderJunit([healthy, { ...broken, clusterName: "cluster-3" }]);
    assert.match(text, /<testsuite name="doctor" tests="5" failures="1" errors="0" skipped="1">/);
    assert.match(text, /<testcase classname="doctor" name="cluster-3: agent" time="0">/);
    assert.match(text, /<property name="cluster-3" value="unhealthy"\/>/);
  });

  test("skips a check that the doctor skipped", () => {
    const text = renderJunit([healthy]);
    assert.match(text, /tests="3" failures="0" errors="0" skipped="1"/);
    assert.match(text, /<skipped message="it cannot be read: no right"\/>/);
  });
});
