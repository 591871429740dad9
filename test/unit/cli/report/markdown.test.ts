import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { commentMark, escaped, markdownLimit, toMarkdown } from "../../../../cli/report/markdown";
import { cluster, fleet, longText } from "./fleet";

const bytes = (text: string) => Buffer.byteLength(text, "utf8");

describe("the Markdown report", () => {
  it("has a line for each cluster, the worst first, with state, proof, agent, end of certificate and seconds", () => {
    const rows = toMarkdown(fleet(3))
      .split("\n")
      .filter((line) => line.startsWith("| cluster-"));
    assert.deepEqual(rows, [
      "| cluster-2 | ❌ failed |  | 1.0.4 | 2026-01-20 | 1.2 / 0.3 / 2.1 / 4 |",
      "| cluster-0 | ✅ proven | agent | 1.0.4 | 2026-01-10 | 1.2 / 0.3 / 2.1 / 4 |",
      "| cluster-1 | ✅ proven | agent | 1.0.4 | 2026-01-15 | 1.2 / 0.3 / 2.1 / 4 |",
    ]);
  });

  it("tells a problem with its code, place, cause and next step", () => {
    const text = toMarkdown(fleet(3));
    assert.match(text, /- \*\*cluster-2\*\*: `GMR501` no client certificate came for cluster-2 within 300 s/);
    assert.match(text, / {2}- where: context cluster-2/);
    assert.match(text, / {2}- likely cause: the relay server refuses the token/);
    assert.match(text, / {2}- next: look at the log/);
  });

  it("tells once what all clusters say", () => {
    const problem = { severity: "warning", code: "GMR212", what: "the root CA is near its end" } as const;
    const text = toMarkdown(
      fleet(30, { cluster: (index) => cluster(index, { state: "proven", problems: [problem] }) }),
    );
    assert.equal(text.split("GMR212").length, 2);
    assert.match(text, /cluster-0, .* and 20 more\*\*: warning `GMR212`/);
  });

  it("leaves the plan out for a cluster with nothing to do", () => {
    const make = (index: number) =>
      cluster(index, { state: index === 0 ? "unchanged" : "changes", plan: [`sentence ${index}`], problems: [] });
    const text = toMarkdown(fleet(2, { command: "preview", cluster: make }));
    assert.ok(!text.includes("sentence 0"), text);
    assert.match(text, /- \*\*cluster-1\*\*\n {2}- sentence 1/);
  });

  it("begins with a mark by which the comment is found again, one for each command and stack", () => {
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
    it(`stays within its limit with 200 clusters and long problems ${title}, and says what it leaves out`, () => {
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
          plan: [longText(2000, word)],
          notes: [longText(4000, word)],
        });
      const report = fleet(200, { cluster: make });
      const text = toMarkdown(report);
      assert.ok(bytes(text) <= markdownLimit, `${bytes(text)} bytes`);
      const shown = report.clusters.filter(({ name }) => text.includes(`| ${name} | ❌ failed |`));
      assert.equal(shown.length, 200, "every cluster is in the table");
      const left = /(\d+) of 400 problems/.exec(text)?.[1];
      assert.equal(Number(left) + text.split("`GMR501`").length - 1, 400, "what is told and what is left out are all");
      const end = text.slice(-400);
      assert.match(end, / of 200 plans, .*The report's HTML and JSON files hold all of it\._\n$/);
    });
  }

  it("stays within its limit with so many clusters that not even the table fits", () => {
    const text = toMarkdown(fleet(2000));
    assert.ok(bytes(text) <= markdownLimit, `${bytes(text)} bytes`);
    assert.match(text, /\d+ of 2000 clusters in this table/);
    assert.match(text, /\| ❌ failed \|/);
  });

  it("leaves nothing out, and says nothing of it, where there is room", () => {
    assert.doesNotMatch(toMarkdown(fleet(20)), /Left out here/);
  });

  it("shows text as it is: no markup, no HTML, no mention, no link, one line", () => {
    assert.equal(
      escaped("a|b `c` <img src=x> *d* @team see https://evil.example [x](y)\n# z #12"),
      "a\\|b \\`c\\` &#60;img src=x&#62; \\*d\\* &#64;team see https&#58;//evil.example \\[x\\](y) # z &#35;12",
    );
  });

  it("fences a note with more backticks than it holds", () => {
    const make = (index: number) => cluster(index, { notes: ["```\nkind: Role\n````"] });
    assert.match(toMarkdown(fleet(1, { cluster: make })), /\n`{5}\n```\nkind: Role\n````\n`{5}\n/);
  });
});
