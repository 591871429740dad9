import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ClusterReport } from "../../../../cli/report/fleetReport";
import { toHtml } from "../../../../cli/report/html";
import { commentMark, markdownLimit, toMarkdown } from "../../../../cli/report/markdown";
import { escaped } from "../../../../cli/report/markdownText";
import { summary } from "../../../../cli/report/summary";
import { cluster, fleet, longText } from "./fleet";
import { elementsOf, parseMarkup } from "./markup";

const bytes = (text: string) => Buffer.byteLength(text, "utf8");

describe("the Markdown report", () => {
  it("has a line for each cluster, the worst first, with state, proof, agent, expiry and seconds", () => {
    const rows = toMarkdown(fleet(3))
      .split("\n")
      .filter((line) => line.startsWith("| cluster-"));
    assert.deepEqual(rows, [
      "| cluster-2 | ❌ failed | none | 1.0.4 | 2026-01-20 | 1.2 / 0.3 / 2.1 / 4 |",
      "| cluster-0 | ✅ proven | agent | 1.0.4 | 2026-01-10 | 1.2 / 0.3 / 2.1 / 4 |",
      "| cluster-1 | ✅ proven | agent | 1.0.4 | 2026-01-15 | 1.2 / 0.3 / 2.1 / 4 |",
    ]);
  });

  it("distinguishes no proof yet from a proof that no longer holds, and shows no expiry of a lost certificate", () => {
    const [fresh, lost] = [0, 1].map((index): ClusterReport => {
      const { proof: _, certificateNotAfter, agentVersion, ...rest } = cluster(index, { state: "changes" });
      return index === 0 ? rest : { ...rest, certificateLoss: "missing", certificates: [] };
    });
    const report = fleet(2, { command: "drift", cluster: (index) => (index === 0 ? fresh : lost) ?? cluster(index) });
    const rows = toMarkdown(report)
      .split("\n")
      .filter((line) => line.startsWith("| cluster-"));
    assert.deepEqual(rows, [
      "| cluster-0 | ✏️ changes | not yet |  |  |",
      "| cluster-1 | ✏️ changes | none |  | missing |",
    ]);
    const row = elementsOf(parseMarkup(toHtml(report)), "tr").find(({ text }) => text.includes("cluster-1"));
    assert.match(row?.text ?? "", /none.*missing/);
    const unplanned = { ...report, clusters: report.clusters.map((one) => ({ ...one, plan: [] })) };
    assert.match(summary(unplanned), /cluster-1 +changes +certificate missing/);
  });

  for (const [count, words] of [
    [1, "1 cluster: 1 to change;"],
    [2, "2 clusters: 2 to change;"],
  ] as const) {
    it(`counts ${count} of a state in words that go with the number`, () => {
      const text = toMarkdown(
        fleet(count, { command: "preview", cluster: (index) => cluster(index, { state: "changes" }) }),
      );
      assert.ok(text.includes(words), text);
      const left = toMarkdown(fleet(count), 500);
      assert.match(left, count === 1 ? /1 of 1 cluster in/ : /2 of 2 clusters in/);
    });
  }

  it("shows the signs of a plan, which begin no list of their own", () => {
    const plan = ["change cluster-0", "+ namespace gloo-mesh", "- Secret x", "~ agent 1.0.4 → 1.0.5"];
    const text = toMarkdown(
      fleet(1, { command: "preview", cluster: (index) => cluster(index, { state: "changes", plan }) }),
    );
    const lines = ["change cluster-0", "\\+ namespace gloo-mesh", "\\- Secret x", "\\~ agent 1.0.4 → 1.0.5"];
    assert.ok(text.includes(lines.map((line) => `  - ${line}\n`).join("")), text);
  });

  it("lists a problem with its code, place, cause and next step", () => {
    const text = toMarkdown(fleet(3));
    assert.match(text, /- ❌ \*\*cluster-2\*\*: `GMR501` no client certificate came for cluster-2 within 300 s/);
    assert.match(text, / {2}- where: context cluster-2/);
    assert.match(text, / {2}- likely cause: the relay server refuses the token/);
    assert.match(text, / {2}- next: read the log/);
  });

  it("lists once what all clusters report", () => {
    const problem = { severity: "warning", code: "GMR212", what: "the root CA expires soon" } as const;
    const text = toMarkdown(
      fleet(30, { cluster: (index) => cluster(index, { state: "proven", problems: [problem] }) }),
    );
    assert.equal(text.split("GMR212").length, 2);
    assert.match(text, /- ⚠️ \*\*30 clusters \(cluster-0, .* and 25 more\)\*\*: `GMR212`/);
  });

  it("leaves the plan out for a cluster with nothing to do", () => {
    const make = (index: number) =>
      cluster(index, { state: index === 0 ? "unchanged" : "changes", plan: [`sentence ${index}`], problems: [] });
    const text = toMarkdown(fleet(2, { command: "preview", cluster: make }));
    assert.ok(!text.includes("sentence 0"), text);
    assert.match(text, /- \*\*cluster-1\*\*\n {2}- sentence 1/);
  });

  it("begins with a mark of its command and stack, by which later runs find the comment", () => {
    const report = fleet(1);
    assert.ok(toMarkdown(report).startsWith(commentMark(report)));
    assert.notEqual(commentMark(report), commentMark({ ...report, stack: "prod" }));
    assert.notEqual(commentMark(report), commentMark({ ...report, command: "drift" }));
    assert.doesNotMatch(commentMark({ ...report, stack: "a--> <b>" }).slice(4, -3), /-->|<|>/);
  });

  for (const [title, word] of [
    ["with markup", "<relay|`agent`> & _*@#1"],
    ["of another alphabet", "証明書の期限が切れた"],
  ] as const) {
    it(`stays within its limit with 200 clusters and long problems ${title}, and counts what it omits`, () => {
      const problems = (index: number) =>
        ["one", "two"].map((which) => ({
          severity: "error" as const,
          code: "GMR501",
          what: `${which} ${index} ${longText(3000, word)}`,
          where: longText(500, word),
          cause: longText(2000, word),
          next: longText(2000, word),
        }));
      const make = (index: number) =>
        cluster(index, {
          name: `${"c".repeat(58)}-${index}`,
          state: "failed",
          problems: problems(index),
          certificates: [],
          plan: [longText(2000, word)],
          notes: [longText(4000, word)],
        });
      const report = fleet(200, { cluster: make });
      const text = toMarkdown(report);
      assert.ok(bytes(text) <= markdownLimit, `${bytes(text)} bytes`);
      const shown = report.clusters.filter(({ name }) => text.includes(`| ${name} | ❌ failed |`));
      assert.equal(shown.length, 200, "every cluster is in the table");
      const left = /(\d+) of 400 problems/.exec(text)?.[1];
      assert.equal(
        Number(left) + text.split("`GMR501`").length - 1,
        400,
        "listed and omitted problems are all problems",
      );
      const end = text.slice(-400);
      assert.match(end, / of 200 plans, .*The report's HTML and JSON files are complete\._\n$/);
    });
  }

  it("stays within its limit with so many clusters that not even the table fits", () => {
    const text = toMarkdown(fleet(2000));
    assert.ok(bytes(text) <= markdownLimit, `${bytes(text)} bytes`);
    assert.match(text, /\d+ of 2000 clusters in this table/);
    assert.match(text, /\| ❌ failed \|/);
  });

  it("omits nothing where there is room", () => {
    assert.doesNotMatch(toMarkdown(fleet(20)), /Left out/);
  });

  it("shows text as it is: no markup, no HTML, no mention, no link, one line", () => {
    assert.equal(
      escaped("a|b <img src=x> *d* @team see https://evil.example [x](y)\n# z #12"),
      "a\\|b &#60;img src=x&#62; \\*d\\* &#64;team see https&#58;//evil.example \\[x\\](y) # z &#35;12",
    );
  });

  it("shows text between backticks as code, and no other backtick as markup", () => {
    assert.equal(escaped("only `pulumi up --refresh` restores *it*"), "only `pulumi up --refresh` restores \\*it\\*");
    assert.equal(escaped("a ` b"), "a &#96; b");
    assert.equal(escaped("# a :rocket: $x$ www.evil.example"), "&#35; a &#58;rocket: \\$x\\$ &#119;ww.evil.example");
    for (const [begin, shown] of [
      ["/approve", "&#47;approve"],
      ["1. a", "1\\. a"],
      ["=== a", "&#61;== a"],
      ["--- a", "&#45;-- a"],
    ] as const) {
      assert.equal(escaped(begin), shown);
    }
    assert.equal(escaped("``x` <b>"), "&#96;`x` &#60;b&#62;");
    assert.equal(escaped("`a|b`"), "&#96;a\\|b&#96;", "a table would end the cell at the bar");
    const text = "only `pulumi up --refresh` restores it.";
    const report = fleet(1, {
      command: "drift",
      cluster: (index) => cluster(index, { state: "changes", plan: [text] }),
    });
    assert.ok(toMarkdown(report).includes(`  - ${text}`));
    assert.ok(elementsOf(parseMarkup(toHtml(report)), "code").some((code) => code.text === "pulumi up --refresh"));
  });

  it("shows names as they are where HTML is needed", () => {
    const make = (index: number) => cluster(index, { name: "a_`<b>`@c", notes: ["x"] });
    assert.ok(toMarkdown(fleet(1, { cluster: make })).includes("<summary>a_`&lt;b&gt;`&#64;c</summary>"));
  });

  it("fences a note with more backticks than it holds", () => {
    const make = (index: number) => cluster(index, { notes: ["```\nkind: Role\n````"] });
    assert.match(toMarkdown(fleet(1, { cluster: make })), /\n`{5}\n```\nkind: Role\n````\n`{5}\n/);
  });
});
