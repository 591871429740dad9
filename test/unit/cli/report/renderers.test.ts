import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import Ajv2020 from "ajv/dist/2020";
import { codeUrl } from "../../../../cli/report/codeUrl";
import { toJson } from "../../../../cli/report/files";
import type { FleetReport } from "../../../../cli/report/fleetReport";
import { toHtml } from "../../../../cli/report/html";
import { toJunit } from "../../../../cli/report/reportJunit";
import { repositoryRoot } from "../../../sandbox/repositoryRoot";
import { cluster, fleet } from "./fleet";
import { elementsOf, parseMarkup } from "./markup";

const nasty = `"><script>alert(1)</script><img src=x onerror='y'> & \u0000 \ud800 ]]>`;

/** A report in which every text tries to be markup. */
function hostile(): FleetReport {
  const problem = { severity: "error", code: "GMR501", what: nasty, where: nasty, cause: nasty, next: nasty } as const;
  return fleet(3, {
    cluster: (index) =>
      cluster(index, {
        name: `${nasty}${index}`,
        proof: nasty,
        agentVersion: nasty,
        relayServerAddress: nasty,
        certificateFingerprint: nasty,
        changes: [{ resource: nasty, operation: nasty, properties: [nasty] }],
        plan: [nasty],
        notes: [nasty],
        problems: [problem],
        certificates: [
          { kind: "client", subject: nasty, fingerprint: nasty, notAfter: "2027-01-01T00:00:00.000Z", where: nasty },
        ],
      }),
    plan: [nasty],
    problems: [problem],
  });
}

describe("the JSON report", () => {
  const schema = JSON.parse(
    readFileSync(join(repositoryRoot(), "docs/reference/report.schema.json"), "utf8"),
  ) as object;
  const validate = new Ajv2020({ allErrors: true, strict: true }).compile(schema);

  for (const [title, report] of [
    ["of no cluster", fleet(0)],
    ["of 20 clusters", fleet(20)],
    ["with a problem of the stack", fleet(1, { command: "drift", problems: [{ severity: "error", what: "x" }] })],
    ["of a certificate that is lost", fleet(1, { cluster: (index) => cluster(index, { certificateLoss: "missing" }) })],
    ["of a preview that leaves everything unknown", fleet(1, { command: "preview", cluster: bare })],
  ] as const) {
    it(`${title} keeps to its schema`, () => {
      assert.ok(validate(JSON.parse(toJson(report))), JSON.stringify(validate.errors));
    });
  }

  it("is refused with an unknown field or without a required one", () => {
    assert.equal(validate({ ...fleet(1), more: 1 }), false);
    const { stack: _, ...rest } = fleet(1);
    assert.equal(validate(rest), false);
  });
});

describe("the JUnit report", () => {
  it("has one testcase per cluster, the worst first, with a failure for a failed one and an error for an unfinished one", () => {
    const root = parseMarkup(toJunit(fleet(5)));
    const cases = elementsOf(root, "testcase");
    assert.deepEqual(
      cases.map(({ attributes, children }) => [attributes["name"], children.map(({ name }) => name)]),
      [
        ["cluster-2", ["failure", "system-out"]],
        ["cluster-4", ["error", "system-out"]],
        ["cluster-0", ["system-out"]],
        ["cluster-1", ["system-out"]],
        ["cluster-3", ["system-out"]],
      ],
    );
    const [suite] = elementsOf(root, "testsuite");
    assert.deepEqual(
      ["tests", "failures", "errors", "time"].map((name) => suite?.attributes[name]),
      ["5", "1", "1", "12.3"],
    );
    assert.equal(elementsOf(root, "failure")[0]?.attributes["type"], "GMR501");
    assert.equal(cases[0]?.attributes["time"], "7.6");
  });

  it("fails a cluster in a drift whose certificate is due, although nothing has changed", () => {
    const report = fleet(1, { command: "drift", cluster: (index) => cluster(index, { state: "unchanged" }) });
    assert.equal(report.good, false);
    assert.match(toJunit(report), /<failure message="client certificate expires on 2026-01-10[^"]*" type="due">/);
  });

  it("lists problems of the stack beside the testcases", () => {
    const problems = [{ severity: "error", code: "GMR010", what: "bad", where: "here" }] as const;
    assert.match(toJunit(fleet(0, { problems })), /<system-err>GMR010 bad — here<\/system-err>/);
  });

  it("is well-formed whatever the texts are", () => {
    const root = parseMarkup(toJunit(hostile()));
    assert.deepEqual(elementsOf(root, "script"), []);
    assert.equal(elementsOf(root, "testcase").length, 3);
  });
});

describe("the HTML report", () => {
  for (const count of [0, 1, 20, 200]) {
    it(`of ${count} clusters is a well-formed page with its sections, a row and a box for each cluster`, () => {
      const page = parseMarkup(toHtml(fleet(count)));
      const sections = elementsOf(page, "section").map(({ attributes }) => attributes["id"]);
      assert.deepEqual(sections, ["problems", "clusters", "graph", "certificates", "details"]);
      const [, clusters, graph] = elementsOf(page, "section");
      assert.ok(clusters && graph);
      assert.equal(elementsOf(clusters, "tr").length, count + 1);
      const boxes = elementsOf(graph, "li");
      assert.equal(boxes.length, count);
      for (const { attributes } of boxes) assert.match(attributes["title"] ?? "", /^cluster-\d+: /);
    });
  }

  it("links only to places of its own that exist, and codes to their entries", () => {
    const page = parseMarkup(toHtml(fleet(3)));
    const ids = new Set(elementsOf(page).flatMap(({ attributes }) => attributes["id"] ?? []));
    for (const { attributes, text } of elementsOf(page, "a")) {
      if (attributes["href"] !== codeUrl(text))
        assert.ok(ids.has((attributes["href"] ?? "").slice(1)), attributes["href"]);
    }
  });

  it("runs no script and loads nothing", () => {
    for (const report of [fleet(20), hostile()]) {
      const page = parseMarkup(toHtml(report));
      for (const name of ["script", "link", "img", "iframe", "object", "form"]) {
        assert.deepEqual(elementsOf(page, name), [], name);
      }
      for (const { name, attributes, text } of elementsOf(page)) {
        const foreign = Object.keys(attributes).filter((key) => /^on|^src$|^style$/.test(key));
        assert.deepEqual(foreign, [], name);
        if (attributes["href"] && attributes["href"] !== codeUrl(text)) assert.match(attributes["href"], /^#/);
      }
      assert.match(toHtml(report), /default-src 'none'/);
      assert.doesNotMatch(elementsOf(page, "style")[0]?.text ?? "", /url\(|@import/);
    }
  });

  it("shows hostile texts as texts", () => {
    const page = parseMarkup(toHtml(hostile()));
    const texts = elementsOf(page, "dd").map(({ text }) => text);
    assert.ok(texts.some((text) => text.includes("<script>alert(1)</script>")));
  });

  it("has colours for light and dark, and shows states in words as well", () => {
    const html = toHtml(fleet(5));
    assert.match(html, /prefers-color-scheme: dark/);
    for (const sign of ["✓ cluster-0", "✗ cluster-2", "? cluster-4"]) assert.ok(html.includes(sign), sign);
  });

  it("draws each certificate once, the most urgent first, and marks what is due", () => {
    const labels = timelineRows(fleet(10)).map((row) => elementsOf(row, "span")[0]?.text);
    assert.equal(labels.length, 11, "ten client certificates and one root CA");
    assert.equal(labels[0], "due: client cluster-0 2026-01-10");
    assert.equal(labels.at(-1), "root CN=relay-root-ca 2035-01-01");
  });

  it("draws a limited number of rows, and counts the certificates that follow", () => {
    assert.equal(timelineRows(fleet(200)).length, 40);
    assert.match(toHtml(fleet(200)), /161 certificates that expire later: see the table/);
  });
});

/** The rows of the drawing of certificates, without its axis. */
function timelineRows(report: FleetReport) {
  const lists = elementsOf(parseMarkup(toHtml(report)), "ul");
  const timeline = lists.find(({ attributes }) => attributes["class"] === "timeline");
  return timeline ? elementsOf(timeline, "li").filter(({ attributes }) => attributes["class"] !== "axis") : [];
}

/** A cluster of which nothing is known. */
function bare(index: number) {
  const none = { seconds: {}, changes: [], plan: [], notes: [], problems: [], certificates: [] };
  return { name: `cluster-${index}`, state: "unfinished" as const, ...none };
}
